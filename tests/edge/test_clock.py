from __future__ import annotations

from pathlib import Path

from edge.clock import clock_synced


def test_the_mark_of_systemd_timesyncd_means_synchronised(tmp_path: Path) -> None:
    mark = tmp_path / "synchronized"
    mark.touch()

    assert clock_synced(mark) is True


def test_without_the_mark_the_kernel_is_asked(tmp_path: Path) -> None:
    assert clock_synced(tmp_path / "absent") in {True, False}
