"""The JSON Schema of the configuration, as an editor uses it."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import edge
from edge.commands.config_schema import schema_text
from edge.shipped import example_configuration

SHIPPED = Path(edge.__file__).parent / "schemas" / "edge-1.json"
SCHEMA = json.loads(SHIPPED.read_text(encoding="utf-8"))
EXAMPLE = yaml.safe_load(example_configuration())


def faults(document: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)]


def test_the_shipped_schema_is_that_of_the_settings() -> None:
    assert schema_text() == SHIPPED.read_text(encoding="utf-8"), (
        "run: python -m edge config schema > edge/schemas/edge-1.json"
    )


def test_the_schema_is_valid_and_so_is_the_annotated_example() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert faults(EXAMPLE) == []


def sections(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all sections of a document, its cameras included."""
    if isinstance(node, dict):
        yield path
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in entries:
        yield from sections(value, (*path, key))


@pytest.mark.parametrize("path", list(sections(EXAMPLE)), ids=str)
def test_an_unknown_field_is_refused_in_every_section(path: tuple[Any, ...]) -> None:
    document = copy.deepcopy(EXAMPLE)
    section = document
    for key in path:
        section = section[key]
    section["colour"] = "red"
    assert faults(document)


@pytest.mark.parametrize(
    ("section", "change"),
    [
        (None, {"schema": "edge/2"}),
        (None, {"purpose": "fun"}),
        (None, {"site": "Home Sweet"}),
        (None, {"cameras": [{"name": "door", "source": "webcam"}]}),
        (None, {"cameras": [{"name": "door", "source": "v4l2", "url": "rtsp://h/"}]}),
        ("mqtt", {"port": 70_000}),
        ("mqtt", {"keepalive_s": True}),
        ("aggregate", {"window_s": "10"}),
        ("detector", {"name": "best"}),
    ],
)
def test_a_wrong_value_is_refused(section: str | None, change: dict[str, Any]) -> None:
    fields = {section: EXAMPLE[section] | change} if section else change
    assert faults(EXAMPLE | fields)


@pytest.mark.parametrize("field", ["schema", "site", "device", "purpose", "cameras", "mqtt"])
def test_what_has_no_default_is_required(field: str) -> None:
    assert faults({key: value for key, value in EXAMPLE.items() if key != field}) == [
        f"{field!r} is a required property"
    ]


def test_an_environment_variable_may_stand_in_any_text() -> None:
    assert faults(EXAMPLE | {"site": "${SITE}", "mqtt": {"host": "${BROKER}"}}) == []


def test_the_words_are_those_of_the_example() -> None:
    properties, definitions = SCHEMA["properties"], SCHEMA["$defs"]
    assert properties["site"]["description"].startswith("a-z 0-9 -")
    assert properties["purpose"]["description"].startswith("Why faces are read: personal, research")
    assert "description" not in properties["schema"], "the file's head is no field's"
    assert definitions["V4l2Camera"]["properties"]["roi"]["description"].startswith("[x1, y1, x2, y2]")
    assert definitions["TilingSettings"]["properties"]["overlap"]["description"].startswith(
        "share of the side"
    )


def test_nothing_in_it_is_of_this_machine_or_of_python() -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert str(Path.home()) not in text
    assert ":class:" not in text


def test_an_example_that_is_written_names_the_schema_where_it_is() -> None:
    assert example_configuration().splitlines()[0] == f"# yaml-language-server: $schema={SHIPPED}"
