"""``schema``: the JSON Schema of ``fleet.yaml``, by which editors complete and check it."""

from __future__ import annotations

import json

from deploy.building import PROJECT
from deploy.inventory import Inventory
from edge.contract.configuration_schema import configuration_schema


def schema_text() -> str:
    """As it lies in ``deploy/schemas/fleet-1.json``."""
    example = (PROJECT / "config" / "fleet.yaml").read_text(encoding="utf-8")
    found = configuration_schema(Inventory, example, "urn:emotion-edge:schema:fleet:1")
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
