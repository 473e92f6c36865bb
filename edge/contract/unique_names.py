"""The check that entries of a list in a configuration file have different names."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic_core import PydanticCustomError


def refuse_duplicates(field: str, names: Sequence[str]) -> None:
    """Raise pydantic's own error for the second entry of a name, and for an empty list.

    Args:
        field: The list's field, as messages name it.
        names: The names of its entries, in order.
    """
    if not names:
        raise PydanticCustomError("empty", "at least one entry is needed")
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        if first.setdefault(name, index) != index:
            raise PydanticCustomError(
                "duplicate",
                "'{name}' is already the name of {field}[{other}]; names must differ",
                # "at" leads the YAML loader to the line of the second entry.
                {"name": name, "field": field, "other": first[name], "at": (index, "name")},
            )
