from __future__ import annotations

from pathlib import Path

import pytest

from edge.daemon.awaited_disk import is_awaited

FSTAB = """\
# device  place  type
PARTUUID=1-02  /  ext4  defaults  0  1
LABEL=stick  /media/usb\\040stick/  ext4  nofail  0  2
/swap  none  swap  sw  0  0
"""


@pytest.mark.parametrize(
    ("path", "mounted", "awaited"),
    [
        ("/media/usb stick/state/outbox.sqlite3", "", True),
        ("/media/usb stick", "", True),
        ("/media/usb stick/state", "/dev/sda1 /media/usb\\040stick ext4 rw 0 0\n", False),
        ("/media/usb", "", False),
        ("/var/lib/emotion-edge", "", False),
    ],
)
def test_only_a_disk_of_fstab_that_is_not_mounted_is_awaited(
    tmp_path: Path, path: str, mounted: str, awaited: bool
) -> None:
    (tmp_path / "fstab").write_text(FSTAB)
    (tmp_path / "mounts").write_text("/dev/mmcblk0p2 / ext4 rw 0 0\n" + mounted)
    assert is_awaited(Path(path), tmp_path / "fstab", tmp_path / "mounts") == awaited


def test_without_the_tables_none_is(tmp_path: Path) -> None:
    assert not is_awaited(Path("/media/usb"), tmp_path / "fstab", tmp_path / "mounts")
