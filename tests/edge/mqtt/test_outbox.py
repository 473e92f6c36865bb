from __future__ import annotations

import json
import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.mqtt.outbox import Outbox
from edge.mqtt.outbox_file import Stored
from edge.mqtt.payload import Message, window_message
from edge.mqtt.settings import OutboxSettings
from edge.mqtt.ulid import new_ulid
from edge.stats import OutboxStats
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, NOON_S, an_event
from tests.edge.mqtt.fast_disk import fast

REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass
class Clocks:
    utc_s: float = 1_795_176_000.0
    monotonic_s: float = 100.0

    def utc(self) -> float:
        return self.utc_s

    def monotonic(self) -> float:
        return self.monotonic_s


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def open_outbox(tmp_path: Path, clocks: Clocks) -> Iterator[Callable[..., Outbox]]:
    opened: list[Outbox] = []

    def build(max_bytes: int = 1_000_000, max_age_s: float = 3600.0) -> Outbox:
        settings = OutboxSettings(
            path=tmp_path / "state" / "outbox.sqlite3", max_bytes=max_bytes, max_age_s=max_age_s
        )
        opened.append(Outbox(settings, utc=clocks.utc, monotonic=clocks.monotonic))
        return opened[-1]

    yield build
    for outbox in opened:
        outbox.close()


def message(number: int, size: int = 0) -> Message:
    return Message("emotion/v1/lab/pi-1/door/window", f"{number}".encode().rjust(size, b" "))


def window(seq: int, *, start_utc_s: float = NOON_S, clock_synced: bool = True) -> Message:
    event = replace(an_event(start_utc_s=start_utc_s), clock_synced=clock_synced)
    return window_message(event, IDENTITY, MODEL, id=new_ulid(), seq=seq)


def no_room(outbox: Outbox) -> None:
    """Clamp the file to what is in use: nothing more fits."""
    assert outbox._file is not None
    outbox._file.connection.execute("PRAGMA max_page_count=1")


def room_again(outbox: Outbox) -> None:
    assert outbox._file is not None
    outbox._file.connection.execute("PRAGMA max_page_count=1000000")


def numbers(outbox: Outbox, after: int = 0) -> list[int]:
    return [int(row.message.payload) for row in outbox.pending(after=after, limit=100_000)]


def test_messages_come_out_in_the_order_in_which_they_went_in(open_outbox: Callable[..., Outbox]) -> None:
    outbox = open_outbox()
    for number in range(5):
        outbox.append(message(number))
    assert numbers(outbox) == [0, 1, 2, 3, 4]
    assert [row.message for row in outbox.pending(after=2, limit=2)] == [message(2), message(3)]


def test_only_what_is_acknowledged_leaves(open_outbox: Callable[..., Outbox]) -> None:
    outbox = open_outbox()
    for number in range(3):
        outbox.append(message(number))
    second = outbox.pending(after=0, limit=3)[1]
    outbox.acknowledge([second.id, 999])
    assert numbers(outbox) == [0, 2]
    outbox.acknowledge([row.id for row in outbox.pending(after=0, limit=3)])
    assert outbox.stats() == OutboxStats(rows=0, bytes=0, lost=0)


def test_an_id_is_never_used_again(open_outbox: Callable[..., Outbox]) -> None:
    outbox = open_outbox()
    outbox.append(message(0))
    (first,) = outbox.pending(after=0, limit=1)
    outbox.acknowledge([first.id])
    outbox.append(message(1))
    outbox.acknowledge([first.id])  # the broker acknowledges late, twice
    assert numbers(outbox) == [1]


def test_messages_survive_a_restart(open_outbox: Callable[..., Outbox]) -> None:
    first = open_outbox()
    first.append(message(7))
    before = first.stats()
    first.close()
    second = open_outbox()
    assert numbers(second) == [7]
    assert second.stats() == before


def test_at_its_bound_in_bytes_the_oldest_go_and_are_counted_and_said_once(
    open_outbox: Callable[..., Outbox], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    outbox = open_outbox(max_bytes=65_536)
    for number in range(100):
        outbox.append(message(number, size=1000))
    kept = numbers(outbox)
    assert kept == list(range(100 - len(kept), 100))
    assert 55 < len(kept) < 64
    assert outbox.stats().bytes <= 65_536
    assert outbox.stats().lost == 100 - len(kept)
    assert [r.levelname for r in caplog.records if "at its bound" in r.message].count("WARNING") == 1


def test_beyond_its_age_the_oldest_go(open_outbox: Callable[..., Outbox], clocks: Clocks) -> None:
    outbox = open_outbox(max_age_s=60)
    outbox.append(message(0))
    clocks.monotonic_s += 50
    outbox.append(message(1))
    clocks.monotonic_s += 20
    outbox.append(message(2))
    assert numbers(outbox) == [1, 2]
    assert [row.age_s for row in outbox.pending(after=0, limit=9)] == [20, 0]


def test_a_wall_clock_that_steps_by_years_drops_nothing_of_this_run(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    clocks.utc_s = 0.0
    outbox = open_outbox(max_age_s=60)
    outbox.append(message(0))
    clocks.utc_s = 1_795_176_000.0
    outbox.append(message(1))
    assert numbers(outbox) == [0, 1]


def test_what_an_earlier_run_left_is_aged_by_the_wall_clock(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    first = open_outbox()
    first.append(message(0))
    first.close()
    clocks.utc_s, clocks.monotonic_s = clocks.utc_s + 40, 5.0  # rebooted: the other clock began anew
    second = open_outbox()
    assert [row.age_s for row in second.pending(after=0, limit=9)] == [40]
    second.close()
    clocks.utc_s += 100
    assert numbers(open_outbox(max_age_s=60)) == []


def test_a_file_that_is_not_a_database_is_set_aside_and_a_new_one_begun(
    open_outbox: Callable[..., Outbox], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state" / "outbox.sqlite3"
    path.parent.mkdir()
    path.write_bytes(b"this is no database, " * 500)
    outbox = open_outbox()
    outbox.append(message(1))
    assert numbers(outbox) == [1]
    assert path.with_name("outbox.sqlite3.damaged").read_bytes().startswith(b"this is no database")
    assert "damaged" in caplog.text
    assert str(path) in caplog.text


def test_damage_inside_a_database_is_found_when_it_is_opened(
    open_outbox: Callable[..., Outbox], tmp_path: Path
) -> None:
    first = open_outbox()
    for number in range(500):
        first.append(message(number, size=400))
    first.close()
    path = tmp_path / "state" / "outbox.sqlite3"
    content = bytearray(path.read_bytes())
    content[8192 : 8192 + 40_000] = os.urandom(40_000)
    path.write_bytes(content)
    second = open_outbox()
    second.append(message(1000))
    assert numbers(second) == [1000]
    assert (tmp_path / "state" / "outbox.sqlite3.damaged").exists()


def test_a_file_of_a_later_version_is_kept_aside_untouched(
    open_outbox: Callable[..., Outbox], tmp_path: Path
) -> None:
    path = tmp_path / "state" / "outbox.sqlite3"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    assert numbers(open_outbox()) == []
    with closing(sqlite3.connect(path.with_name("outbox.sqlite3.damaged"))) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (99,)


def test_a_second_process_is_refused_with_what_to_do(open_outbox: Callable[..., Outbox]) -> None:
    open_outbox()
    with pytest.raises(ConfigError, match="another process has this outbox open"):
        open_outbox()


def test_where_no_file_can_be_made_messages_are_sent_from_memory_and_written_once_it_can(
    tmp_path: Path, clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "state"
    in_the_way.write_text("")
    settings = OutboxSettings(path=in_the_way / "outbox.sqlite3")
    with closing(Outbox(settings, utc=clocks.utc, monotonic=clocks.monotonic)) as outbox:
        assert not outbox.append(message(3))
        assert numbers(outbox) == [3]
        assert "do not survive a restart" in str(outbox.trouble)
        in_the_way.unlink()
        clocks.monotonic_s += 10
        assert outbox.append(message(4))
        assert outbox.trouble is None
        assert numbers(outbox) == [3, 4]
    with closing(Outbox(settings)) as outbox:
        assert numbers(outbox) == [3, 4]


def test_rows_of_a_file_that_appears_later_come_before_those_in_memory(
    open_outbox: Callable[..., Outbox], tmp_path: Path, clocks: Clocks
) -> None:
    first = open_outbox()
    first.append(message(0))
    first.close()
    (tmp_path / "state").rename(tmp_path / "unmounted")
    (tmp_path / "state").write_text("")
    second = open_outbox()
    second.append(message(1))
    (tmp_path / "state").unlink()
    (tmp_path / "unmounted").rename(tmp_path / "state")
    clocks.monotonic_s += 10
    second.append(message(2))
    assert numbers(second) == [0, 1, 2]


def test_on_a_full_disk_messages_are_sent_from_memory_said_once_and_written_when_there_is_room(
    open_outbox: Callable[..., Outbox], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    outbox = open_outbox()
    outbox.append(message(0))
    no_room(outbox)
    durable = [outbox.append(message(number, size=5000)) for number in (1, 2)]
    assert durable == [False, False]
    assert (outbox.stats().rows, outbox.stats().lost) == (3, 0)
    assert numbers(outbox) == [0, 1, 2]
    outbox.acknowledge([outbox.pending(after=0, limit=9)[1].id])
    assert numbers(outbox) == [0, 2]
    room_again(outbox)
    assert outbox.append(message(3))
    assert numbers(outbox) == [0, 2, 3]
    told = [r.message for r in caplog.records]
    assert len([line for line in told if "cannot be written" in line]) == 1
    assert len([line for line in told if "can be written again" in line]) == 1


def test_memory_is_bounded_while_the_disk_is_full_and_the_oldest_go(
    open_outbox: Callable[..., Outbox],
) -> None:
    outbox = open_outbox()
    no_room(outbox)
    for number in range(60):
        outbox.append(message(number, size=100_000))
    kept = numbers(outbox)
    assert kept == list(range(60 - len(kept), 60))
    assert 30 < len(kept) < 45
    assert outbox.stats().lost == 60 - len(kept)


def test_what_the_broker_will_never_take_is_given_up_and_counted(open_outbox: Callable[..., Outbox]) -> None:
    outbox = open_outbox()
    outbox.append(message(0))
    outbox.give_up(outbox.pending(after=0, limit=1)[0].id)
    assert (outbox.stats().rows, outbox.stats().lost) == (0, 1)


def test_an_open_window_is_sent_by_the_next_start_unless_it_was_closed(
    open_outbox: Callable[..., Outbox],
) -> None:
    first = open_outbox()
    first.checkpoint({"door": message(1), "yard": message(2)})
    first.checkpoint({"door": message(3), "yard": message(4)})
    first.append(message(5), closes="door")
    assert numbers(first) == [5], "an open window is not sent"
    first.close()
    second = open_outbox()
    assert numbers(second) == [5, 4]
    second.close()
    assert numbers(open_outbox()) == [5, 4], "once"


def test_the_first_right_time_puts_right_what_waits_and_leaves_what_was_sent(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    clocks.utc_s = 0.0
    outbox = open_outbox()
    for seq in range(3):
        outbox.append(window(seq, start_utc_s=clocks.utc_s, clock_synced=False), made_s=110.0)
    outbox.pending(after=0, limit=1)
    clocks.monotonic_s += 50
    clocks.utc_s = 1_795_176_050.0
    assert outbox.restamp() == 2
    told = [json.loads(row.message.payload) for row in outbox.pending(after=0, limit=9)]
    assert [one["clock_synced"] for one in told] == [False, True, True]
    assert [one["start"] for one in told] == ["1970-01-01T00:00:00.000Z", *["2026-11-20T12:00:00.000Z"] * 2]
    assert outbox.restamp() == 0


def test_what_was_stamped_by_a_clock_never_set_is_not_too_old_after_a_restart(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    real_s, clocks.utc_s = clocks.utc_s, 12.0
    first = open_outbox(max_age_s=60)
    first.append(message(0))
    first.close()
    clocks.utc_s = real_s
    second = open_outbox(max_age_s=60)
    assert numbers(second) == [0]
    assert second.pending(after=0, limit=1)[0].age_s == inf, "so it is history, whatever the clock says"
    assert second.first_younger_than(60) == 2


def test_the_first_younger_row_is_found_across_runs(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    first = open_outbox()
    assert first.first_younger_than(60) == 1
    first.append(message(0))
    first.close()
    clocks.utc_s += 100
    second = open_outbox()
    second.append(message(1))
    second.append(message(2))
    assert [r.message for r in second.pending(after=second.first_younger_than(60) - 1, limit=9)] == [
        message(1), message(2),
    ]  # fmt: skip
    clocks.monotonic_s += 61
    assert second.pending(after=second.first_younger_than(60) - 1, limit=9) == []


def test_a_day_of_windows_of_one_second_fits_into_64_megabytes_of_disk(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    with closing(Outbox(OutboxSettings(path=path))) as outbox:
        fast(outbox)
        assert outbox._file is not None
        rows = (Stored(seq + 1, window(seq), NOON_S + seq, seq) for seq in range(86_400))
        with outbox._file.transaction():
            outbox._file.insert(rows)
    with closing(Outbox(OutboxSettings(path=path, max_age_s=1e9))) as outbox:
        assert (outbox.stats().rows, outbox.stats().lost) == (86_400, 0)
        assert sum(part.stat().st_size for part in tmp_path.iterdir()) <= 64_000_000


def test_threads_append_and_acknowledge_at_once_without_loss(open_outbox: Callable[..., Outbox]) -> None:
    outbox = open_outbox()
    fast(outbox)
    seen: list[int] = []

    def drain() -> None:
        while len(seen) < 300:
            rows = outbox.pending(after=0, limit=20)
            seen.extend(int(row.message.payload) for row in rows)
            outbox.acknowledge([row.id for row in rows])

    reader = threading.Thread(target=drain)
    reader.start()
    for number in range(300):
        outbox.append(message(number))
    reader.join(10)
    assert seen == list(range(300))
    assert outbox.stats().rows == 0


_APPENDER = """
import sys
from pathlib import Path
from edge.mqtt.settings import OutboxSettings
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Message

outbox = Outbox(OutboxSettings(path=Path(sys.argv[1])))
for number in range(1_000_000):
    outbox.append(Message("t", str(number).encode()))
    print(number, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 23, 150])
def test_what_was_appended_before_kill_9_is_there_afterwards(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "outbox.sqlite3"
    with subprocess.Popen(
        [sys.executable, "-c", _APPENDER, str(path)], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY
    ) as child:
        assert child.stdout is not None
        for _ in range(lines):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        told = lines - 1 + len(child.stdout.readlines())
    with closing(Outbox(OutboxSettings(path=path))) as outbox:
        kept = numbers(outbox)
    # One more may be there than was told: killed between the commit and the print.
    assert kept == list(range(len(kept)))
    assert told < len(kept) <= told + 2
