"""YAML files checked against a pydantic model, every fault named at once with file, line and field."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from edge.errors import ConfigError

Model = TypeVar("Model", bound=BaseModel)
FieldPath = tuple[str | int, ...]
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_NAME = re.compile(r"password|secret|token|credential", re.IGNORECASE)
_MESSAGES = {
    "extra_forbidden": "unknown field; check the spelling or remove it",
    "missing": "required field is missing",
    "model_type": "must be a mapping of fields to values",
    "model_attributes_type": "must be a mapping of fields to values",
}


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


@dataclass
class _Source:
    """What is known about the text beside its values.

    Attributes:
        lines: Path of each field to its line, from 1.
        faults: (line, what is wrong).
        secret: Fields with a value out of the environment; it must not be shown.
        unset: Fields whose variable is not set: one fault is enough.
    """

    lines: dict[FieldPath, int] = field(default_factory=lambda: {(): 1})
    faults: list[tuple[int, str]] = field(default_factory=list)
    secret: set[FieldPath] = field(default_factory=set)
    unset: set[FieldPath] = field(default_factory=set)


def parse(text: str, model: type[Model], origin: str) -> Model:
    """Check YAML text; ``origin`` names it in messages. Raises as :func:`load` does."""
    source = _Source()
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if not isinstance(root, yaml.MappingNode):
            raise ConfigError(f"{origin}:1: the file must be a mapping of fields to values")
        document = _construct(root, (), source)
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 1
        said = ", ".join(filter(None, (err.context, err.problem)))
        raise ConfigError(f"{origin}:{line}: not valid YAML: {said}") from err
    except yaml.YAMLError as err:
        raise ConfigError(f"{origin}: not valid YAML: {' '.join(str(err).split())}") from err
    except RecursionError as err:
        raise ConfigError(f"{origin}: nested too deeply, or an alias that holds itself") from err
    parsed: Model | None = None
    try:
        parsed = model.model_validate(document)
    except ValidationError as err:
        source.faults += [
            said for fault in err.errors(include_url=False) for said in _describe(fault, source)
        ]
    if source.faults or parsed is None:
        raise ConfigError("\n".join(f"{origin}:{line}: {said}" for line, said in sorted(set(source.faults))))
    return parsed


def _construct(node: yaml.Node, path: FieldPath, source: _Source) -> Any:
    """Build plain values from the node tree, noting each field's line, duplicate keys and variables."""
    line = source.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else str(key_node.value)
            inner = (*path, key)
            source.lines[inner] = key_node.start_mark.line + 1
            if key in mapping:
                source.faults.append((source.lines[inner], f"{_dotted(inner)}: given twice; keep one"))
            mapping[key] = _construct(value_node, inner, source)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        return [_construct(child, (*path, index), source) for index, child in enumerate(node.value)]
    try:
        value = yaml.SafeLoader("").construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError) as err:  # an unknown !tag, a date that does not exist
        said = err.problem if isinstance(err, yaml.MarkedYAMLError) else err
        source.faults.append((line, f"{_dotted(path)}: {said}"))
        source.unset.add(path)
        return None
    return _substitute(value, path, line, source) if isinstance(value, str) else value


def _substitute(value: str, path: FieldPath, line: int, source: _Source) -> str:
    def variable(match: re.Match[str]) -> str:
        name = match[1]
        source.secret.add(path)
        if name not in os.environ:
            source.unset.add(path)
            source.faults.append((line, f"{_dotted(path)}: environment variable {name} is not set"))
        return os.environ.get(name, "")

    return _VARIABLE.sub(variable, value)


def _describe(fault: Any, source: _Source) -> list[tuple[int, str]]:
    """One fault of pydantic with its line; nothing where the value could not be read anyway."""
    path = _path_of(fault, source.lines)
    if path in source.unset:
        return []
    known = path
    while known not in source.lines:
        known = known[:-1]
    message = _message(fault)
    if fault["type"] not in _MESSAGES and _may_be_shown(fault["input"], path, source):
        message += f" (given: {fault['input']!r})"
    return [(source.lines[known], f"{_dotted(path)}: {message}" if path else message)]


def _path_of(fault: Any, lines: dict[FieldPath, int]) -> FieldPath:
    """The field of the file that a fault is about.

    pydantic adds to its location the tag of a discriminated union and the type of a plain one,
    which are no fields of the file. A validator that looks at a whole list names the entry in
    its context, as ``at``.
    """
    path: FieldPath = ()
    context = fault.get("ctx", {})
    for part in (*fault["loc"], *context.get("at", ())):
        if (*path, part) in lines:
            path = (*path, part)
    if fault["type"] == "missing":
        path = (*path, fault["loc"][-1])
    if fault["type"] in ("union_tag_invalid", "union_tag_not_found"):
        path = (*path, context["discriminator"].strip("'"))
    return path


def _message(fault: Any) -> str:
    if fault["type"] == "union_tag_not_found":
        return _MESSAGES["missing"]
    if fault["type"] == "union_tag_invalid":
        return f"{fault['ctx']['tag']!r} is none of {fault['ctx']['expected_tags']}"
    return str(_MESSAGES.get(fault["type"], fault["msg"].removeprefix("Value error, ")))


def _may_be_shown(given: Any, path: FieldPath, source: _Source) -> bool:
    """Whether a message may repeat a value: not if a password may be in it."""
    if path in source.secret or any(_SECRET_NAME.search(str(part)) for part in path):
        return False
    return isinstance(given, (bool, int, float)) or (isinstance(given, str) and "@" not in given)


def _dotted(path: FieldPath) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
