from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edge.dashboard.cards import camera_cards, changes, device_rows, strips, summary
from edge.dashboard.choice import Choice
from edge.mqtt.payload import Identity, Message, now_message, state_message
from tests.edge.dashboard.messages import a_window, stats
from tests.edge.dashboard.test_fleet import told
from tests.edge.mqtt.event_builder import IDENTITY, NOON_S

ALL = Choice()
ONLINE = Message(IDENTITY.topics.status, b"online")
STREAMING = state_message("door", "streaming", IDENTITY, since_utc_s=NOON_S)


def test_a_card_has_state_faces_bar_and_figures() -> None:
    now = now_message("door", ["happy", "happy", "sad"], IDENTITY, utc_s=NOON_S)
    fleet = told(ONLINE, STREAMING, stats(), now, a_window(NOON_S))
    assert camera_cards(fleet, ALL, 0.0) == {
        "lab/pi-1/door": {
            "site": "lab", "device": "pi-1", "camera": "door",
            "tone": "good", "state": "streaming", "note": "", "since": NOON_S,
            "faces": 3, "bar": [("happy", 0.667), ("sad", 0.333)],
            "fps": 14.9, "latency_ms": 41.2, "window_end": NOON_S + 10,
        }
    }  # fmt: skip


def bar_of(message: Message) -> Any:
    return camera_cards(told(message), ALL, 0.0)["lab/pi-1/door"]["bar"]


def test_a_bar_tells_nobody_unsure_hidden_and_unknown_apart() -> None:
    assert bar_of(now_message("door", [], IDENTITY, utc_s=NOON_S, k_min=0)) == [("nobody", 1.0)]
    assert bar_of(now_message("door", [None], IDENTITY, utc_s=NOON_S)) == [("no-label", 1.0)]
    assert bar_of(now_message("door", ["sad"], IDENTITY, utc_s=NOON_S, k_min=5)) == [("hidden", 1.0)]
    assert bar_of(STREAMING) is None


def test_an_offline_device_puts_its_cameras_into_trouble_whatever_they_said_last() -> None:
    fleet = told(STREAMING, stats(), Message(IDENTITY.topics.status, b"offline"))
    card = camera_cards(fleet, ALL, 0.0)["lab/pi-1/door"]
    assert (card["tone"], card["state"], card["since"]) == ("bad", "offline", NOON_S)


def test_a_row_tells_how_a_device_does() -> None:
    row = device_rows(told(ONLINE, stats(IDENTITY, "door", "hall")), ALL)["lab/pi-1"]
    assert row["online"] is True
    assert (row["cameras"], row["fps"], row["dropped"], row["latency_ms"]) == (2, 29.9, 4, 63.0)
    assert (row["outbox_rows"], row["outbox_lost"], row["temperature_c"]) == (7, 1, 57.2)
    assert (row["limit"], row["fps_limit"]) == ("hot", 5.0)
    assert row["versions"] == {"emotion-edge": "0.1.0"}


def test_a_device_that_has_told_no_figures_has_a_row_too() -> None:
    assert device_rows(told(ONLINE), ALL) == {
        "lab/pi-1": {"site": "lab", "device": "pi-1", "online": True, "stats_time": None}
    }


def test_only_what_is_chosen_is_shown_and_summed() -> None:
    other = Identity("shop", "pi-2", IDENTITY.boot_id)
    fleet = told(
        ONLINE,
        now_message("door", ["happy"], IDENTITY, utc_s=NOON_S),
        now_message("till", ["sad", "sad"], other, utc_s=NOON_S),
        state_message("till", "stalled", other, since_utc_s=NOON_S, reason="no frame for 5 s"),
    )
    shop = Choice(site="shop")
    cards, rows = camera_cards(fleet, shop, 0.0), device_rows(fleet, shop)
    assert list(cards) == ["shop/pi-2/till"]
    assert summary(cards, rows) == {
        "cameras": 1, "streaming": 0, "trouble": 1, "faces": 2, "devices": 1, "online": 0
    }  # fmt: skip
    assert list(camera_cards(fleet, Choice(camera="door"), 0.0)) == ["lab/pi-1/door"]


def test_strips_are_given_for_the_cards_asked_for() -> None:
    fleet = told(now_message("door", ["happy"], IDENTITY, utc_s=NOON_S), now_s=0.0)
    fleet.sample(0.0)
    fleet.sample(60.0)
    assert strips(fleet, {"lab/pi-1/door"}) == {"lab/pi-1/door": [[("happy", 1.0)], None]}
    assert strips(fleet, set()) == {}


def test_only_what_changed_is_sent() -> None:
    then = {"a": {"x": 1, "y": 2}, "b": {"x": 1}}
    assert changes(then, {"a": {"x": 1, "y": 3}, "c": {"x": 5}}) == {
        "gone": ["b"],
        "set": {"a": {"y": 3}, "c": {"x": 5}},
    }


cards_of = st.dictionaries(
    st.sampled_from("abcd"),
    st.fixed_dictionaries({"x": st.integers(0, 2), "y": st.none() | st.integers(0, 2)}),
)


@given(cards_of, cards_of)
def test_changes_turn_what_was_into_what_is(then: dict[str, Any], now: dict[str, Any]) -> None:
    sent = changes(then, now)
    shown = {key: dict(card) for key, card in then.items() if key not in sent["gone"]}
    for key, fields in sent["set"].items():
        shown.setdefault(key, {}).update(fields)
    assert shown == now
