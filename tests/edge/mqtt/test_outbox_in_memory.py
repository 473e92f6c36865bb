from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

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
    window,
)

__all__ = ["clocks", "open_outbox"]  # the fixtures


@pytest.fixture
def without_file(tmp_path: Path, clocks: Clocks) -> Iterator[Outbox]:
    (tmp_path / "state").write_text("")
    settings = OutboxSettings(path=tmp_path / "state" / "outbox.sqlite3")
    with closing(Outbox(settings, utc=clocks.utc, monotonic=clocks.monotonic)) as outbox:
        yield outbox


def test_without_a_file_open_windows_are_not_kept_and_nothing_fails(without_file: Outbox) -> None:
    without_file.checkpoint({"door": message(1)})
    assert numbers(without_file) == []


def test_memory_is_bounded_where_there_was_never_a_file(without_file: Outbox) -> None:
    for number in range(60):
        without_file.append(message(number, size=100_000))
    assert 30 < len(numbers(without_file)) < 45
    assert without_file.stats().rows + without_file.stats().lost == 60


def test_the_age_of_the_oldest_is_told_from_disk_and_from_memory(
    open_outbox: Callable[..., Outbox], clocks: Clocks
) -> None:
    outbox = open_outbox()
    assert outbox.stats().oldest_s == 0
    no_room(outbox)
    outbox.append(message(0, size=5000))
    clocks.monotonic_s += 30
    outbox.append(message(1, size=5000))
    assert outbox.stats().oldest_s == 30
    room_again(outbox)
    clocks.monotonic_s += 10
    outbox.append(message(2))
    assert outbox.stats().oldest_s == 40


def test_of_a_full_disk_what_waits_is_counted_wherever_it_is(open_outbox: Callable[..., Outbox]) -> None:
    outbox = open_outbox()
    outbox.append(message(0))
    on_disk = outbox.stats().bytes
    no_room(outbox)
    outbox.append(message(1, size=5000))
    assert on_disk + 5000 < outbox.stats().bytes < on_disk + 5200
    outbox.acknowledge([outbox.pending(after=0, limit=1)[0].id])
    assert outbox.stats().rows == 1


def test_what_the_disk_took_no_more_is_written_at_the_end_where_it_does_again(
    open_outbox: Callable[..., Outbox],
) -> None:
    first = open_outbox()
    no_room(first)
    first.append(message(1, size=5000))
    room_again(first)
    first.close()
    assert numbers(open_outbox()) == [1]


def test_the_first_younger_row_is_found_in_memory(open_outbox: Callable[..., Outbox], clocks: Clocks) -> None:
    outbox = open_outbox()
    no_room(outbox)
    for number in range(3):
        outbox.append(message(number, size=5000))
        clocks.monotonic_s += 20
    for age_s, younger in ((70, [0, 1, 2]), (50, [1, 2]), (30, [2]), (10, [])):
        assert numbers(outbox, after=outbox.first_younger_than(age_s) - 1) == younger


def test_the_first_right_time_puts_right_what_waits_in_memory_and_leaves_what_was_sent(
    without_file: Outbox, clocks: Clocks
) -> None:
    clocks.utc_s = 0.0
    for seq in range(2):
        without_file.append(window(seq, start_utc_s=0.0, clock_synced=False), made_s=110.0)
    without_file.pending(after=0, limit=1)
    clocks.monotonic_s, clocks.utc_s = 101.0, 1_795_176_001.0
    without_file.restamp()
    told = [json.loads(row.message.payload) for row in without_file.pending(after=0, limit=9)]
    assert [one["end"] for one in told] == ["1970-01-01T00:00:10.000Z", "2026-11-20T12:00:10.000Z"]


@pytest.mark.parametrize(
    "used",
    [
        lambda outbox: outbox.checkpoint({"door": message(1)}),
        lambda outbox: outbox.pending(after=0, limit=9),
        lambda outbox: outbox.first_younger_than(60),
        lambda outbox: outbox.restamp(),
    ],
    ids=["checkpoint", "pending", "first_younger_than", "restamp"],
)
def test_a_disk_that_is_gone_is_said_by_whatever_needs_it(
    used: Callable[[Outbox], object], open_outbox: Callable[..., Outbox]
) -> None:
    outbox = open_outbox()
    outbox.append(message(0))
    unplug(outbox)
    used(outbox)
    assert "disk I/O error" in str(outbox.trouble)


def test_the_end_of_an_overflow_is_said_once_all_is_sent(
    open_outbox: Callable[..., Outbox], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    outbox = open_outbox(max_bytes=65_536)
    for number in range(70):
        outbox.append(message(number, size=1000))
    waiting = [row.id for row in outbox.pending(after=0, limit=99)]
    outbox.acknowledge(waiting[:-1])
    assert "is empty again" not in caplog.text
    outbox.acknowledge(waiting[-1:])
    assert f"the outbox is empty again lost={outbox.stats().lost}" in caplog.text
