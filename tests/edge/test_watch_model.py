from __future__ import annotations

import json

import pytest

from edge.mqtt.payload import Identity, Message, now_message, state_message, stats_message, window_message
from edge.mqtt.ulid import new_ulid
from edge.stats import CameraStats, DeviceStats, OutboxStats
from edge.watch.model import MAX_VIEWS, CameraView, WatchModel
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event

DOOR = ("lab", "pi-1", "door")


def a_window(identity: Identity = IDENTITY, *, suppressed: bool = False) -> Message:
    return window_message(an_event(suppressed=suppressed), identity, MODEL, id=new_ulid(), seq=0)


def test_a_window_sets_the_camera_s_view_and_is_returned() -> None:
    model = WatchModel()
    window = model.apply(a_window(), now_s=5.0)
    assert window is not None
    assert (window.camera, window.faces, window.dominant, window.fps) == ("door", 3, "happy", 14.93)
    assert model.cameras[DOOR] == CameraView(
        faces=1,
        shares={"happy": 0.62, "neutral": 0.3, "surprise": 0.08},
        dominant="happy",
        fps=14.93,
        window_at_s=5.0,
    )
    assert list(model.newest) == [window]


def test_what_waited_through_an_outage_goes_into_the_past_and_not_into_the_present() -> None:
    model = WatchModel()
    model.apply(now_message("door", ["happy"], IDENTITY, utc_s=NOON_S), 1.0)
    late = json.loads(a_window().payload) | {"historical": True}
    window = model.apply(Message(IDENTITY.topics.window("door"), json.dumps(late).encode()), 2.0)
    assert window is not None
    view = model.cameras[DOOR]
    assert (view.faces, view.shares, view.window_at_s) == (1, {"happy": 1.0}, None)
    assert [cell.dominant for cell in view.history.cells(1, 2.0)] == ["happy"]


def test_a_repeated_window_is_shown_once() -> None:
    model = WatchModel()
    message = a_window()
    assert model.apply(message, 1.0) is not None
    assert model.apply(message, 2.0) is None
    assert model.windows == 1
    assert model.cameras[DOOR].window_at_s == 1.0


def test_a_suppressed_window_clears_what_was_told_before() -> None:
    model = WatchModel()
    model.apply(a_window(), 1.0)
    window = model.apply(a_window(suppressed=True), 2.0)
    assert window is not None
    assert window.shares is None
    view = model.cameras[DOOR]
    assert (view.suppressed, view.faces, view.shares, view.dominant) == (True, None, {}, None)


def test_the_moment_moves_faces_and_shares_between_windows() -> None:
    model = WatchModel()
    model.apply(now_message("door", ["sad", "sad", "happy"], IDENTITY, utc_s=NOON_S), 1.0)
    view = model.cameras[DOOR]
    assert (view.faces, view.dominant) == (3, "sad")
    model.apply(now_message("door", [], IDENTITY, utc_s=NOON_S), 2.0)
    assert (view.faces, view.suppressed) == (None, True)


def test_state_status_and_statistics_are_kept() -> None:
    model = WatchModel()
    model.apply(Message(IDENTITY.topics.status, b"online"), 1.0)
    model.apply(state_message("door", "stalled", IDENTITY, since_utc_s=NOON_S, reason="no frame"), 1.0)
    stats = DeviceStats(NOON_S, 1, (CameraStats("door", 12.5, 0),), OutboxStats(0, 0, 0), 1, 0)
    model.apply(stats_message(stats, IDENTITY), 1.0)
    assert model.online == {("lab", "pi-1"): True}
    assert (model.cameras[DOOR].state, model.cameras[DOOR].fps) == ("stalled", 12.5)
    model.apply(Message(IDENTITY.topics.status, b"offline"), 1.0)
    assert model.online == {("lab", "pi-1"): False}


@pytest.mark.parametrize(
    "message",
    [
        Message("emotion/v1/lab/pi-1/door/window", b"not json"),
        Message("emotion/v1/lab/pi-1/door/window", b"{}"),
        Message("emotion/v1/lab/pi-1/door/window", b'["a list"]'),
        Message("emotion/v1/lab/pi-1/door/window", b"\xff\xfe"),
        Message("emotion/v1/lab/pi-1/door/now", b'{"suppressed":false,"faces":"many"}'),
        Message("emotion/v1/lab/pi-1/door/state", b"null"),
        Message("emotion/v1/lab/pi-1/stats", b'{"cameras":[1]}'),
        Message(
            "emotion/v1/lab/pi-1/door/window",
            json.dumps({**json.loads(a_window().payload), "shares": {"happy": "much"}}).encode(),
        ),
    ],
)
def test_what_cannot_be_read_is_counted_and_not_shown(message: Message) -> None:
    model = WatchModel()
    assert model.apply(message, 1.0) is None
    assert model.unreadable == 1
    assert not model.newest


@pytest.mark.parametrize(
    "topic", ["emotion/v1/a/b/c/d/e", "emotion/v1/a/b/set/pause", "other", "emotion/v1/a/b/c/other"]
)
def test_other_topics_are_none_of_its_business(topic: str) -> None:
    model = WatchModel()
    assert model.apply(Message(topic, b"x"), 1.0) is None
    assert (model.unreadable, model.cameras) == (0, {})


def test_what_is_kept_is_bounded_whatever_arrives() -> None:
    model = WatchModel(newest=5)
    for number in range(MAX_VIEWS + 50):
        identity = Identity("lab", f"pi-{number}", IDENTITY.boot_id)
        model.apply(Message(identity.topics.status, b"online"), 1.0)
        model.apply(a_window(identity), 1.0)
    assert (len(model.cameras), len(model.online), len(model.newest)) == (MAX_VIEWS, MAX_VIEWS, 5)


def test_control_characters_of_a_publisher_never_reach_the_terminal() -> None:
    model = WatchModel()
    hostile = json.loads(a_window().payload)
    hostile |= {"dominant": "\x1b]0;x\x07happy", "shares": {"ha\nppy": 1.0}}
    window = model.apply(Message(IDENTITY.topics.window("door"), json.dumps(hostile).encode()), 1.0)
    assert window is not None
    shown = f"{window.end}{window.dominant}{window.shares}"
    assert shown.isprintable()


def test_a_known_device_goes_offline_even_when_no_further_one_is_taken_in() -> None:
    model = WatchModel()
    for number in range(MAX_VIEWS + 5):
        model.apply(Message(f"emotion/v1/lab/pi-{number}/status", b"online"), 1.0)
    model.apply(Message("emotion/v1/lab/pi-3/status", b"offline"), 2.0)
    assert model.online["lab", "pi-3"] is False
    assert len(model.online) == MAX_VIEWS


def test_a_camera_that_is_no_longer_configured_leaves_and_commands_are_no_cameras() -> None:
    model = WatchModel()
    model.apply(a_window(), 1.0)
    model.apply(Message("emotion/v1/lab/pi-1/door/state", b""), 2.0)
    model.apply(
        Message("emotion/v1/lab/pi-1/set/window", b'{"schema":"emotion.command/1","window_s":5}'), 2.0
    )
    model.apply(Message("emotion/v1/lab/pi-1/result/window", b'{"schema":"emotion.result/1"}'), 2.0)
    assert (model.cameras, model.unreadable) == ({}, 0)
