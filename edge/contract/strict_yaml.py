"""YAML files checked against a pydantic model, every fault named at once with file, line and field."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from edge.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)
FieldPath = tuple[str | int, ...]
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def load(path: Path, model: type[Model]) -> Model:
    """Read and check a YAML file.

    ``${NAME}`` inside a text value is replaced by the environment variable of that name,
    so that secrets stay out of the file.

    Raises:
        ConfigError: The file cannot be read, is not YAML, or does not fit the model;
            one line a fault, all faults at once.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigError(f"{path}: cannot be read: {err}") from err
    return parse(text, model, str(path))


def parse(text: str, model: type[Model], origin: str) -> Model:
    """Check YAML text; ``origin`` names it in messages. Raises as :func:`load` does."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 1
        raise ConfigError(f"{origin}:{line}: not valid YAML: {err.problem}") from err
    except yaml.YAMLError as err:
        raise ConfigError(f"{origin}: not valid YAML: {err}") from err
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(f"{origin}:1: the file must be a mapping of fields to values")
    lines: dict[FieldPath, int] = {(): 1}
    faults: list[tuple[int, str]] = []
    try:
        document = _construct(root, (), lines, faults)
    except yaml.YAMLError as err:  # such as a date that does not exist
        raise ConfigError(f"{origin}: not valid YAML: {err}") from err
    parsed: Model | None = None
    try:
        parsed = model.model_validate(document)
    except ValidationError as err:
        faults += [_describe(fault, lines) for fault in err.errors(include_url=False)]
    if faults or parsed is None:
        raise ConfigError("\n".join(f"{origin}:{line}: {said}" for line, said in sorted(set(faults))))
    return parsed


def _construct(
    node: yaml.Node, path: FieldPath, lines: dict[FieldPath, int], faults: list[tuple[int, str]]
) -> Any:
    """Build plain values from the node tree, noting each field's line, duplicate keys and variables."""
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in mapping:
                faults.append((line, f"{_dotted((*path, key))}: given twice; keep one"))
            lines[(*path, key)] = line
            mapping[key] = _construct(value_node, (*path, key), lines, faults)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_construct(child, (*path, index), lines, faults) for index, child in enumerate(node.value)]
    constructor = yaml.SafeLoader("")
    value = constructor.construct_object(node, deep=True)
    return _substitute(value, path, node.start_mark.line + 1, faults) if isinstance(value, str) else value


def _substitute(value: str, path: FieldPath, line: int, faults: list[tuple[int, str]]) -> str:
    def variable(match: re.Match[str]) -> str:
        name = match[1]
        if name not in os.environ:
            faults.append((line, f"{_dotted(path)}: environment variable {name} is not set"))
        return os.environ.get(name, "")

    return _VARIABLE.sub(variable, value)


def _describe(fault: Any, lines: dict[FieldPath, int]) -> tuple[int, str]:
    # A discriminated union puts its tag into the location; it is no field of the file.
    path: FieldPath = ()
    for part in fault["loc"]:
        if (*path, part) in lines or part is fault["loc"][-1]:
            path = (*path, part)
    known = path
    while known not in lines:
        known = known[:-1]
    message = {
        "extra_forbidden": "unknown field; check the spelling or remove it",
        "missing": "required field is missing",
    }.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    given = fault["input"]
    if fault["type"] not in ("extra_forbidden", "missing") and isinstance(given, (str, int, float, bool)):
        message += f" (given: {given!r})"
    return lines[known], f"{_dotted(path)}: {message}" if path else message


def _dotted(path: FieldPath) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
