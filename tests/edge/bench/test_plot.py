"""A plot that cannot be written is refused before minutes are spent on measuring."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.bench.plot import refuse_unwritable
from edge.errors import EmotionEdgeError

pytest.importorskip("matplotlib", reason="pip install -e '.[bench]'")


def test_a_picture_in_a_folder_that_is_there_is_fine(tmp_path: Path) -> None:
    refuse_unwritable(tmp_path / "stages.png")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stages.xyz", r"no kind of picture; its name must end in .*\.png"),
        ("no/stages.png", "folder does not exist"),
        ("folder.png", "is a folder"),
    ],
)
def test_any_other_is_told_at_once(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(EmotionEdgeError, match=said):
        refuse_unwritable(tmp_path / name)


def test_a_folder_that_may_not_be_written_is_told_at_once_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    with pytest.raises(EmotionEdgeError, match="permission denied"):
        refuse_unwritable(tmp_path / "stages.png")
