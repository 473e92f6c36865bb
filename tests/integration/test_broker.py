from __future__ import annotations

import json
import logging
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.home_assistant.announcement import discovery_topic
from edge.mqtt.link import PahoLink
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Message
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.settings import MqttSettings, OutboxSettings
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event
from tests.edge.mqtt.fake_link import wait_until
from tests.integration.certificates import Certificates, make_certificates
from tests.integration.mosquitto import HOST, Heard, Mosquitto, Subscriber, mosquitto

pytestmark = [pytest.mark.integration, pytest.mark.broker]
__all__ = ["mosquitto"]
REPOSITORY = Path(__file__).resolve().parents[2]
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


def test_a_subscriber_sees_status_state_windows_moments_and_the_end(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    with publishing(tmp_path, mosquitto) as (publisher, outbox):
        assert wait_until(lambda: publisher.connected)
        publisher.publish_state("door", "streaming", since_utc_s=NOON_S)
        publisher.publish([an_event(), an_event(suppressed=True)])
        publisher.publish_now("door", ["happy"], utc_s=NOON_S)
        windows = fields_of(subscriber.wait_for(2, "/door/window"))
        subscriber.wait_for(1, "/door/now")
        assert wait_until(lambda: outbox.stats().rows == 0)
    assert [window["suppressed"] for window in windows] == [False, True]
    assert [one.payload for one in subscriber.wait_for(2, "/status")] == ["online", "offline"]
    late = mosquitto.subscribe()
    late.wait_for(1, "/status")
    late.wait_for(1, "/door/state")
    kept = {(one.topic.rsplit("/", 1)[1], one.retained) for one in late.heard}
    assert kept == {("status", True), ("state", True)}
    assert late.heard[0].payload in {"offline", subscriber.wait_for(1, "/state")[0].payload}


def test_after_kill_9_the_last_will_says_offline_and_the_next_start_sends_what_was_left(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    module = "tests.integration.publishing_child"
    command = [sys.executable, "-m", module, str(mosquitto.port), str(tmp_path / "outbox.sqlite3")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as child:
        assert child.stdout is not None
        for _ in range(40):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        appended = 40 + len(child.stdout.readlines())
    subscriber.wait_for(2, "/status")
    assert [one.payload for one in subscriber.wait_for(2, "/status")][:2] == ["online", "offline"]
    with publishing(tmp_path, mosquitto) as (_, outbox):
        assert wait_until(lambda: outbox.stats().rows == 0)
    arrived = without_repeats(fields_of(subscriber.wait_for(appended, "/window")))
    assert arrived == list(range(len(arrived)))
    assert appended <= len(arrived) <= appended + 1


def test_what_was_published_before_the_broker_came_arrives_once_and_in_order(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.keep_sessions()
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    mosquitto.stop()
    with publishing(tmp_path, mosquitto) as (publisher, outbox):
        publisher.publish([an_event(camera) for _ in range(60) for camera in ("door", "yard")])
        assert wait_until(lambda: publisher.trouble is not None)
        mosquitto.start()
        assert wait_until(lambda: outbox.stats().rows == 0, 10)
        subscriber.wait_for(60, "/yard/window")
        for camera in ("door", "yard"):
            windows = fields_of(subscriber.wait_for(60, f"/{camera}/window"))
            assert [window["seq"] for window in windows] == list(range(60))


def test_nothing_is_lost_when_the_broker_restarts_in_the_middle_and_repeats_have_the_same_id(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.keep_sessions()
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    sent = 0
    with publishing(tmp_path, mosquitto) as (publisher, outbox):
        for _ in range(4):
            assert wait_until(lambda: publisher.connected)
            publisher.publish([an_event() for _ in range(40)])
            mosquitto.stop()  # whatever is under way now is cut off
            publisher.publish([an_event() for _ in range(10)])
            sent += 50
            mosquitto.start()
        assert wait_until(lambda: outbox.stats().rows == 0, 10)
        assert outbox.stats().lost == 0
        assert wait_until(lambda: len(without_repeats(windows_of(subscriber))) >= sent, 15)
    assert without_repeats(windows_of(subscriber)) == list(range(sent))


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


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def test_events_travel_over_tls_with_a_client_certificate(
    mosquitto: Mosquitto, tmp_path: Path, certificates: Certificates
) -> None:
    mosquitto.require_tls(certificates.ca, certificates.server, certificates.key, client_certificate=True)
    mosquitto.start()
    tls = {"ca": certificates.ca, "cert": certificates.server, "key": certificates.key}
    with publishing(tmp_path, mosquitto, tls=tls) as (publisher, outbox):
        publisher.publish([an_event() for _ in range(50)])
        assert wait_until(lambda: outbox.stats().rows == 0)


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_expired_certificate_of_this_device_is_named(
    mosquitto: Mosquitto, tmp_path: Path, certificates: Certificates
) -> None:
    mosquitto.require_tls(certificates.ca, certificates.server, certificates.key, client_certificate=True)
    mosquitto.start()
    tls = {"ca": certificates.ca, "cert": certificates.expired, "key": certificates.key}
    with publishing(tmp_path, mosquitto, tls=tls) as (publisher, _):
        assert wait_until(lambda: publisher.trouble is not None)
        assert "this device's certificate has expired" in str(publisher.trouble)


def test_on_mqtt_5_messages_carry_type_expiry_and_what_a_consumer_routes_by(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    told = mosquitto.subscribe_with_properties(f"{STATUS.removesuffix('status')}door/window", "%C %E %P")
    with publishing(tmp_path, mosquitto) as (publisher, _):
        assert wait_until(lambda: publisher.connected)
        publisher.publish([an_event()])
        assert wait_until(lambda: told.lines != [])
    assert told.lines == [f"application/json 604800 schema:emotion.window/1 boot:{IDENTITY.boot_id} seq:0"]


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


def test_on_mqtt_5_a_blip_of_the_network_is_hidden_and_an_end_is_told(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe(STATUS)
    with publishing(tmp_path, mosquitto, will_delay_s=2) as (publisher, _):
        assert wait_until(lambda: publisher.connected)
        assert isinstance(publisher._link, PahoLink)
        connection = publisher._link._client.socket()
        assert isinstance(connection, socket.socket)
        connection.shutdown(socket.SHUT_RDWR)  # cut, without a goodbye
        subscriber.wait_for(2, "/status")
        time.sleep(2.5)  # the broker's own clock decides when the will is due
        assert [one.payload for one in subscriber.heard] == ["online", "online"]
    assert subscriber.wait_for(3, "/status")[-1].payload == "offline"


@pytest.mark.parametrize(
    ("tls", "advice"),
    [
        ({}, "certificate is not accepted"),
        ({"ca": True}, "client certificate"),
        (None, "mqtt.tls if the port is for TLS"),
    ],
)
# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_tls_refuses_is_named_with_what_to_do(
    mosquitto: Mosquitto, tmp_path: Path, certificates: Certificates, tls: dict[str, Any] | None, advice: str
) -> None:
    mosquitto.require_tls(certificates.ca, certificates.server, certificates.key, client_certificate=True)
    mosquitto.start()
    fields = {"tls": {"ca": certificates.ca} if tls else tls}
    with publishing(tmp_path, mosquitto, **fields) as (publisher, _):
        assert wait_until(lambda: publisher.trouble is not None)
        assert advice in str(publisher.trouble)


def test_sigterm_s_deadline_is_kept_when_the_broker_hangs(mosquitto: Mosquitto, tmp_path: Path) -> None:
    mosquitto.start()
    with publishing(tmp_path, mosquitto) as (publisher, outbox):
        assert wait_until(lambda: publisher.connected)
        assert mosquitto._process is not None
        mosquitto._process.send_signal(signal.SIGSTOP)
        try:
            publisher.publish([an_event() for _ in range(200)])
            began_s = time.monotonic()
            publisher.close(1.0)
            assert time.monotonic() - began_s < 2.5
            assert outbox.stats().rows == 200
        finally:
            mosquitto._process.send_signal(signal.SIGCONT)
