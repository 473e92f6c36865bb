from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from edge.dashboard.store import Store
from edge.errors import ConfigError, OutboxHeldError
from edge.mqtt.outbox import Outbox
from edge.mqtt.settings import OutboxSettings
from tests.edge.mqtt.outbox_rig import (
    Clocks,
    clocks,
    message,
    no_room,
    numbers,
    open_outbox,
    room_again,
    unplug,
    unplug_in_a_commit,
)

__all__ = ["clocks", "open_outbox"]  # the fixtures


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
    with pytest.raises(OutboxHeldError, match="another process has this outbox open"):
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
    with closing(Outbox(settings, utc=clocks.utc, monotonic=clocks.monotonic)) as outbox:
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


def test_two_starts_in_a_row_that_come_late_to_their_file_lose_nothing(
    open_outbox: Callable[..., Outbox], tmp_path: Path, clocks: Clocks
) -> None:
    def started_without_a_file(first: int) -> Outbox:
        if (tmp_path / "state").is_dir():
            (tmp_path / "state").rename(tmp_path / "unmounted")
        (tmp_path / "state").write_text("")
        outbox = open_outbox()
        for number in range(first, first + 5):
            outbox.append(message(number))
        (tmp_path / "state").unlink()
        if (tmp_path / "unmounted").is_dir():
            (tmp_path / "unmounted").rename(tmp_path / "state")
        clocks.monotonic_s += 10
        return outbox

    first = started_without_a_file(0)
    assert first.append(message(5))
    first.close()
    clocks.utc_s, clocks.monotonic_s = clocks.utc_s + 40, 3.0  # rebooted: the other clock began anew
    second = started_without_a_file(6)
    sent_meanwhile = second.pending(after=0, limit=1)[0]
    assert second.append(message(11))
    second.acknowledge([sent_meanwhile.id])
    assert numbers(second) == [0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11]
    ages_s = [row.age_s for row in second.pending(after=0, limit=99)]
    assert ages_s == [40] * 6 + [10] * 4 + [0]
    assert second.stats().lost == 0
    assert not list((tmp_path / "state").glob("*.damaged"))


def test_what_is_acknowledged_without_a_file_leaves_nothing_behind(
    open_outbox: Callable[..., Outbox], tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("")
    outbox = open_outbox()
    for number in range(100):
        outbox.append(message(number))
        outbox.acknowledge([outbox.pending(after=0, limit=1)[0].id])
    outbox.append(message(100))
    assert outbox.stats().rows == 1


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


def test_a_disk_that_was_unplugged_and_is_back_is_written_again(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    outbox = open_outbox()
    outbox.append(message(1))
    outbox.checkpoint({"door": message(7)})
    unplug(outbox)
    for number in (2, 3):
        assert not outbox.append(message(number))
        clocks.monotonic_s += 20
    assert not outbox.append(message(4))
    assert "disk I/O error" in str(outbox.trouble)
    clocks.monotonic_s += 10
    assert outbox.append(message(5))
    assert outbox.trouble is None
    assert numbers(outbox) == [1, 2, 3, 4, 5], "and not the window that is still open"
    outbox.close()
    assert numbers(open_outbox()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("sent", "left"), [([], [1, 2, 3, 4, 5]), ([2], [1, 3, 4, 5])])
def test_what_a_commit_wrote_although_it_failed_is_there_once_or_gone_where_it_was_sent(
    sent: list[int], left: list[int], open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    outbox = open_outbox()
    outbox.append(message(1))
    unplug_in_a_commit(outbox)
    for number in (2, 3):
        assert not outbox.append(message(number))
        clocks.monotonic_s += 20
    outbox.acknowledge(sent)
    clocks.monotonic_s += 10
    outbox.append(message(4))
    assert outbox.append(message(5))
    assert (numbers(outbox), outbox.stats().rows) == (left, len(left))
    outbox.close()
    assert numbers(open_outbox()) == left


def test_a_disk_that_stumbles_for_a_moment_stays_open(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    outbox = open_outbox()
    unplug(outbox)
    assert not outbox.append(message(1))
    clocks.monotonic_s += 20
    assert not outbox.append(message(2)), "nothing is opened anew before half a minute"


def test_another_programs_database_is_refused_and_left_as_it_is(
    open_outbox: Callable[..., Outbox], tmp_path: Path
) -> None:
    path = tmp_path / "state" / "outbox.sqlite3"
    path.parent.mkdir()
    Store(path).close()  # a history of the dashboard
    before = path.read_bytes()
    with pytest.raises(ConfigError, match=r"another program's database .*outbox.path"):
        open_outbox()
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_an_outbox_from_before_there_was_a_mark_is_ours(
    open_outbox: Callable[..., Outbox], tmp_path: Path
) -> None:
    first = open_outbox()
    first.append(message(1))
    first.close()
    with closing(sqlite3.connect(tmp_path / "state" / "outbox.sqlite3")) as connection:
        connection.execute("PRAGMA application_id = 0")
    assert numbers(open_outbox()) == [1]
