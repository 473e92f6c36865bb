from __future__ import annotations

import logging
from pathlib import Path

import pytest

from edge.home_assistant.announcement import discovery_topic
from edge.mqtt.payload import Message
from tests.edge.mqtt.event_builder import IDENTITY, an_event
from tests.edge.mqtt.fake_link import wait_until
from tests.integration.mosquitto import Mosquitto, mosquitto
from tests.integration.publishing import STATUS, publishing

pytestmark = [pytest.mark.integration, pytest.mark.broker]
__all__ = ["mosquitto"]


def test_a_broker_that_wants_a_password_is_named_once_with_what_to_do_and_works_with_it(
    mosquitto: Mosquitto, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    mosquitto.require_password("pi", "correct horse")
    mosquitto.start()
    for user in ({}, {"username": "pi", "password": "wrong"}):
        caplog.clear()
        with publishing(tmp_path, mosquitto, **user) as (publisher, _):
            assert wait_until(lambda: sum("refuses" in r.message for r in caplog.records) >= 3)
            assert not publisher.connected
        warnings = [r.message for r in caplog.records if r.levelname == "WARNING"]
        advice = "check mqtt.username" if user else "set mqtt.username"
        assert len(warnings) == 1
        assert advice in warnings[0]
    with publishing(tmp_path, mosquitto, username="pi", password="correct horse") as (publisher, outbox):
        publisher.publish([an_event()])
        assert wait_until(lambda: outbox.stats().rows == 0)
    assert "correct horse" not in caplog.text


def test_on_mqtt_5_an_acl_that_forbids_windows_is_named_and_nothing_is_lost(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.allow(f"topic readwrite {STATUS}")
    mosquitto.start()
    with publishing(tmp_path, mosquitto) as (publisher, outbox):
        publisher.publish([an_event()])
        assert wait_until(lambda: publisher.trouble is not None)
        assert "door/window: not authorised; let this device's user write" in str(publisher.trouble)
        assert outbox.stats().rows == 1


def test_home_assistant_needs_one_rule_to_write_and_one_to_read(mosquitto: Mosquitto, tmp_path: Path) -> None:
    topic = discovery_topic("homeassistant", IDENTITY.topics)
    mosquitto.allow(
        f"topic readwrite {STATUS}", f"topic read {topic}", "topic readwrite homeassistant/status"
    )
    mosquitto.start()
    with publishing(tmp_path, mosquitto) as (publisher, _):
        publisher.retain(Message(topic, b"{}"))
        assert wait_until(lambda: publisher.trouble is not None)
        assert f"{topic}: not authorised; let this device's user write there" in str(publisher.trouble)
    mosquitto.stop()
    mosquitto.allow(
        f"topic readwrite {STATUS}", f"topic readwrite {topic}", "topic readwrite homeassistant/status"
    )
    mosquitto.start()
    subscriber = mosquitto.subscribe(topic)
    with publishing(tmp_path, mosquitto) as (publisher, _):
        publisher.retain(Message(topic, b"{}"))
        subscriber.wait_for(1, topic)
        mosquitto.publish("homeassistant/status", "online")
        subscriber.wait_for(2, topic)
        publisher.forget(topic)
        assert subscriber.wait_for(3, topic)[-1].payload == ""
        assert wait_until(lambda: not publisher.forgets(topic))
        assert publisher.trouble is None


def test_on_3_1_1_the_same_looks_like_success(mosquitto: Mosquitto, tmp_path: Path) -> None:
    """A limit of the protocol: documented, and shown here so that nobody relies on it."""
    mosquitto.allow(f"topic readwrite {STATUS}")
    mosquitto.start()
    with publishing(tmp_path, mosquitto, version="3.1.1") as (publisher, outbox):
        publisher.publish([an_event()])
        assert wait_until(lambda: outbox.stats().rows == 0)
        assert publisher.trouble is None
