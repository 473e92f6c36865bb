from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.datatypes import CaptureCounts, FaceCounts
from edge.mqtt.payload import (
    as_historical,
    now_message,
    restamped,
    state_message,
    stats_message,
    utc_text,
    window_message,
)
from edge.stats import CameraStats, DeviceStats, OutboxStats
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event

ID = "01JD4M5V8R7Q0000000000000Z"


def window(**changes: Any) -> dict[str, Any]:
    event = an_event(**changes)
    fields: dict[str, Any] = json.loads(window_message(event, IDENTITY, MODEL, id=ID, seq=17).payload)
    return fields


def test_a_window_is_the_design_s_example_byte_for_byte() -> None:
    message = window_message(an_event(), IDENTITY, MODEL, id=ID, seq=17)
    assert message.topic == "emotion/v1/lab/pi-1/door/window"
    assert message.payload.decode() == (
        '{"schema":"emotion.window/1","id":"01JD4M5V8R7Q0000000000000Z","site":"lab","device":"pi-1",'
        '"camera":"door","boot_id":"01JD4M5V8R0000000000000000","seq":17,'
        '"start":"2026-11-20T12:00:00.000Z","end":"2026-11-20T12:00:10.000Z","clock_synced":true,'
        '"historical":false,'
        '"faces":{"tracks":3,"mean_in_view":1.4,"max_in_view":3,"observations":212},'
        '"shares":{"happy":0.62,"neutral":0.3,"surprise":0.08},"dominant":"happy","abstained_share":0.05,'
        '"suppressed":false,"capture":{"frames":150,"dropped":2,"fps":14.93},'
        '"model":{"name":"fer-compact","version":"1.2.0"}}'
    )


def test_a_suppressed_window_tells_times_capture_and_model_only() -> None:
    assert list(window(suppressed=True)) == [
        "schema", "id", "site", "device", "camera", "boot_id", "seq", "start", "end", "clock_synced",
        "historical", "suppressed", "capture", "model",
    ]  # fmt: skip


def test_how_many_were_in_view_is_told_to_a_hundredth() -> None:
    event = replace(an_event(), faces=FaceCounts(3, 17 / 12, 3, 212))
    fields = json.loads(window_message(event, IDENTITY, MODEL, id=ID, seq=0).payload)
    assert fields["faces"]["mean_in_view"] == 1.42


def test_a_window_that_saw_nobody_has_no_dominant_emotion() -> None:
    fields = window(shares={})
    assert (fields["shares"], fields["dominant"]) == ({}, None)


def test_shares_are_multiples_of_the_rounding_and_vanishing_ones_are_left_out() -> None:
    event = an_event(shares={"happy": 0.613, "sad": 0.36, "fear": 0.027})
    fields = json.loads(window_message(event, IDENTITY, MODEL, id=ID, seq=0, rounding=0.1).payload)
    assert fields["shares"] == {"happy": 0.6, "sad": 0.4}


def test_a_late_window_differs_in_historical_alone() -> None:
    payload = window_message(an_event(), IDENTITY, MODEL, id=ID, seq=1).payload
    late = json.loads(as_historical(payload))
    assert late == {**json.loads(payload), "historical": True}


def test_text_inside_a_value_is_never_taken_for_the_historical_flag() -> None:
    payload = json.dumps({"reason": '"historical":false'}, separators=(",", ":")).encode()
    assert as_historical(payload) == payload


def test_a_window_from_before_time_arrived_moves_to_its_end_and_one_of_right_time_stays() -> None:
    early = replace(an_event(start_utc_s=3600.0), clock_synced=False)
    moved = json.loads(restamped(window_message(early, IDENTITY, MODEL, id=ID, seq=1).payload, NOON_S))
    assert (moved["start"], moved["end"]) == ("2026-11-20T11:59:50.000Z", "2026-11-20T12:00:00.000Z")
    assert moved["clock_synced"] is True
    right = window_message(an_event(), IDENTITY, MODEL, id=ID, seq=1).payload
    assert restamped(right, NOON_S + 99) == right


@given(st.floats(0, 4e9))
def test_times_are_utc_with_milliseconds_and_read_back(utc_s: float) -> None:
    text = utc_text(utc_s)
    assert len(text) == 24
    read_back = datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    assert abs(read_back - utc_s) <= 0.000501


def test_a_time_just_below_a_second_is_rounded_not_cut() -> None:
    assert utc_text(NOON_S + 0.9999) == "2026-11-20T12:00:01.000Z"


def test_the_moment_tells_faces_and_shares() -> None:
    message = now_message("door", ["happy", "happy", "sad", None], IDENTITY, utc_s=NOON_S)
    assert message.topic == "emotion/v1/lab/pi-1/door/now"
    assert json.loads(message.payload) == {
        "schema": "emotion.now/1",
        "time": "2026-11-20T12:00:00.000Z",
        "faces": 4,
        "shares": {"happy": 0.667, "sad": 0.333},
        "suppressed": False,
    }


@pytest.mark.parametrize(("faces", "k_min"), [(4, 5), (0, 5), (0, 1)])
def test_the_moment_tells_nothing_below_k_min(faces: int, k_min: int) -> None:
    message = now_message("door", ["happy"] * faces, IDENTITY, utc_s=NOON_S, k_min=k_min)
    assert json.loads(message.payload) == {
        "schema": "emotion.now/1",
        "time": "2026-11-20T12:00:00.000Z",
        "suppressed": True,
    }


def test_a_state_tells_since_when_and_why() -> None:
    message = state_message(
        "door", "reconnecting", IDENTITY, since_utc_s=NOON_S, reason="no frame for 5 s", window_s=10.0
    )
    assert message[:2] == (
        "emotion/v1/lab/pi-1/door/state",
        b'{"schema":"emotion.state/1","state":"reconnecting","since":"2026-11-20T12:00:00.000Z",'
        b'"reason":"no frame for 5 s","paused":false,"window_s":10.0}',
    )


def test_statistics_round_what_nobody_reads_and_keep_unknown_apart_from_zero() -> None:
    stats = DeviceStats(
        utc_s=NOON_S, uptime_s=61.7, cameras=(CameraStats("door", 14.9333, 7, 21.26),),
        outbox=OutboxStats(3, 2048, 0), rss_bytes=123_456_789, cpu_percent=87.654, versions={"edge": "0.1"},
        problems=("camera door: stalled: no frame for 5 s",),
    )  # fmt: skip
    message = stats_message(stats, IDENTITY)
    assert message.topic == "emotion/v1/lab/pi-1/stats"
    fields = json.loads(message.payload)
    assert fields["cameras"] == {
        "door": {"fps": 14.93, "dropped": 7, "latency_ms": {"p50": 21.3, "p95": None}}
    }
    assert (fields["uptime_s"], fields["cpu_percent"], fields["temperature_c"]) == (62, 87.7, None)
    warm = json.loads(stats_message(replace(stats, temperature_c=48.256), IDENTITY).payload)
    assert warm["temperature_c"] == 48.3
    assert fields["problems"] == ["camera door: stalled: no frame for 5 s"]
    assert (fields["purpose"], fields["medical_or_safety_justification"]) == ("personal", None)
    assert fields["outbox"] == {"rows": 3, "bytes": 2048, "lost": 0, "oldest_s": 0.0}


def test_a_number_that_json_does_not_know_is_refused() -> None:
    broken = replace(an_event(), capture=CaptureCounts(frames=1, dropped=0, fps=float("nan")))
    with pytest.raises(ValueError, match="Out of range float"):
        window_message(broken, IDENTITY, MODEL, id=ID, seq=0)
