from __future__ import annotations

import pytest

from edge.dashboard.choice import SPANS, Choice, options
from edge.dashboard.fleet import CameraKey, DeviceKey
from edge.dashboard.listen import Listen
from edge.dashboard.rollup import STEPS_S

KEYS = [CameraKey("lab", "pi-1", "door"), CameraKey("lab", "pi-2", "hall"), CameraKey("shop", "pi-1", "till")]
DEVICES = [*(key.of_device for key in KEYS), DeviceKey("shop", "pi-9")]


@pytest.mark.parametrize(
    ("choice", "admitted"),
    [
        (Choice(), KEYS),
        (Choice(site="lab"), KEYS[:2]),
        (Choice(device="pi-1"), [KEYS[0], KEYS[2]]),
        (Choice(site="shop", device="pi-1"), KEYS[2:]),
        (Choice(camera="hall"), KEYS[1:2]),
        (Choice(site="shop", camera="hall"), []),
    ],
)
def test_a_choice_admits_what_fits_all_its_parts(choice: Choice, admitted: list[CameraKey]) -> None:
    assert [key for key in KEYS if choice.admits(key)] == admitted


def test_each_list_offers_what_the_ones_before_it_leave() -> None:
    assert options(KEYS, DEVICES, Choice()) == (
        ["lab", "shop"],
        ["pi-1", "pi-2", "pi-9"],
        ["door", "hall", "till"],
    )
    assert options(KEYS, DEVICES, Choice(site="shop")) == (["lab", "shop"], ["pi-1", "pi-9"], ["till"])
    assert options(KEYS, DEVICES, Choice(site="lab", device="pi-2"))[2] == ["hall"]


def test_a_choice_survives_in_a_pages_address() -> None:
    choice = Choice(site="lab", camera="door")
    assert Choice.of({**choice.query, "span": "1h"}) == choice
    assert Choice.of({"site": ""}) == Choice()


def test_every_span_has_its_steps_kept() -> None:
    assert {span.step_s for span in SPANS.values()} == set(STEPS_S)
    assert all(span.seconds % span.step_s == 0 for span in SPANS.values())


@pytest.mark.parametrize(
    ("text", "host", "port", "local"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080, True),
        ("localhost:0", "localhost", 0, True),
        ("[::1]:8080", "::1", 8080, True),
        ("0.0.0.0:80", "0.0.0.0", 80, False),  # noqa: S104 - compared
        ("192.0.2.7:8080", "192.0.2.7", 8080, False),
        ("pi.local:8080", "pi.local", 8080, False),
    ],
)
def test_an_address_is_this_machines_or_not(text: str, host: str, port: int, local: bool) -> None:
    listen = Listen.parse(text)
    assert (listen.host, listen.port, listen.local) == (host, port, local)


@pytest.mark.parametrize(
    "text", ["8080", "localhost", "localhost:99999", "http://localhost:80", "::1:80", ""]
)
def test_another_notation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1:8080"):
        Listen.parse(text)


def test_the_address_to_open_is_one_that_a_browser_understands() -> None:
    assert Listen("0.0.0.0", 0).url(8080) == "http://localhost:8080"  # noqa: S104 - compared
    assert Listen("::1", 0).url(81) == "http://[::1]:81"
