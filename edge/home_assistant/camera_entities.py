"""The entities of one camera: what its windows say, how it is, and two things that can be set (pure).

A suppressed window leaves the shares unknown. A window that comes late, after an outage, changes
nothing: Home Assistant would take it for the present.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from edge.home_assistant.entity import (
    Entity,
    camera_available,
    command_payload,
    device_available,
    sensor,
)
from edge.mqtt.payload import CameraState
from edge.mqtt.topics import Topics
from edge.stats import STATS_EVERY_S

_PERCENT = {"unit_of_measurement": "%", "state_class": "measurement", "suggested_display_precision": 0}
_LABELLED = "value_json.get('shares')"


def camera_entities(
    topics: Topics, camera: str, window_s: float, labels: Sequence[str], k_min: int
) -> dict[str, Entity]:
    """By kind.

    Args:
        topics: Of the device.
        camera: Its name.
        window_s: The length of its windows, seconds.
        labels: What the classifier tells apart.
        k_min: With 1 a suppressed window had no face at all.
    """
    seen = _of_windows(topics.window(camera), camera, window_s, labels, k_min)
    available = {"availability": camera_available(topics, camera), "availability_mode": "all"}
    found = {kind: {**entity, **available} for kind, entity in seen.items()}
    about = _of_camera(topics, camera) | _settable(topics, camera)
    always = {"availability": device_available(topics)}
    return found | {kind: {**entity, **always} for kind, entity in about.items()}


def _of_windows(
    topic: str, camera: str, window_s: float, labels: Sequence[str], k_min: int
) -> dict[str, Entity]:
    nobody = "0" if k_min == 1 else "None"
    faces = f"{nobody} if value_json.suppressed else value_json.faces.mean_in_view"
    abstained = "None if value_json.suppressed else (100 * value_json.abstained_share) | round(1)"
    found = {
        "dominant": sensor(
            f"{camera} dominant emotion", topic, _dominant(labels), window_s,
            device_class="enum", options=list(labels), icon="mdi:emoticon-outline",
        ),
        "faces": sensor(
            f"{camera} faces in view", topic, _unless_late(faces), window_s,
            unit_of_measurement="faces", state_class="measurement", suggested_display_precision=1,
            icon="mdi:face-recognition",
        ),
        "abstained": sensor(
            f"{camera} abstained", topic, _unless_late(abstained), window_s, **_PERCENT, icon="mdi:help",
            entity_category="diagnostic",
        ),
    }  # fmt: skip
    for label in labels:
        share = f"(100 * value_json.shares.get('{label}', 0)) | round(1) if {_LABELLED} else None"
        found[f"share_{label}"] = sensor(
            f"{camera} {label}", topic, _unless_late(share), window_s, **_PERCENT
        )
    return found


def _unless_late(expression: str) -> str:
    # Nothing is what a numeric sensor takes for no change.
    return f"{{% if not value_json.historical %}}{{{{ {expression} }}}}{{% endif %}}"


def _dominant(labels: Sequence[str]) -> str:
    # A sensor of words would complain about nothing: it is told what it says already.
    unchanged = f"this.state if this is defined and this.state in {list(labels)} else None"
    return f"{{{{ ({unchanged}) if value_json.historical else value_json.get('dominant') }}}}"


def _of_camera(topics: Topics, camera: str) -> dict[str, Entity]:
    of_stats = f"value_json.cameras['{camera}'].fps if '{camera}' in value_json.cameras else None"
    return {
        "state": {
            "p": "sensor",
            "name": f"{camera} state",
            "device_class": "enum",
            "options": list(get_args(CameraState)),
            "entity_category": "diagnostic",
            "state_topic": topics.state(camera),
            "value_template": "{{ value_json.state if value_json is defined else None }}",
        },
        "fps": sensor(
            f"{camera} analysed frames", topics.stats, f"{{{{ {of_stats} }}}}", STATS_EVERY_S,
            unit_of_measurement="fps", state_class="measurement", suggested_display_precision=1,
            entity_category="diagnostic",
        ),
    }  # fmt: skip


def _settable(topics: Topics, camera: str) -> dict[str, Entity]:
    state = topics.state(camera)
    return {
        "pause": {
            "p": "switch",
            "name": f"{camera} pause",
            "icon": "mdi:pause",
            "entity_category": "config",
            "state_topic": state,
            "value_template": "{{ 'ON' if value_json is defined and value_json.paused else 'OFF' }}",
            "state_on": "ON",
            "state_off": "OFF",
            "command_topic": topics.command("pause", camera),
            "payload_on": command_payload(paused=True),
            "payload_off": command_payload(paused=False),
            "qos": 1,
        },
        "window": {
            "p": "number",
            "name": f"{camera} window length",
            "device_class": "duration",
            "unit_of_measurement": "s",
            "entity_category": "config",
            "mode": "box",
            "min": 1,
            "max": 3600,
            "step": 1,
            "state_topic": state,
            "value_template": "{{ value_json.window_s if value_json is defined else None }}",
            "command_topic": topics.command("window", camera),
            "command_template": '{"schema": "emotion.command/1", "window_s": {{ value }}}',
            "qos": 1,
        },
    }
