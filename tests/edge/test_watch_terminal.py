from __future__ import annotations

import io
import time

from rich.console import Console

from edge.mqtt.happenings import Accepted, Arrived, Happening, Lost
from edge.mqtt.payload import Message, state_message, window_message
from edge.mqtt.settings import MqttSettings
from edge.mqtt.ulid import new_ulid
from edge.watch.model import WatchModel
from edge.watch.render import screen, window_line
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


def rendered(model: WatchModel, note: str | None = None) -> str:
    console = Console(file=io.StringIO(), width=160, color_system=None)
    console.print(screen(model, 1.0, note))
    out: io.StringIO = console.file  # type: ignore[assignment]
    return out.getvalue()
