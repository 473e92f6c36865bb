from __future__ import annotations

from edge.mqtt.payload import Message, now_message, state_message, window_message
from edge.mqtt.properties import Properties, properties_of
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event

WEEK_S = 604_800


def test_a_window_can_be_routed_without_reading_it_and_expires() -> None:
    window = window_message(an_event(), IDENTITY, MODEL, id="01", seq=17)
    assert properties_of(window, WEEK_S) == Properties(
        "application/json",
        WEEK_S,
        (("schema", "emotion.window/1"), ("boot", IDENTITY.boot_id), ("seq", "17")),
    )


def test_a_moment_expires_soon_and_what_is_retained_never() -> None:
    assert properties_of(now_message("door", [], IDENTITY, utc_s=NOON_S), WEEK_S).expiry_s == 10
    state = state_message("door", "streaming", IDENTITY, since_utc_s=NOON_S)
    assert properties_of(state, WEEK_S).expiry_s is None
    assert properties_of(Message("emotion/v1/a/b/status", b"online"), WEEK_S) == Properties(
        "text/plain", None, ()
    )


def test_a_state_that_is_being_cleared_has_no_schema() -> None:
    assert properties_of(Message("emotion/v1/a/b/door/state", b""), WEEK_S).user == ()
