from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from edge.mqtt.outbox import Outbox
from edge.mqtt.outbox_file import Stored
from edge.mqtt.settings import OutboxSettings
from edge.stats import OutboxStats
from tests.edge.mqtt.event_builder import NOON_S
from tests.edge.mqtt.fast_disk import fast
from tests.edge.mqtt.outbox_rig import clocks, message, numbers, open_outbox, window

__all__ = ["clocks", "open_outbox"]  # the fixtures
REPOSITORY = Path(__file__).resolve().parents[3]


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


def test_the_open_window_of_a_camera_that_has_none_any_more_is_forgotten(
    open_outbox: Callable[..., Outbox],
) -> None:
    first = open_outbox()
    first.checkpoint({"door": message(1), "yard": message(2)})
    first.checkpoint({"door": message(3)})
    first.close()
    assert numbers(open_outbox()) == [3]


def test_the_disk_is_waited_for_by_closed_windows_and_not_by_open_ones(
    open_outbox: Callable[..., Outbox],
) -> None:
    outbox = open_outbox()
    assert outbox._file is not None
    connection, full, normal = outbox._file.connection, (2,), (1,)
    for number in range(2):
        outbox.append(message(number))
        assert connection.execute("PRAGMA synchronous").fetchone() == full
        outbox.checkpoint({"door": message(9)})
        assert connection.execute("PRAGMA synchronous").fetchone() == normal


def test_keeping_the_open_windows_once_more_writes_one_page(
    open_outbox: Callable[..., Outbox], tmp_path: Path
) -> None:
    outbox = open_outbox()
    outbox.checkpoint({"door": message(1), "yard": message(2)})
    log = next(tmp_path.rglob("*-wal"))
    before = log.stat().st_size
    outbox.checkpoint({"door": message(3), "yard": message(4)})
    assert 0 < log.stat().st_size - before < 2 * 4096


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
