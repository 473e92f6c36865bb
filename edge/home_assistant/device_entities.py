"""The entities of the device itself: how it is, all diagnostic (pure)."""

from __future__ import annotations

from edge.home_assistant.entity import Entity, device_available, expire_after_s, sensor
from edge.mqtt.topics import OFFLINE, ONLINE, Topics
from edge.stats import STATS_EVERY_S


def device_entities(topics: Topics) -> dict[str, Entity]:
    """By kind; no kind holds an underscore, so that none is taken for a camera's."""
    of_stats = {
        "problem": {
            "p": "binary_sensor",
            "name": "Problem",
            "device_class": "problem",
            "state_topic": topics.stats,
            "value_template": "{{ 'ON' if value_json.problems else 'OFF' }}",
            "json_attributes_topic": topics.stats,
            "json_attributes_template": "{{ {'problems': value_json.problems} | tojson }}",
            "expire_after": expire_after_s(STATS_EVERY_S),
        },
        "fps": _figure(
            topics, "Analysed frames", "{{ value_json.cameras.values() | sum(attribute='fps') | round(1) }}",
            unit_of_measurement="fps", state_class="measurement", suggested_display_precision=1,
        ),
        "temperature": _figure(
            topics, "Temperature", "{{ value_json.temperature_c }}",
            device_class="temperature", unit_of_measurement="°C", state_class="measurement",
            suggested_display_precision=1,
        ),
        "outbox": _figure(
            topics, "Windows waiting", "{{ value_json.outbox.rows }}",
            unit_of_measurement="windows", state_class="measurement", suggested_display_precision=0,
        ),
        "version": _figure(topics, "Version", "{{ value_json.versions['emotion-edge'] }}"),
    }  # fmt: skip
    available = {"availability": device_available(topics), "entity_category": "diagnostic"}
    found = {kind: {**entity, **available} for kind, entity in of_stats.items()}
    return {"connectivity": _connectivity(topics), **found}


def _connectivity(topics: Topics) -> Entity:
    """Always available: that the device is away is what it tells."""
    return {
        "p": "binary_sensor",
        "name": "Connection",
        "device_class": "connectivity",
        "entity_category": "diagnostic",
        "state_topic": topics.status,
        "payload_on": ONLINE.decode(),
        "payload_off": OFFLINE.decode(),
    }


def _figure(topics: Topics, name: str, value: str, **more: object) -> Entity:
    return sensor(name, topics.stats, value, STATS_EVERY_S, **more)
