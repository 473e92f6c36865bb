"""The JSON Schema of the fleet, as an editor uses it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from deploy.building import PROJECT
from deploy.commands.schema import schema_text

SHIPPED = PROJECT / "deploy" / "schemas" / "fleet-1.json"
EXAMPLE = PROJECT / "config" / "fleet.yaml"


def faults(document: Any) -> list[str]:
    schema = json.loads(SHIPPED.read_text(encoding="utf-8"))
    return [error.message for error in Draft202012Validator(schema).iter_errors(document)]


def test_the_schema_in_the_checkout_is_that_of_the_inventory() -> None:
    assert schema_text() == SHIPPED.read_text(encoding="utf-8"), (
        "run: python -m deploy schema > deploy/schemas/fleet-1.json"
    )


def test_the_example_fits_it_and_names_it_in_its_first_line() -> None:
    Draft202012Validator.check_schema(json.loads(SHIPPED.read_text(encoding="utf-8")))
    text = EXAMPLE.read_text(encoding="utf-8")
    assert faults(yaml.safe_load(text)) == []
    named = text.splitlines()[0].partition("$schema=")[2]
    assert (Path(EXAMPLE.parent) / named).resolve() == SHIPPED


@pytest.mark.parametrize(
    "changed",
    [
        {"hsots": []},
        {"schema": "fleet/2"},
        {"rollout": {"batches": ["110%"]}},
        {"gate": {"p95_factor": "fast"}},
        {"hosts": [{"name": "Pi Kitchen", "address": "x"}]},
        {"hosts": [{"name": "pi", "address": "x", "arch": "armv6"}]},
    ],
)
def test_what_an_editor_must_mark_is_a_fault(changed: dict[str, Any]) -> None:
    given = {"schema": "fleet/1", "hosts": [{"name": "pi", "address": "192.0.2.1"}]}
    assert faults(given) == []
    assert len(faults({**given, **changed})) == 1
