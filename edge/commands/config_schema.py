"""``emotion-edge config schema``: the JSON Schema of ``edge.yaml``."""

from __future__ import annotations

import json

from edge.contract.configuration_schema import configuration_schema
from edge.settings import Settings
from edge.shipped import example_configuration


def schema_text() -> str:
    """As it is shipped in ``edge/schemas/edge-1.json``."""
    found = configuration_schema(Settings, example_configuration(), "urn:emotion-edge:schema:edge:1")
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
