"""YAML files checked against a pydantic model, every fault named at once with file, line and field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from edge.contract.yaml_source import FieldPath, Source, dotted, read
from edge.errors import ConfigError
from edge.redaction import redacted

Model = TypeVar("Model", bound=BaseModel)
_SECRET_NAME = re.compile(r"password|secret|token|credential", re.IGNORECASE)
#: Faults of which the value says nothing.
_OF_STRUCTURE = {
    "extra_forbidden": "unknown field; check the spelling or remove it",
    "missing": "required field is missing",
    "model_type": "must be a mapping of fields to values",
    "model_attributes_type": "must be a mapping of fields to values",
    "tuple_type": "must be a list",
}
_OF_TYPE = {
    "bool_type": "must be true or false",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "path_type": "must be text",
    "string_type": "must be text",
}
_WITHOUT_VALUE = {*_OF_STRUCTURE, "inconsistent", "duplicate"}
_TEXTS = {"path_type", "string_type"}
_NUMBERS = {"bool_type", "float_type", "int_type"}


def load(path: Path, model: type[Model]) -> Model:
    """Read and check a YAML file.

    ``${NAME}`` inside a text value is replaced by the environment variable of that name,
    so that secrets stay out of the file.

    Raises:
        ConfigError: The file cannot be read, is not YAML, or does not fit the model;
            one line a fault, all faults at once.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as err:
        raise ConfigError(f"{path}: cannot be read: no such file; check the path") from err
    except IsADirectoryError as err:
        raise ConfigError(f"{path}: cannot be read: it is a folder; give the path of the YAML file") from err
    except PermissionError as err:
        raise ConfigError(
            f"{path}: cannot be read: permission denied; allow it to the user that runs this (chmod, chown)"
        ) from err
    except (OSError, ValueError) as err:  # ValueError: a path with a null character
        raise ConfigError(f"{path}: cannot be read: {err}; give the path of a YAML file") from err
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as err:
        line = content.count(b"\n", 0, err.start) + 1
        raise ConfigError(
            f"{path}:{line}: cannot be read: not UTF-8 text (byte 0x{content[err.start]:02x}); "
            "save the file as UTF-8, or give a YAML file if this is a binary one"
        ) from err
    return parse(text, model, str(path))


def parse(text: str, model: type[Model], origin: str) -> Model:
    """Check YAML text; ``origin`` names it in messages. Raises as :func:`load` does."""
    document, source = read(text, origin)
    parsed, faults = _validated(document, model)
    if _read_numbers_of_variables(document, faults, source):
        parsed, faults = _validated(document, model)
    said = {*source.faults, *(line for fault in faults for line in _describe(fault, source))}
    if said or parsed is None:
        raise ConfigError("\n".join(f"{origin}:{line}: {message}" for line, message in sorted(said)))
    return parsed


def _validated(document: dict[str, Any], model: type[Model]) -> tuple[Model | None, list[Any]]:
    try:
        return model.model_validate(document), []
    except ValidationError as err:
        return None, [*err.errors(include_url=False)]


def _read_numbers_of_variables(document: dict[str, Any], faults: list[Any], source: Source) -> bool:
    """Read as YAML does what a variable holds where a number is asked for: its value is always text."""
    changed = False
    for fault in faults:
        path = _path_of(fault, source.lines)
        if fault["type"] not in _NUMBERS or path not in source.variable or path in source.unread:
            continue
        value = _resolved(fault["input"])
        if isinstance(value, (bool, int, float)):
            holder: Any = document
            for part in path[:-1]:
                holder = holder[part]
            holder[path[-1]] = value
            changed = True
    return changed


def _resolved(text: Any) -> Any:
    """What YAML would read if the text stood there without quotes; None for what is no value."""
    try:
        return yaml.safe_load(text) if isinstance(text, str) else None
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _describe(fault: Any, source: Source) -> list[tuple[int, str]]:
    """One fault of pydantic with its line; nothing where the value could not be read anyway."""
    path = _path_of(fault, source.lines)
    if path in source.unread or (fault["type"] == "missing" and path[:-1] in source.unread):
        return []
    known = path
    while known not in source.lines:
        known = known[:-1]
    message = _message(fault) + _hint(fault, path, source)
    if fault["type"] not in _WITHOUT_VALUE and _may_be_shown(fault["input"], path, source):
        message += f" (given: {fault['input']!r})"
    return [(source.lines[known], f"{dotted(path)}: {message}" if path else message)]


def _path_of(fault: Any, lines: dict[FieldPath, int]) -> FieldPath:
    """The field of the file that a fault is about.

    pydantic adds to its location the tag of a discriminated union and the type of a plain one,
    which are no fields of the file. A check of two fields names the other in its context, as
    ``beside``: that one is in the file where the field itself has its default.
    """
    path: FieldPath = ()
    context = fault.get("ctx", {})
    last = fault["loc"][-1] if fault["loc"] else ""
    for part in fault["loc"]:
        if (*path, part) in lines:
            path = (*path, part)
    if fault["type"] == "missing":
        path = (*path, last)
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        path = (*path, context["discriminator"].strip("'"))
    if "beside" in context and path[-1:] != (last,):
        path = (*path, context["beside"])
    return path


def _message(fault: Any) -> str:
    if fault["type"] == "union_tag_not_found":
        return _OF_STRUCTURE["missing"]
    if fault["type"] == "union_tag_invalid":
        return f"{fault['ctx']['tag']!r} is none of {fault['ctx']['expected_tags']}"
    known = _OF_STRUCTURE | _OF_TYPE
    return str(known.get(fault["type"], fault["msg"].removeprefix("Value error, ")))


def _hint(fault: Any, path: FieldPath, source: Source) -> str:
    """What to write instead, where YAML reads a value as another type than its reader means."""
    node, given = source.scalars.get(path), fault["input"]
    if node is None or given is None or path in source.variable:
        return ""
    if not isinstance(given, str):
        wanted = fault["type"] in _TEXTS or f"'{node.value}'" in fault.get("ctx", {}).get("expected", "")
        shown = f': "{node.value}"' if _may_be_shown(given, path, source) else ""
        return f"; put it in quotes{shown}" if wanted else ""
    if fault["type"] not in _NUMBERS:
        return ""
    if node.style and isinstance(_resolved(given), bool if fault["type"] == "bool_type" else (int, float)):
        return "; remove the quotes"
    if re.fullmatch(r"[-+]?[0-9.]+[eE][-+]?[0-9]+", given):
        return "; in YAML a power of ten has a point and a sign, as in 1.0e+6"
    return ""


def _may_be_shown(given: Any, path: FieldPath, source: Source) -> bool:
    """Whether a message may repeat a value: not if a password may be in it."""
    if path in source.variable or any(_SECRET_NAME.search(str(part)) for part in path):
        return False
    if not isinstance(given, str):
        return isinstance(given, (bool, int, float))
    return "@" not in given and redacted(given) == given
