"""What Home Assistant's own code makes of discovery documents and payloads; run by a Python that has it.

Each line of stdin asks ``{"document": {...}, "payloads": [[topic, text, {key: state before}], ...]}``;
a line of stdout answers, for each payload, what the entities that listen to its topic read: by their
key the state, with ``.attributes`` and ``.available`` behind it the rest.
"""

from __future__ import annotations

import asyncio
import json
import sys
from types import SimpleNamespace
from typing import Any

from homeassistant import core
from homeassistant.components.mqtt import binary_sensor, number, sensor, switch
from homeassistant.components.mqtt.discovery import _replace_all_abbreviations
from homeassistant.components.mqtt.schemas import DEVICE_DISCOVERY_SCHEMA
from homeassistant.helpers import template
from homeassistant.helpers.template import Template

_PLATFORMS = {"sensor": sensor, "binary_sensor": binary_sensor, "switch": switch, "number": number}


def validated(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The components, each by its platform's own schema; an unknown field is an error.

    Raises:
        voluptuous.Invalid: Home Assistant would ignore the document, or a part of it.
    """
    _replace_all_abbreviations(document)
    checked = DEVICE_DISCOVERY_SCHEMA(document)
    return {
        key: _PLATFORMS[entity["platform"]].PLATFORM_SCHEMA_MODERN(
            {name: value for name, value in entity.items() if name != "platform"}
        )
        for key, entity in checked["components"].items()
        if len(entity) > 1  # a platform alone removes what was there
    }


def read(entity: dict[str, Any], key: str, topic: str, payload: str, before: str | None) -> dict[str, str]:
    """What is rendered of a payload, as the MQTT integration renders it."""
    this = {} if before is None else {"this": SimpleNamespace(state=before)}
    templates = [
        (key, entity.get("state_topic"), entity.get("value_template")),
        (f"{key}.attributes", entity.get("json_attributes_topic"), entity.get("json_attributes_template")),
        *(
            (f"{key}.available", one["topic"], one.get("value_template"))
            for one in entity.get("availability", [])
        ),
    ]
    return {name: _rendered(value, payload, this) for name, of, value in templates if of == topic}


def _rendered(value: Template | None, payload: str, this: dict[str, Any]) -> str:
    return payload if value is None else value.async_render_with_possible_json_value(payload, variables=this)


def answer(asked: dict[str, Any]) -> list[dict[str, str]]:
    """What is read in each payload."""
    entities = validated(asked["document"])
    answers = []
    for topic, payload, before in asked["payloads"]:
        found = [read(entity, key, topic, payload, before.get(key)) for key, entity in entities.items()]
        answers.append({name: said for one in found for name, said in one.items()})
    return answers


async def main() -> None:
    """Answer line by line until stdin ends."""
    hass = core.HomeAssistant("/nonexistent")
    template.async_setup(hass)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
    await hass.async_stop(force=True)


if __name__ == "__main__":
    asyncio.run(main())
