from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge.mqtt.link import PahoLink
from tests.edge.mqtt.event_builder import IDENTITY, NOON_S, an_event
from tests.edge.mqtt.fake_link import wait_until
from tests.integration.mosquitto import Mosquitto, mosquitto
from tests.integration.publishing import STATUS, fields_of, publishing, windows_of, without_repeats

pytestmark = [pytest.mark.integration, pytest.mark.broker]
__all__ = ["mosquitto"]
REPOSITORY = Path(__file__).resolve().parents[2]


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


def test_on_mqtt_5_a_blip_of_the_network_is_hidden_and_an_end_is_told(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe(STATUS)
    with publishing(tmp_path, mosquitto, will_delay_s=2) as (publisher, _):
        assert wait_until(lambda: publisher.connected)
        assert isinstance(publisher._connection._link, PahoLink)
        connection = publisher._connection._link._client.socket()
        assert isinstance(connection, socket.socket)
        connection.shutdown(socket.SHUT_RDWR)  # cut, without a goodbye
        subscriber.wait_for(2, "/status")
        time.sleep(2.5)  # the broker's own clock decides when the will is due
        assert [one.payload for one in subscriber.heard] == ["online", "online"]
    assert subscriber.wait_for(3, "/status")[-1].payload == "offline"


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
