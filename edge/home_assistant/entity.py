"""What the entities of device and cameras have in common (pure)."""

from __future__ import annotations

import json
import math
from typing import Any

from edge.mqtt.topics import OFFLINE, ONLINE, Topics

#: One component of the discovery document: ``p`` is its platform, the rest Home Assistant's own names.
Entity = dict[str, Any]

#: A figure that did not come for so many of its intervals is unknown.
_INTERVALS_BEFORE_UNKNOWN = 3


def sensor(name: str, topic: str, value: str, every_s: float, **more: Any) -> Entity:
    """A sensor whose figure is unknown once it stays away.

    Args:
        name: As people read it, without the device's name.
        topic: Where its payload comes.
        value: Jinja: an expression, or whole statements.
        every_s: How often it comes.
        more: Further fields.
    """
    return {
        "p": "sensor",
        "name": name,
        "state_topic": topic,
        "value_template": value,
        "expire_after": expire_after_s(every_s),
        **more,
    }


def expire_after_s(every_s: float) -> int:
    """Whole seconds after which a figure that comes this often is unknown."""
    return math.ceil(_INTERVALS_BEFORE_UNKNOWN * every_s)


def command_payload(**fields: Any) -> str:
    """A command as text; a field's value may be a template."""
    return json.dumps({"schema": "emotion.command/1", **fields})


def device_available(topics: Topics) -> list[dict[str, str]]:
    """Available while the device is connected."""
    return [
        {
            "topic": topics.status,
            "payload_available": ONLINE.decode(),
            "payload_not_available": OFFLINE.decode(),
        }
    ]


def camera_available(topics: Topics, camera: str) -> list[dict[str, str]]:
    """Available while the device is connected and the camera delivers; both must hold."""
    # A camera that is removed leaves an empty payload, in which there is no JSON.
    delivers = "value_json is defined and value_json.state == 'streaming'"
    by_state = {
        "topic": topics.state(camera),
        "value_template": f"{{{{ 'online' if {delivers} else 'offline' }}}}",
    }
    return [*device_available(topics), by_state]
