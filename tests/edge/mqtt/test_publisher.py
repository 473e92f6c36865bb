from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.mqtt.happenings import Accepted, Acknowledged, Happening, Lost, Refused, Rejected
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Message
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.settings import MqttSettings, MqttVersion, OutboxSettings
from edge.protocols import Publisher
from edge.stats import DeviceStats, OutboxStats
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event
from tests.edge.mqtt.fake_link import FakeLink, Sent, accepting_link, wait_until

SETTINGS = MqttSettings(
    host="broker.local", username="pi", backoff_min_s=0.001, backoff_max_s=0.002, refused_retry_s=0.001
)


class Rig:
    """A publisher whose links come from a list; after the last one every broker is absent."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self.links: list[FakeLink] = []
        self.used: list[FakeLink] = []
        self.versions: list[MqttVersion] = []
        self.will: Message | None = None
        self.publisher: MqttPublisher | None = None

    def open_link(
        self, _settings: MqttSettings, _client_id: str, will: Message | None, version: MqttVersion
    ) -> FakeLink:
        self.will = will
        self.versions.append(version)
        link = self.links.pop(0) if self.links else absent_link()
        self.used.append(link)
        return link

    def start(self, *links: FakeLink) -> MqttPublisher:
        self.links = list(links)
        self.publisher = MqttPublisher(SETTINGS, IDENTITY, MODEL, self.outbox, open_link=self.open_link)
        self.publisher.start()
        return self.publisher


def absent_link() -> FakeLink:
    link = FakeLink()
    link.open_error = ConnectionRefusedError(111, "Connection refused")
    return link


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with closing(Outbox(OutboxSettings(path=tmp_path / "outbox.sqlite3"))) as outbox:
        rig = Rig(outbox)
        yield rig
        if rig.publisher is not None:
            rig.publisher.close(0.1)
        assert not [t for t in threading.enumerate() if t.name == "mqtt-publisher"]


def windows(link: FakeLink) -> list[dict[str, object]]:
    return [json.loads(s.message.payload) for s in link.sent if s.message.topic.endswith("/window")]


def test_it_is_a_publisher(rig: Rig) -> None:
    publisher: Publisher = rig.start(accepting_link())
    publisher.publish([])


def test_windows_are_sent_numbered_per_camera_and_leave_the_outbox(rig: Rig) -> None:
    link = accepting_link()
    publisher = rig.start(link)
    publisher.publish([an_event("door"), an_event("yard"), an_event("door")])
    assert wait_until(lambda: rig.outbox.stats().rows == 0)
    assert [(w["camera"], w["seq"]) for w in windows(link)] == [("door", 0), ("yard", 0), ("door", 1)]
    assert len({w["id"] for w in windows(link)}) == 3
    assert rig.will == Message("emotion/v1/lab/pi-1/status", b"offline")


def test_a_refusal_is_said_once_its_repeats_quietly_and_the_recovery_too(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    refusing = [FakeLink() for _ in range(3)]
    for link in refusing:
        link.script = [Refused(134, "Bad user name or password")]
    publisher = rig.start(*refusing, accepting_link())
    assert wait_until(lambda: publisher.connected)
    told = [
        (r.levelname, "bad user name or password" in r.message)
        for r in caplog.records
        if r.name == "edge.mqtt.connection"
    ]
    assert told[:3] == [("WARNING", True), ("DEBUG", True), ("DEBUG", True)]
    assert told[3] == ("INFO", False)
    assert publisher.trouble is None


@pytest.mark.parametrize("no", [Refused(132, "Unsupported protocol version"), Lost("hung up")])
def test_a_broker_without_mqtt_5_is_spoken_to_in_3_1_1_at_once_and_quietly(
    rig: Rig, no: Refused | Lost, caplog: pytest.LogCaptureFixture
) -> None:
    old = FakeLink()
    old.script = [no]
    publisher = rig.start(old, accepting_link())
    assert wait_until(lambda: publisher.connected)
    assert rig.versions == ["5", "3.1.1"]
    assert [r for r in caplog.records if r.levelname == "WARNING"] == []


def test_what_has_served_on_mqtt_5_is_asked_for_it_again_after_a_hang_up(rig: Rig) -> None:
    served, hung_up = accepting_link(), FakeLink()
    hung_up.script = [Lost("hung up")]
    publisher = rig.start(served, hung_up, accepting_link())
    assert wait_until(lambda: publisher.connected)
    served.script = [Lost("cable")]
    served.wake()
    assert wait_until(lambda: len(rig.versions) == 3 and publisher.connected)
    assert rig.versions == ["5", "5", "5"]


def test_what_the_broker_rejects_is_said_and_is_trouble_until_it_takes_it(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    def rejecting(sent: list[Sent]) -> list[Happening]:
        return [
            Rejected(s.number, 135, "Not authorized")
            if s.message.topic.endswith("window")
            else Acknowledged(s.number)
            for s in sent
            if s.qos == 1
        ]

    link = FakeLink(rejecting)
    link.script = [Accepted()]
    publisher = rig.start(link)
    publisher.publish([an_event()])
    assert wait_until(lambda: publisher.trouble is not None)
    assert publisher.connected
    assert "door/window: not authorised" in str(publisher.trouble)
    assert rig.outbox.stats().rows == 1
    assert "not authorised" in caplog.text


def test_a_rebirth_tells_status_and_states_again(rig: Rig) -> None:
    link = accepting_link()
    publisher = rig.start(link)
    assert wait_until(lambda: publisher.connected)
    publisher.publish_state("door", "streaming", since_utc_s=NOON_S)
    assert wait_until(lambda: len(link.sent) == 2)
    publisher.rebirth()
    assert wait_until(lambda: len(link.sent) == 4)
    assert {s.message for s in link.sent[2:]} == {s.message for s in link.sent[:2]}


def test_a_checkpoint_is_what_the_next_start_sends_with_the_number_that_the_window_would_have_had(
    rig: Rig,
) -> None:
    publisher = rig.start()
    publisher.publish([an_event()])
    publisher.checkpoint([an_event(), an_event("yard")])
    publisher.checkpoint([an_event(), an_event("yard")])
    rig.outbox.close()
    with closing(Outbox(rig.outbox._settings)) as reopened:
        kept = [json.loads(row.message.payload) for row in reopened.pending(after=0, limit=9)]
    assert [(w["camera"], w["seq"]) for w in kept] == [("door", 0), ("door", 1), ("yard", 0)]


def test_while_the_broker_is_absent_windows_wait_and_live_figures_do_not(rig: Rig) -> None:
    gate = threading.Event()
    late = accepting_link()

    class Gated(FakeLink):
        def open(self) -> None:
            if not gate.is_set():
                raise ConnectionRefusedError(111, "Connection refused")

    publisher = rig.start(*[Gated() for _ in range(3)])
    assert wait_until(lambda: publisher.trouble is not None)
    publisher.publish([an_event(), an_event()])
    publisher.publish_now("door", ["happy"], utc_s=NOON_S)
    assert rig.outbox.stats().rows == 2
    rig.links.append(late)
    assert wait_until(lambda: rig.outbox.stats().rows == 0)
    assert [w["seq"] for w in windows(late)] == [0, 1]
    assert all(sent.qos == 1 for sent in late.sent)


def test_after_a_lost_connection_everything_unacknowledged_is_sent_again(rig: Rig) -> None:
    deaf = FakeLink()
    deaf.script = [Accepted()]
    second = accepting_link()
    publisher = rig.start(deaf, second)
    publisher.publish([an_event(), an_event()])
    publisher.publish_state("door", "streaming", since_utc_s=NOON_S)
    assert wait_until(lambda: len(windows(deaf)) == 2)
    deaf.script = [Lost("cable")]
    assert wait_until(lambda: rig.outbox.stats().rows == 0)
    assert windows(second) == windows(deaf)
    assert any(s.message.topic.endswith("/state") for s in second.sent)
    assert deaf.goodbye is False


def test_states_moments_and_statistics_are_sent_while_connected(rig: Rig) -> None:
    link = accepting_link()
    publisher = rig.start(link)
    assert wait_until(lambda: publisher.connected)
    publisher.publish_now("door", ["happy"], utc_s=NOON_S)
    publisher.publish_stats(DeviceStats(NOON_S, 1, (), OutboxStats(0, 0, 0), 1, 0))
    assert wait_until(lambda: len(link.sent) == 3)
    assert [(s.message.topic.rsplit("/", 1)[1], s.qos, s.retain) for s in link.sent] == [
        ("status", 1, True), ("now", 0, False), ("stats", 0, True),
    ]  # fmt: skip


def test_closing_sends_what_waits_says_offline_and_hangs_up_with_a_goodbye(rig: Rig) -> None:
    link = accepting_link()
    publisher = rig.start(link)
    publisher.publish([an_event() for _ in range(45)])
    publisher.close(5.0)
    publisher.close(5.0)
    assert len(windows(link)) == 45
    assert link.sent[-1].message == Message("emotion/v1/lab/pi-1/status", b"offline")
    assert link.goodbye is True
    assert rig.outbox.stats().rows == 0


def test_closing_ends_at_the_deadline_where_the_broker_is_deaf_and_leaves_the_last_will_to_it(
    rig: Rig,
) -> None:
    link = FakeLink()
    link.script = [Accepted()]
    publisher = rig.start(link)
    publisher.publish([an_event()])
    assert wait_until(lambda: len(windows(link)) == 1)
    began_s = time.monotonic()
    publisher.close(0.3)
    assert time.monotonic() - began_s < 1.0
    assert link.sent[-1].message.payload == b"offline"
    assert link.goodbye is False
    assert rig.outbox.stats().rows == 1


def test_closing_while_the_broker_is_absent_does_not_wait(rig: Rig) -> None:
    publisher = rig.start()
    assert wait_until(lambda: publisher.trouble is not None)
    began_s = time.monotonic()
    publisher.close(5.0)
    assert time.monotonic() - began_s < 1.0


def test_a_publisher_that_never_started_can_be_closed(tmp_path: Path) -> None:
    link = FakeLink()
    with closing(Outbox(OutboxSettings(path=tmp_path / "outbox.sqlite3"))) as outbox:
        MqttPublisher(SETTINGS, IDENTITY, MODEL, outbox, open_link=lambda *_: link).close(1.0)
    assert link.goodbye is False


def test_a_fault_that_nobody_foresaw_is_logged_and_the_thread_lives_on(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    def explode(_sent: object) -> list[object]:
        raise RuntimeError("unforeseen")

    broken: FakeLink = FakeLink(explode)  # type: ignore[arg-type]
    publisher = rig.start(broken, accepting_link())
    assert wait_until(lambda: publisher.connected)
    assert "unforeseen" in caplog.text


def test_the_password_never_reaches_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings = MqttSettings.model_validate(
        {"host": "127.0.0.1", "port": 1, "username": "pi", "password": "hunter2"}
    )
    with closing(Outbox(OutboxSettings(path=tmp_path / "outbox.sqlite3"))) as outbox:
        publisher = MqttPublisher(settings, IDENTITY, MODEL, outbox)  # real paho, nobody listens
        publisher.start()
        assert wait_until(lambda: publisher.trouble is not None)
        publisher.close(0.5)
    assert "connection refused; is the broker running" in caplog.text
    assert "hunter2" not in caplog.text
