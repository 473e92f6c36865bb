"""A device as it is announced, with defaults."""

from __future__ import annotations

from typing import Any

from edge.home_assistant.announcement import Announced
from edge.mqtt.payload import ModelVersion
from edge.mqtt.topics import Topics


def announced(**changes: Any) -> Announced:
    fields: dict[str, Any] = {
        "topics": Topics("lab", "pi-1"),
        "version": "0.4.0",
        "model": ModelVersion("fer-compact", "1.2.0"),
        "labels": ("happy", "sad"),
        "k_min": 1,
    }
    return Announced(**fields | changes)
