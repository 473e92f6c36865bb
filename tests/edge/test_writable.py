from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import EmotionEdgeError
from edge.writable import Complaint, refuse_unwritable_file, refuse_unwritable_folder

Refuse = Callable[[Path, Complaint], None]


def test_what_can_be_written_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "old.md").write_text("old")
    refuse_unwritable_file(tmp_path / "old.md", EmotionEdgeError)
    refuse_unwritable_file(tmp_path / "new.md", EmotionEdgeError)
    refuse_unwritable_folder(tmp_path, EmotionEdgeError)
    refuse_unwritable_folder(tmp_path / "new" / "folder", EmotionEdgeError)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize(
    ("refuse", "name", "said"),
    [
        (refuse_unwritable_file, "", "is a folder; give the name of a file"),
        (refuse_unwritable_file, "no/new.md", "its folder does not exist"),
        (refuse_unwritable_file, "x" * 300, "File name too long"),
        (refuse_unwritable_folder, "file", "file is a file; give a folder"),
        (refuse_unwritable_folder, "file/folder", "file is a file; give a folder"),
    ],
)
def test_what_cannot_is_told_with_what_to_do(tmp_path: Path, refuse: Refuse, name: str, said: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmotionEdgeError, match=said):
        refuse(tmp_path / name, EmotionEdgeError)


@pytest.mark.parametrize("refuse", [refuse_unwritable_file, refuse_unwritable_folder])
def test_what_is_forbidden_is_told_as_such(
    tmp_path: Path, refuse: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(EmotionEdgeError, match=f"new: permission denied; let this user write to {tmp_path}"):
        refuse(tmp_path / "new", EmotionEdgeError)
