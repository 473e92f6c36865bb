"""``schema``: the JSON Schema of ``fleet.yaml``, by which editors complete and check it."""

from __future__ import annotations

import json
from pathlib import Path

from deploy.building import PROJECT
from deploy.inventory import Inventory
from edge.contract.configuration_schema import configuration_schema


def schema_text() -> str:
    """As it lies in ``deploy/schemas/fleet-1.json``; made anew where this is a checkout."""
    file = PROJECT / "config" / "fleet.yaml"
    if not file.exists():
        return (Path(__file__).parents[1] / "schemas" / "fleet-1.json").read_text(encoding="utf-8")
    example = file.read_text(encoding="utf-8")
    found = configuration_schema(Inventory, example, "urn:emotion-edge:schema:fleet:1")
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
