"""YAML text as plain values, with what messages need beside them: lines, spelling, variables."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from edge.errors import ConfigError

FieldPath = tuple[str | int, ...]
#: A variable of the environment; the group is its name.
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_MERGE = "tag:yaml.org,2002:merge"
_ALIAS = "!an-alias"
_WRITE_OUT = "not supported; write the values out"
_LARGEST_BITS = 64


@dataclass
class Source:
    """What is known about the text beside its values.

    Attributes:
        lines: Path of each field to its line, from 1.
        faults: (line, what is wrong).
        scalars: Each single value as it is written.
        variable: Fields with a value out of the environment; it must not be shown.
        unread: Fields that could not be read, or not in full: one fault is enough.
        fill_variables: Whether ``${NAME}`` is replaced, or stays as it is written.
    """

    lines: dict[FieldPath, int] = field(default_factory=lambda: {(): 1})
    faults: list[tuple[int, str]] = field(default_factory=list)
    scalars: dict[FieldPath, yaml.ScalarNode] = field(default_factory=dict)
    variable: set[FieldPath] = field(default_factory=set)
    unread: set[FieldPath] = field(default_factory=set)
    fill_variables: bool = True

    def refuse(self, path: FieldPath, said: str) -> None:
        """Note that a field cannot be read."""
        self.unread.add(path)
        self.faults.append((self.lines[path], f"{dotted(path)}: {said}"))


def read(text: str, origin: str, *, fill_variables: bool = True) -> tuple[dict[str, Any], Source]:
    """Plain values of a YAML text; faults of single values are in the source.

    Args:
        text: The text.
        origin: What messages call it.
        fill_variables: Whether ``${NAME}`` is replaced: not where the text is for another machine.

    Raises:
        ConfigError: The text is no YAML mapping.
    """
    source = Source(fill_variables=fill_variables)
    try:
        root = _root(text, source)
        if not isinstance(root, yaml.MappingNode):
            raise ConfigError(f"{origin}:1: the file must be a mapping of fields to values")
        return _mapping(root, (), source), source
    except yaml.reader.ReaderError as err:
        line = text.count("\n", 0, err.position) + 1
        raise ConfigError(
            f"{origin}:{line}: not valid YAML: holds the character U+{ord(text[err.position]):04X}; "
            "remove it, or give a text file if this is a binary one"
        ) from err
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 1
        said = ", ".join(filter(None, (err.context, err.problem)))
        raise ConfigError(f"{origin}:{line}: not valid YAML: {said}{_advice(err, text)}") from err
    except RecursionError as err:
        raise ConfigError(f"{origin}: nested too deeply") from err


def dotted(path: FieldPath) -> str:
    """A path as messages show it: ``cameras[0].name``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


class _Loader(yaml.SafeLoader):
    """Takes anchors and aliases out of the node tree: resolved, they can grow without bound."""

    def __init__(self, text: str, source: Source) -> None:
        super().__init__(text)
        self._source = source

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            self.get_event()  # type: ignore[no-untyped-call]
            mark: Any = event.start_mark  # the stubs also name the C loader's mark
            return yaml.ScalarNode(_ALIAS, event.anchor, mark)
        if event.anchor is not None:
            said = f"the anchor &{event.anchor} is {_WRITE_OUT}"
            self._source.faults.append((event.start_mark.line + 1, said))
            event.anchor = None
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


def _root(text: str, source: Source) -> yaml.Node | None:
    loader = _Loader(text, source)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _advice(err: yaml.MarkedYAMLError, text: str) -> str:
    at = err.problem_mark.index if err.problem_mark else 0
    if text[max(at - 1, 0) : at + 1] == "${":
        return "; inside { } and [ ], put a value with ${...} in quotes"
    return ""


def _construct(node: yaml.Node, path: FieldPath, source: Source) -> Any:
    """Build plain values from the node tree, noting each field's line, duplicate keys and variables."""
    source.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, source)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(child, (*path, index), source) for index, child in enumerate(node.value)]
    return _scalar(node, path, source) if isinstance(node, yaml.ScalarNode) else None


def _mapping(node: yaml.MappingNode, path: FieldPath, source: Source) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        plain = isinstance(key_node, yaml.ScalarNode) and key_node.tag not in (_MERGE, _ALIAS)
        inner = (*path, key_node.value if plain or key_node.tag == _MERGE else "(key)")
        source.lines[inner] = key_node.start_mark.line + 1
        if not plain:
            source.unread.add(path)
            merge = key_node.tag == _MERGE
            source.refuse(inner, f"merge keys are {_WRITE_OUT}" if merge else "a key must be plain text")
            continue
        key = key_node.value
        if key in mapping:
            source.faults.append((source.lines[inner], f"{dotted(inner)}: given twice; keep one"))
        mapping[key] = _construct(value_node, inner, source)
    return mapping


def _scalar(node: yaml.ScalarNode, path: FieldPath, source: Source) -> Any:
    """The value of one scalar: text, number, truth value or null; anything else is a fault."""
    source.scalars[path] = node
    if node.tag == _ALIAS:
        source.refuse(path, f"the alias *{node.value} is {_WRITE_OUT}")
        return None
    try:
        value = yaml.SafeLoader("").construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError) as err:  # an unknown !tag, a date that does not exist
        source.refuse(path, str(err.problem if isinstance(err, yaml.MarkedYAMLError) else err))
        return None
    if isinstance(value, str):
        return _text(value, path, source)
    if isinstance(value, int) and value.bit_length() > _LARGEST_BITS:
        source.refuse(path, "the number is too large")
        return None
    if value is None or isinstance(value, (bool, int, float)):
        return value
    source.refuse(path, f"YAML reads this as {type(value).__name__}; put it in quotes")
    return None


def _text(value: str, path: FieldPath, source: Source) -> str:
    """A text with its variables filled in."""
    if not source.fill_variables:
        return value
    names = VARIABLE.findall(value)
    if names:
        source.variable.add(path)
    known = {name: _variable(name) for name in dict.fromkeys(names)}
    for name, found in known.items():
        if found is None:
            source.refuse(path, f"neither environment variable nor systemd credential {name} is set")
    text = VARIABLE.sub(lambda match: known[match[1]] or "", value)
    if any("\ud800" <= character <= "\udfff" for character in text):  # half a character, or a raw byte
        source.refuse(path, "holds what is no UTF-8 text")
    return text


def _variable(name: str) -> str | None:
    """From the environment, else from a credential that systemd hands over (LoadCredential=)."""
    if name in os.environ:
        return os.environ[name]
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    try:
        return (Path(folder) / name).read_text(encoding="utf-8").rstrip("\n") if folder else None
    except (OSError, UnicodeDecodeError):
        return None
