from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edge.contract import health
from edge.daemon.heartbeat import Heartbeat, Watched
from edge.daemon.load_governor import LoadGovernor
from edge.daemon.paused_cameras import PausedCameras
from edge.daemon.systemd import Systemd
from edge.health.board import HealthBoard
from edge.mqtt.outbox import Outbox
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.settings import MqttSettings, OutboxSettings
from edge.settings import LoadSettings
from edge.telemetry import Telemetry
from tests.edge.daemon.camera_rig import CameraRig
from tests.edge.mqtt.event_builder import IDENTITY, MODEL
from tests.edge.mqtt.fake_link import accepting_link, wait_until


class Rig:
    """A heartbeat under a systemd that the test plays; the watchdog wants a ping every second."""

    def __init__(self, folder: Path, outbox: Outbox) -> None:
        self.notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notifications.bind(str(folder / "notify"))
        self.notifications.setblocking(False)
        self.cameras, self.silent_s = CameraRig("door", "yard"), 20.0
        self.port_trouble: str | None = None
        self.link = accepting_link()
        self.publisher = MqttPublisher(
            MqttSettings(host="x"), IDENTITY, MODEL, outbox, open_link=lambda *_: self.link
        )
        self.board = HealthBoard()
        self.record = folder / "run" / "health.json"
        self.paused = PausedCameras(folder / "state" / "paused.json", ())
        governor = LoadGovernor(LoadSettings(), lambda: None, 0.0)
        self.heartbeat = Heartbeat(
            Watched(IDENTITY, self.cameras.cameras, self.publisher, outbox, governor, self.paused),
            Telemetry({}, "personal", None, started_s=0.0),
            Systemd({"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "2000000"}),
            self.board,
            record_path=self.record,
            silent_s=lambda: self.silent_s,
            port_trouble=lambda: self.port_trouble,
            now_s=0.0,
        )

    def pings(self) -> int:
        heard = []
        while True:
            try:
                heard.append(self.notifications.recv(4096))
            except BlockingIOError:
                return heard.count(b"WATCHDOG=1")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    with closing(Outbox(OutboxSettings(path=tmp_path / "outbox.sqlite3"))) as outbox:
        made = Rig(tmp_path, outbox)
        yield made
        made.publisher.close(0.5)
        made.notifications.close()


def test_the_watchdog_is_answered_while_cameras_deliver_or_are_known_to_be_down(rig: Rig) -> None:
    rig.publisher.start()
    rig.cameras.cameras.turn(1.0)
    rig.heartbeat.beat(1.0)
    rig.heartbeat.beat(1.5)
    assert rig.pings() == 1
    rig.cameras.played["door"][0].becomes("reconnecting", "no route to host")
    rig.cameras.played["yard"][0].signed_s = 100.0
    rig.heartbeat.beat(100.0)
    assert rig.pings() == 1


def test_a_camera_that_is_said_to_stream_and_does_not_leaves_the_watchdog_unanswered(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.publisher.start()
    rig.cameras.cameras.turn(1.0)
    rig.cameras.played["yard"][0].signed_s = 30.0
    rig.heartbeat.beat(30.0)
    rig.heartbeat.beat(32.0)
    assert rig.pings() == 0
    assert not rig.board.alive
    assert [r.message for r in caplog.records if r.levelname == "WARNING"] == [
        "stuck: door; the watchdog is not answered any more"
    ]


def test_a_publisher_that_does_not_run_leaves_the_watchdog_unanswered(rig: Rig) -> None:
    rig.heartbeat.beat(1.0)
    assert rig.pings() == 0


def test_the_record_tells_the_moment_and_is_gone_with_the_daemon(rig: Rig) -> None:
    rig.publisher.start()
    assert wait_until(lambda: rig.publisher.connected)
    rig.cameras.cameras.turn(0.0)
    rig.heartbeat.beat(0.0)
    found = health.read(rig.record)
    assert found == rig.board.record
    assert found.ready
    assert set(found.cameras) == {"door", "yard"}
    rig.cameras.played["door"][0].becomes("stalled", "no frame for 5 s")
    rig.heartbeat.beat(1.0)
    assert health.read(rig.record).ready, "not yet due"
    rig.heartbeat.beat(2.0)
    assert health.read(rig.record).reasons == ["camera door: stalled: no frame for 5 s"]
    rig.heartbeat.close()
    assert not rig.record.exists()


def test_a_camera_whose_old_process_does_not_leave_is_not_forgotten(rig: Rig) -> None:
    rig.publisher.start()
    assert wait_until(lambda: rig.publisher.connected)
    rig.cameras.apply(changed="door")
    rig.cameras.cameras.turn(1.0)
    rig.heartbeat.beat(1.0)
    found = health.read(rig.record)
    assert set(found.cameras) == {"door", "yard"}
    said = "camera door: reconnecting: reconfigured: its last capture process has yet to leave"
    assert (found.ready, found.reasons) == (False, [said])
    rig.cameras.played["door"][0].idle = True
    rig.cameras.cameras.turn(2.0)
    rig.heartbeat.beat(3.0)
    assert health.read(rig.record).ready


def test_a_port_that_nobody_can_ask_at_is_a_problem(rig: Rig) -> None:
    rig.publisher.start()
    assert wait_until(lambda: rig.publisher.connected)
    rig.port_trouble = "http.bind: 192.0.2.5:8080: cannot be listened to"
    rig.heartbeat.beat(0.0)
    assert health.read(rig.record).reasons == [rig.port_trouble]
    rig.port_trouble = None
    rig.heartbeat.beat(3.0)
    assert health.read(rig.record).ready


def test_statistics_tell_the_same_problems_as_the_record(rig: Rig) -> None:
    rig.publisher.start()
    assert wait_until(lambda: rig.publisher.connected)
    rig.cameras.cameras.turn(0.0)
    rig.cameras.played["door"][0].becomes("stalled", "no frame for 5 s")
    rig.heartbeat.beat(2.0)
    assert wait_until(lambda: any(sent.message.topic.endswith("/stats") for sent in rig.link.sent))
    (stats,) = [sent for sent in rig.link.sent if sent.message.topic.endswith("/stats")]
    told = json.loads(stats.message.payload)["problems"]
    assert told == health.read(rig.record).reasons == ["camera door: stalled: no frame for 5 s"]


def test_a_record_that_cannot_be_written_is_said_once_and_stops_nothing(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    rig.record.parent.write_text("in the way")
    for now_s in (0.0, 2.0, 4.0):
        rig.heartbeat.beat(now_s)
    assert len([r for r in caplog.records if "health cannot be written" in r.message]) == 1


def test_a_pause_that_would_not_survive_a_restart_is_a_problem(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "state").touch()  # no folder: nothing can be written there
    rig.paused.add("door")
    rig.heartbeat.beat(0.0)
    assert any("will not survive" in reason for reason in health.read(rig.record).reasons)
    (tmp_path / "state").unlink()
    rig.paused.keep()
    rig.heartbeat.beat(3.0)
    assert not any("will not survive" in reason for reason in health.read(rig.record).reasons)


def test_a_reload_that_gives_cameras_more_time_gives_it_to_the_watchdog_too(rig: Rig) -> None:
    rig.publisher.start()
    rig.cameras.cameras.turn(1.0)
    rig.silent_s = 60.0
    rig.heartbeat.beat(40.0)
    assert rig.pings() == 1


def test_when_it_started_is_told_by_the_right_clock_once_there_is_one(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.heartbeat.beat(1.0)
    before = health.read(rig.record).started
    monkeypatch.setattr("time.time", lambda: 1_795_176_060.0)
    rig.heartbeat.clock_set(60.0)
    rig.heartbeat.beat(60.0)
    assert before != health.read(rig.record).started == "2026-11-20T12:00:00.000Z"


def test_a_record_that_cannot_be_removed_does_not_stop_the_end(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.heartbeat.beat(1.0)

    def refused(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refused)
    rig.heartbeat.close()
