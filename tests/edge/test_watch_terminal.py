from __future__ import annotations

import io
import time

import pytest
from rich.console import Console

from edge.errors import ConfigError
from edge.mqtt.happenings import Accepted, Arrived, Happening, Lost, Subscribed
from edge.mqtt.payload import Message, state_message, window_message
from edge.mqtt.settings import MqttSettings
from edge.mqtt.ulid import new_ulid
from edge.watch.model import WatchModel
from edge.watch.render import Screen, window_line
from edge.watch.terminal import watch
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event
from tests.edge.mqtt.fake_link import FakeLink

SETTINGS = MqttSettings(host="broker.local")


def a_window(*, suppressed: bool = False) -> Message:
    return window_message(an_event(suppressed=suppressed), IDENTITY, MODEL, id=new_ulid(), seq=0)


def run(*script: Happening, seconds: float = 0.15, terminal: bool = False) -> tuple[str, int, FakeLink]:
    link = FakeLink()
    link.script = list(script)
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=160, color_system=None, legacy_windows=False)
    count = watch(SETTINGS, seconds, console, open_link=lambda *_: link)
    return out.getvalue(), count, link


def test_into_a_pipe_each_window_is_one_line() -> None:
    out, count, link = run(Accepted(), Arrived(a_window(), False), Arrived(a_window(suppressed=True), False))
    assert out.splitlines() == [
        "2026-11-20T12:00:10.000Z  lab/pi-1/door  3 faces: happy 62%, neutral 30%, surprise 8%  14.9 fps",
        "2026-11-20T12:00:10.000Z  lab/pi-1/door  suppressed (fewer faces than k_min)  14.9 fps",
    ]
    assert count == 2
    assert link.filters == [("emotion/v1/+/+/#", 1)]
    assert link.goodbye is True


def test_on_a_terminal_a_table_and_the_newest_windows_are_shown_with_text_beside_the_bars() -> None:
    out, _, _ = run(Accepted(), Arrived(a_window(), False), terminal=True)
    assert "lab/pi-1/door" in out
    assert "██████ happy 62%" in out
    assert "newest windows (1 in all)" in out


def test_an_absent_broker_is_said_once_and_tried_again() -> None:
    absent = FakeLink()
    absent.open_error = ConnectionRefusedError(111, "Connection refused")
    out = io.StringIO()
    assert watch(SETTINGS, 0.2, Console(file=out, width=300), open_link=lambda *_: absent) == 0
    assert out.getvalue().count("is the broker running") == 1


def test_a_lost_connection_is_said() -> None:
    out, _, _ = run(Accepted(), Lost("cable"))
    assert "connection lost (cable)" in out.replace("\n", " ")


def test_a_user_who_may_not_read_is_told_so_instead_of_waiting_for_ever() -> None:
    out, _, _ = run(Accepted(), Subscribed("Not authorized"))
    assert "refuses emotion/v1/+/+/#: Not authorized; let this user read it" in out


def test_ctrl_c_ends_it_and_tells_the_count() -> None:
    class Interrupted(FakeLink):
        def step(self, timeout_s: float) -> list[Happening]:
            if self.filters:
                raise KeyboardInterrupt
            return super().step(timeout_s)

    link = Interrupted()
    link.script = [Accepted(), Arrived(a_window(), False)]
    assert watch(SETTINGS, None, Console(file=io.StringIO()), open_link=lambda *_: link) == 1
    assert link.goodbye is True


def test_the_time_is_kept() -> None:
    began_s = time.monotonic()
    run(Accepted(), seconds=0.1)
    assert time.monotonic() - began_s < 1.0


def test_the_view_tells_what_is_wrong_with_a_camera_or_a_device() -> None:
    model = WatchModel()
    model.apply(state_message("door", "stalled", IDENTITY, since_utc_s=NOON_S), 0.0)
    assert "stalled" in rendered(model)
    model.apply(Message(IDENTITY.topics.status, b"offline"), 0.0)
    assert "offline" in rendered(model)
    assert "broker away" in rendered(model, "broker away")


def test_markup_in_a_stranger_s_message_is_shown_as_text() -> None:
    model = WatchModel()
    fields = a_window().payload.replace(b'"dominant":"happy"', b'"dominant":"[red]boo"')
    window = model.apply(Message(IDENTITY.topics.window("door"), fields), 0.0)
    assert window is not None
    assert "[red]boo" in rendered(model)
    assert window_line(window).startswith("2026-11-20T12:00:10.000Z")


def test_gaps_and_suppressed_windows_are_shown_as_such_beside_faces_and_emotions() -> None:
    model = WatchModel()
    for number, (suppressed, shares) in enumerate(
        [(False, {"happy": 1.0}), (True, {}), (False, {"surprise": 1.0}), (False, {})]
    ):
        start_utc_s = NOON_S + 10 * (number if number < 2 else number + 2)
        event = an_event(start_utc_s=start_utc_s, suppressed=suppressed, shares=shares)
        model.apply(window_message(event, IDENTITY, MODEL, id=new_ulid(), seq=number), 0.0)
    bars, letters = (line for line in rendered(model).splitlines() if "x··" in line)
    assert "▂x··▂▂" in bars  # 1.4 faces in view on average: two steps
    assert "Hx··U?" in letters


def test_without_utf_8_digits_and_plain_lines_take_the_place_of_bars() -> None:
    out = rendered(many(3), width=120, encoding="ascii")
    assert out.isascii()
    assert "2222" in out
    assert "----" in out


@pytest.mark.parametrize("cameras", [0, 1, 5, 12, 40, 200])
@pytest.mark.parametrize("size", [(200, 60), (100, 30), (80, 24), (60, 14), (40, 10)])
def test_it_fits_into_any_terminal(cameras: int, size: tuple[int, int]) -> None:
    width, height = size
    for note in ("the broker is away", "the broker at its long address is away for reasons that need words"):
        lines = rendered(many(cameras), note, width=width, height=height).splitlines()
        assert len(lines) < height
        assert all(len(line) <= width for line in lines)
        assert lines[-1].split()[-1] == note.split()[-1]


def test_of_more_cameras_than_lines_those_in_trouble_are_shown() -> None:
    model = many(100)
    model.apply(state_message("cam077", "stalled", IDENTITY, since_utc_s=NOON_S), 0.0)
    out = rendered(model, width=100, height=24)
    assert "lab/pi-1/cam077" in out
    assert "more cameras" in out


def test_what_no_bar_can_show_is_unreadable_and_breaks_nothing() -> None:
    model = WatchModel()
    for payload in (
        a_window().payload.replace(b"1.4", b"1e999"),
        a_window().payload.replace(b"0.62", b"NaN"),
        a_window().payload.replace(b"0.62", b"1e9"),
        a_window().payload.replace(b"14.93", b"-Infinity"),
        a_window().payload.replace(b'"tracks":3', b'"tracks":1e999'),
        a_window().payload.replace(b"2026-11-20T12:00:00.000Z", b"yesterday"),
        b"[" * 100_000,
    ):
        model.apply(Message(IDENTITY.topics.window("door"), payload), 0.0)
    assert model.unreadable == 7
    assert "7 messages could not be read" in rendered(model)


def test_a_busy_broker_does_not_make_it_draw_for_every_message() -> None:
    class Busy(FakeLink):
        steps = 0

        def step(self, timeout_s: float) -> list[Happening]:
            self.steps += 1
            return [Accepted()] if self.steps == 1 else [Arrived(a_window(), False)]

    link, out = Busy(), io.StringIO()
    console = Console(file=out, force_terminal=True, width=160, height=30, color_system=None)
    assert watch(SETTINGS, 0.6, console, open_link=lambda *_: link) > 50
    assert out.getvalue().count("dominant") <= 6


def many(cameras: int) -> WatchModel:
    """Cameras with thirty windows each."""
    model = WatchModel()
    for camera in range(cameras):
        name = f"cam{camera:03}"
        model.apply(state_message(name, "streaming", IDENTITY, since_utc_s=NOON_S), 0.0)
        for number in range(30):
            event = an_event(name, start_utc_s=NOON_S + 10 * number)
            model.apply(window_message(event, IDENTITY, MODEL, id=new_ulid(), seq=number), 0.0)
    return model


def rendered(
    model: WatchModel,
    note: str | None = None,
    *,
    width: int = 160,
    height: int = 30,
    encoding: str = "utf-8",
) -> str:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding)
    console = Console(file=file, width=width, height=height, color_system=None, legacy_windows=False)
    console.print(Screen(model, 1.0, note))
    file.flush()
    return raw.getvalue().decode(encoding)


def test_advice_names_the_options_of_the_command_line() -> None:
    absent = FakeLink()
    absent.open_error = ConnectionRefusedError(111, "Connection refused")
    out = io.StringIO()
    watch(SETTINGS, 0.05, Console(file=out, width=300), open_link=lambda *_: absent)
    assert "is --port right?" in out.getvalue()

    def misled(*_: object) -> FakeLink:
        raise ConfigError("mqtt.tls.ca: film.mp4: cannot be read as PEM certificates")

    with pytest.raises(ConfigError, match=r"^--ca: film\.mp4: cannot be read"):
        watch(SETTINGS, 1, Console(file=out), open_link=misled)
