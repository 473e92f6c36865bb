from __future__ import annotations

from pathlib import Path

import pytest

from deploy import line_file


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, b"new\n"),
        (b"", b"new\n"),
        (b"old\n", b"old\nnew\n"),
        (b"old", b"old\nnew\n"),
        (b"old\n\n", b"old\n\nnew\n"),
        (b"\n", b"\nnew\n"),
        (b"x", b"x\nnew\n"),
    ],
)
def test_what_is_added_has_lines_of_its_own(tmp_path: Path, before: bytes | None, after: bytes) -> None:
    file = tmp_path / "known_hosts"
    if before is not None:
        file.write_bytes(before)
    line_file.append(file, b"new\n")
    assert file.read_bytes() == after
