"""JSON Schema of a configuration file, by which editors complete, explain and check it (pure).

The rules come from the settings' types, the words from the annotated example: what stands there
beside a field is what an editor shows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import BaseModel

Schema = dict[str, Any]
_BESIDE = re.compile(r"\s# (.+)$")


def configuration_schema(model: type[BaseModel], example: str, identifier: str) -> Schema:
    """Describe the file that a model reads.

    Checks between fields are not in it: those the program makes.

    Args:
        model: The settings.
        example: The annotated example, valid YAML.
        identifier: A URN; it ends with the file's name and version.
    """
    found = _plain(model.model_json_schema(by_alias=True))
    document = yaml.compose(example, Loader=yaml.SafeLoader)
    _explain(document, found, found["$defs"], example.splitlines())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": identifier, **found}


def _plain(node: Any) -> Any:
    """Without what is of Python: titles made of names, docstrings, defaults of whole sections."""
    if isinstance(node, list):
        return [_plain(entry) for entry in node]
    if not isinstance(node, Mapping):
        return node
    kept = {
        key: {name: _plain(field) for name, field in value.items()} if key == "properties" else _plain(value)
        for key, value in node.items()
        if key not in {"title", "description", "writeOnly"}
        and not (key == "default" and isinstance(value, dict))
    }
    if "pattern" in kept:  # an environment variable may stand in any text
        kept["pattern"] = rf"({kept['pattern']})|\$\{{"
    return kept


def _explain(node: Any, schema: Schema, definitions: Mapping[str, Schema], lines: list[str]) -> None:
    for key, value in node.value:
        field = schema["properties"][key.value]
        words = _words(lines, key.start_mark.line)
        if words and "description" not in field:
            field["description"] = words
        if isinstance(value, yaml.MappingNode):
            _explain(value, definitions[_reference(field)], definitions, lines)
        elif isinstance(value, yaml.SequenceNode) and "discriminator" in field.get("items", {}):
            _explain_entries(value, field["items"]["discriminator"], definitions, lines)


def _explain_entries(
    entries: yaml.SequenceNode, kinds: Mapping[str, Any], definitions: Mapping[str, Schema], lines: list[str]
) -> None:
    for entry in entries.value:
        kind = next(value.value for key, value in entry.value if key.value == kinds["propertyName"])
        _explain(entry, definitions[kinds["mapping"][kind].rpartition("/")[2]], definitions, lines)


def _reference(field: Schema) -> str:
    """The definition of a section, which may be null."""
    choices = [field, *field.get("anyOf", [])]
    name: str = next(choice["$ref"] for choice in choices if "$ref" in choice).rpartition("/")[2]
    return name


def _words(lines: list[str], at: int) -> str | None:
    """The comment beside a field, else the lines right above it; those of the file's head are no field's."""
    beside = _BESIDE.search(lines[at])
    if beside:
        return beside[1]
    first = at
    while first > 0 and lines[first - 1].startswith("#"):
        first -= 1
    return " ".join(line.lstrip("# ") for line in lines[first:at]) or None if first > 0 else None
