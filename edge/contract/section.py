"""What every section of a configuration file has in common: strict types, no unknown field."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Strict, ValidationInfo
from pydantic_core import PydanticCustomError

Entry = TypeVar("Entry")

#: YAML and JSON know no tuples: with this mark a tuple field takes a list. Its entries stay strict.
TAKES_LIST = Strict(False)
#: A path, written as text.
PathText = Annotated[Path, Strict(False)]
#: A list of entries in the file, a tuple here.
Entries = Annotated[tuple[Entry, ...], TAKES_LIST]


class Section(BaseModel):
    """A part of the configuration: immutable, and an unknown field is an error.

    Values are not converted: ``true`` is no number, ``"10"`` is none either, and ``5`` is no text;
    only a whole number counts as a float. Numbers are finite.

    Checks between fields belong to the later of them (``info.data`` has the earlier ones that are
    right), never into a model validator: pydantic skips those as soon as one field is wrong.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )


def inconsistent(message: str, other: str) -> PydanticCustomError:
    """The fault of a field that does not fit the field ``other`` of its section."""
    # "beside" leads the YAML loader to the line of the other field where this one is a default.
    return PydanticCustomError("inconsistent", "{message}", {"message": message, "beside": other})


def at_least(other: str) -> AfterValidator:
    """Requires a number not below the field ``other``, which must be declared before."""

    def ordered(value: Any, info: ValidationInfo) -> Any:
        if other in info.data and value < info.data[other]:
            raise inconsistent(f"{other} must not exceed {info.field_name}", other)
        return value

    return AfterValidator(ordered)
