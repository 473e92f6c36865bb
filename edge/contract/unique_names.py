"""The check that entries of a list in a configuration file have different names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import InitErrorDetails, PydanticCustomError


def named_apart(field: str) -> WrapValidator:
    """Requires at least one entry, and different names; faults stand beside those of the entries.

    Args:
        field: The list's field, as messages name it.
    """

    def check(given: Any, entries_of: ValidatorFunctionWrapHandler) -> Any:
        if given in ([], ()):
            raise PydanticCustomError("empty", "at least one entry is needed")
        # On the values as they are given: a name is there even if its entry has another fault.
        faults = _duplicates(given, field) if isinstance(given, (list, tuple)) else []
        try:
            entries = entries_of(given)
        except ValidationError as err:
            faults = [_again(fault) for fault in err.errors(include_url=False)] + faults
        if faults:
            raise ValidationError.from_exception_data(field, faults)
        return entries

    return WrapValidator(check)


def _duplicates(entries: list[Any] | tuple[Any, ...], field: str) -> list[InitErrorDetails]:
    first: dict[str, int] = {}
    faults = []
    for index, entry in enumerate(entries):
        name = entry.get("name") if isinstance(entry, Mapping) else getattr(entry, "name", None)
        if isinstance(name, str) and first.setdefault(name, index) != index:
            said = f"{name!r} is already the name of {field}[{first[name]}]; names must differ"
            faults.append(_fault("duplicate", said, (index, "name")))
    return faults


def _again(fault: Any) -> InitErrorDetails:
    """A fault of an entry as it was; by its type's name, since not all types can be made anew."""
    return _fault(fault["type"], fault["msg"], fault["loc"], fault["input"], fault.get("ctx", {}))


def _fault(
    kind: Any, said: str, at: tuple[int | str, ...], given: Any = None, context: Mapping[str, Any] = {}
) -> InitErrorDetails:
    error = PydanticCustomError(kind, "{said}", {**context, "said": said})
    return InitErrorDetails(type=error, loc=at, input=given)
