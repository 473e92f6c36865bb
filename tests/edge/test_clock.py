from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

from edge import clock


class FakeLibc:
    """A C library whose kernel answers as told, and which keeps what it was asked."""

    def __init__(self, answer: int) -> None:
        self.answer = answer
        self.asked: list[bytes] = []

    def ntp_adjtime(self, timex: ctypes.Array[ctypes.c_char]) -> int:
        self.asked.append(timex.raw)
        return self.answer


def test_the_mark_of_systemd_timesyncd_means_synchronised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "synchronized"
    monkeypatch.setattr(clock, "_LIBC", FakeLibc(5))
    assert clock.clock_synced(mark) is False

    mark.touch()

    assert clock.clock_synced(mark) is True


@pytest.mark.parametrize(
    ("answer", "synced"),
    [(0, True), (1, True), (4, True), (5, False), (-1, False)],
    ids=["in order", "a leap second is due", "a leap second was", "TIME_ERROR", "not allowed to ask"],
)
def test_without_the_mark_the_kernel_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: int, synced: bool
) -> None:
    kernel = FakeLibc(answer)
    monkeypatch.setattr(clock, "_LIBC", kernel)

    assert clock.clock_synced(tmp_path / "absent") is synced
    # Mode 0 changes nothing; 208 bytes is the largest struct timex.
    assert [set(timex) for timex in kernel.asked] == [{0}]
    assert len(kernel.asked[0]) >= 208


def test_a_system_that_cannot_be_asked_counts_as_not_synchronised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_LIBC", object())

    assert clock.clock_synced(tmp_path / "absent") is False
