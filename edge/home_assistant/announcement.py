"""The one retained document by which Home Assistant learns a device and its entities (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge.home_assistant.camera_entities import camera_entities
from edge.home_assistant.device_entities import device_entities
from edge.home_assistant.entity import Entity
from edge.mqtt.payload import ModelVersion
from edge.mqtt.topics import Topics


def identifier(topics: Topics) -> str:
    """A device's, unique among all: neither site nor device holds an underscore."""
    return f"emotion_{topics.site}_{topics.device}"


def discovery_topic(prefix: str, topics: Topics) -> str:
    """Where a device's document lies."""
    return f"{prefix}/device/{identifier(topics)}/config"


@dataclass(frozen=True, slots=True)
class Announced:
    """What the document says besides the cameras.

    Attributes:
        topics: Of the device.
        version: Of emotion-edge.
        model: The classifier.
        labels: What the dominant emotion may be.
        k_min: With 1 a suppressed window had no face at all; above, nothing may be concluded.
    """

    topics: Topics
    version: str
    model: ModelVersion
    labels: tuple[str, ...]
    k_min: int

    def entities(self, windows_s: Mapping[str, float]) -> dict[str, Entity]:
        """All entities by their key; a camera's keys begin with its name and an underscore.

        Args:
            windows_s: Each camera's length of a window, seconds.
        """
        found = device_entities(self.topics)
        for camera, window_s in windows_s.items():
            of_camera = camera_entities(self.topics, camera, window_s, self.labels, self.k_min)
            found |= {f"{camera}_{kind}": entity for kind, entity in of_camera.items()}
        prefix = identifier(self.topics)
        return {key: {**entity, "unique_id": f"{prefix}_{key}"} for key, entity in found.items()}

    def payload(self, entities: Mapping[str, Entity], vanished: Mapping[str, str]) -> bytes:
        """The document.

        Args:
            entities: What there is.
            vanished: Key and platform of entities that an earlier document had: they are removed.
        """
        origin = {"name": "emotion-edge", "sw_version": self.version}
        fields: dict[str, Any] = {
            "dev": {
                "identifiers": [identifier(self.topics)],
                "name": self.topics.device,
                "manufacturer": "emotion-edge",
                "model": f"{self.model.name} {self.model.version}",
                "sw_version": self.version,
            },
            "o": origin,
            "cmps": {key: {"p": platform} for key, platform in vanished.items()} | dict(entities),
        }
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
