from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from edge.errors import ConfigError
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Message
from edge.mqtt.settings import OutboxSettings
from edge.stats import OutboxStats

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


def test_where_no_file_can_be_made_messages_are_kept_in_memory_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    with closing(Outbox(OutboxSettings(path=tmp_path / "file" / "outbox.sqlite3"))) as outbox:
        assert outbox.append(message(3))
        assert numbers(outbox) == [3]
    assert "do not survive a restart" in caplog.text


def test_a_full_disk_loses_the_message_says_so_once_and_recovers(
    open_outbox: Callable[..., Outbox], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    outbox = open_outbox()
    outbox.append(message(0))
    outbox._connection.execute("PRAGMA max_page_count=1")  # clamped to what is in use: nothing more fits
    refused = [outbox.append(message(number, size=5000)) for number in (1, 2)]
    assert refused == [False, False]
    assert (outbox.stats().rows, outbox.stats().lost) == (1, 2)
    outbox._connection.execute("PRAGMA max_page_count=1000000")
    assert outbox.append(message(3))
    assert numbers(outbox) == [0, 3]
    told = [r.message for r in caplog.records]
    assert len([line for line in told if "cannot be written" in line]) == 1
    assert len([line for line in told if "can be written again" in line]) == 1


def test_threads_append_and_acknowledge_at_once_without_loss(open_outbox: Callable[..., Outbox]) -> None:
    outbox = open_outbox()
    outbox._connection.execute("PRAGMA synchronous=OFF")  # the disk is not what is tested
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
