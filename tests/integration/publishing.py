"""The publisher with its outbox against a real broker, and what a subscriber hears of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.mqtt.outbox import Outbox
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.settings import MqttSettings, OutboxSettings
from tests.edge.mqtt.event_builder import IDENTITY, MODEL
from tests.integration.mosquitto import HOST, Heard, Mosquitto, Subscriber

STATUS = "emotion/v1/lab/pi-1/status"


@contextmanager
def publishing(tmp_path: Path, broker: Mosquitto, **fields: Any) -> Iterator[tuple[MqttPublisher, Outbox]]:
    settings = MqttSettings.model_validate(
        {
            "host": HOST,
            "port": broker.port,
            "backoff_min_s": 0.1,
            "backoff_max_s": 0.3,
            "refused_retry_s": 0.2,
            **fields,
        }
    )
    outbox = Outbox(OutboxSettings(path=tmp_path / "outbox.sqlite3"))
    publisher = MqttPublisher(settings, IDENTITY, MODEL, outbox, birth_topic="homeassistant/status")
    publisher.start()
    try:
        yield publisher, outbox
    finally:
        publisher.close(3.0)
        outbox.close()


def fields_of(heard: list[Heard]) -> list[dict[str, Any]]:
    return [json.loads(one.payload) for one in heard]


def windows_of(subscriber: Subscriber) -> list[dict[str, Any]]:
    return fields_of([one for one in subscriber.heard if one.topic.endswith("/window")])


def without_repeats(windows: list[dict[str, Any]]) -> list[int]:
    return [window["seq"] for window in {window["id"]: window for window in windows}.values()]
