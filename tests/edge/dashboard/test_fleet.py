from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.dashboard.fleet import (
    FRESH_S,
    MAX_CAMERAS,
    STRIP_S,
    CameraKey,
    DeviceKey,
    Fleet,
    Moment,
    misdated_s,
)
from edge.dashboard.payloads import Window, read
from edge.mqtt.payload import Identity, Message, now_message, state_message
from tests.edge.dashboard.messages import a_window, stats
from tests.edge.mqtt.event_builder import IDENTITY, NOON_S

DOOR = CameraKey("lab", "pi-1", "door")


def told(*messages: Message, fleet: Fleet | None = None, now_s: float = 0.0) -> Fleet:
    fleet = fleet or Fleet()
    for message in messages:
        fleet.apply(message, now_s=now_s, utc_s=NOON_S + 60)
    return fleet


def test_the_moment_is_shown_while_it_is_fresh_and_not_longer() -> None:
    fleet = told(now_message("door", ["sad", "sad", "happy", None], IDENTITY, utc_s=NOON_S), now_s=100.0)
    view = fleet.cameras[DOOR]
    assert view.current(100.0 + FRESH_S) == Moment(4, {"sad": 0.667, "happy": 0.333})
    assert view.current(100.1 + FRESH_S) is None


def test_a_suppressed_moment_has_neither_faces_nor_shares() -> None:
    fleet = told(now_message("door", [], IDENTITY, utc_s=NOON_S, k_min=1))
    assert fleet.cameras[DOOR].current(0.0) == Moment(None, None)


@pytest.mark.parametrize(
    ("behind_s", "changes", "misdated"),
    [
        (3 * 86_400, {"clock_synced": False}, True),
        (3 * 86_400, {"clock_synced": True}, False),
        (3 * 86_400, {"clock_synced": False, "historical": True}, False),  # it waited through an outage
        (3600, {"clock_synced": False}, False),
    ],
)
def test_a_window_from_long_ago_by_a_clock_that_nobody_has_set_is_misdated(
    behind_s: float, changes: dict[str, bool], misdated: bool
) -> None:
    window = read(Window, json.dumps(json.loads(a_window().payload) | changes).encode())
    came_s = NOON_S + 10 + behind_s
    assert misdated_s(window, came_s) == (came_s if misdated else None)


def test_a_window_is_returned_for_the_store_and_the_newest_is_kept() -> None:
    fleet = Fleet()
    newer = fleet.apply(a_window(NOON_S + 10), now_s=0, utc_s=NOON_S + 60)
    older = fleet.apply(a_window(NOON_S, historical=True), now_s=0, utc_s=NOON_S + 60)
    assert newer is not None
    assert older is not None
    assert older.historical
    assert fleet.cameras[DOOR].window == newer


def test_stats_and_status_make_a_device_known() -> None:
    fleet = told(Message(IDENTITY.topics.status, b"online"), stats())
    device = fleet.devices[DeviceKey("lab", "pi-1")]
    assert device.online is True
    assert device.stats is not None
    assert device.stats.outbox.rows == 7
    assert not fleet.cameras  # figures of a camera that has just been removed do not bring it back


def test_what_is_cleared_at_the_broker_disappears() -> None:
    state = state_message("door", "streaming", IDENTITY, since_utc_s=NOON_S)
    other = state_message("door", "streaming", Identity("lab", "pi-2", IDENTITY.boot_id), since_utc_s=NOON_S)
    fleet = told(state, other, Message(state.topic, b""))
    assert list(fleet.cameras) == [CameraKey("lab", "pi-2", "door")]
    told(Message("emotion/v1/lab/pi-2/status", b""), fleet=fleet)
    assert not fleet.cameras
    assert list(fleet.devices) == [DeviceKey("lab", "pi-1")]


def test_a_strip_holds_the_last_minute_with_its_gaps() -> None:
    fleet = told(now_message("door", ["happy"], IDENTITY, utc_s=NOON_S), now_s=0.0)
    for second in range(10):
        fleet.sample(float(second))
    strip = list(fleet.cameras[DOOR].strip)
    assert [moment is not None for moment in strip] == [True] * 6 + [False] * 4
    for second in range(10, 200):
        fleet.sample(float(second))
    assert len(fleet.cameras[DOOR].strip) == STRIP_S


def altered(**fields: Any) -> Message:
    message = a_window()
    return Message(message.topic, json.dumps({**json.loads(message.payload), **fields}).encode())


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (Message("emotion/v1/lab/pi-1/door/window", b"{broken"), "Invalid JSON"),
        (Message("emotion/v1/lab/pi-1/door/window", b"[]"), "object"),
        (Message("emotion/v1/lab/pi-1/door/window", b"x" * 70_000), "70000 bytes"),
        (Message("emotion/v1/lab/pi-1/door/now", b'{"schema":"emotion.now/2"}'), "schema"),
        (Message("emotion/v1/lab/pi-1/status", b"perhaps"), "online or offline"),
        (Message("emotion/v1/lab/<b>/status", b"online"), "letters a-z"),
        (altered(shares={"<b>": 1.0}), "shares"),
        (altered(shares={"happy": 1.5}), "shares.happy"),
        (altered(shares={"happy": float("nan")}), "shares.happy"),
        (altered(shares=None), "suppressed"),
        (altered(suppressed=True), "suppressed"),
        (altered(camera="hall"), "topic"),
        (altered(end="2026-11-20T12:00:00.000Z"), "must last"),
        (altered(end="2026-11-20T23:00:00.000Z"), "must last"),
        (altered(start="2026-13-45T12:00:00.000Z"), "start"),
        (altered(start="2027-01-01T00:00:00.000Z", end="2027-01-01T00:00:10.000Z"), "check the clocks"),
        (altered(seq=-1), "seq"),
        (altered(seq="1"), "seq"),
    ],
)
def test_what_is_malformed_is_counted_and_told_not_shown(message: Message, why: str) -> None:
    fleet = told(message)
    assert fleet.refusals == 1
    assert why in fleet.refused[-1].why
    assert not fleet.cameras


def test_a_reason_too_long_to_be_read_makes_no_camera_look_well() -> None:
    fleet = told(state_message("door", "streaming", IDENTITY, since_utc_s=NOON_S))
    down = state_message("door", "reconnecting", IDENTITY, since_utc_s=NOON_S, reason="no route " * 100)
    told(down, fleet=fleet)
    assert fleet.refusals == 0
    (camera,) = fleet.cameras.values()
    assert camera.state is not None
    assert (camera.state.state, len(camera.state.reason or "")) == ("reconnecting", 500)


def test_a_field_that_is_new_is_ignored() -> None:
    assert told(altered(weather="rain")).refusals == 0


def test_commands_answers_and_what_is_not_ours_are_none_of_its_business() -> None:
    topics = ("emotion/v1/lab/pi-1/set/pause", "emotion/v1/lab/pi-1/door/set/pause", "weather/today", "x")
    fleet = told(*(Message(topic, b"{}") for topic in topics))
    assert (fleet.refusals, fleet.cameras, fleet.devices) == (0, {}, {})


def test_a_flood_of_names_is_bounded() -> None:
    fleet = told(
        *(state_message(f"c{n}", "streaming", IDENTITY, since_utc_s=NOON_S) for n in range(MAX_CAMERAS + 5))
    )
    assert len(fleet.cameras) == MAX_CAMERAS
    assert fleet.refusals == 5
    assert len(fleet.refused) == 5


@given(
    st.sampled_from(["status", "stats", "door/state", "door/now", "door/window"]),
    st.one_of(
        st.binary(max_size=40),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
            ),
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
def test_no_payload_breaks_it(kind: str, payload: bytes) -> None:
    found = Fleet().apply(Message(f"emotion/v1/lab/pi-1/{kind}", payload), now_s=0, utc_s=NOON_S)
    assert found is None or isinstance(found, Window)
