from __future__ import annotations

import os
from pathlib import Path

import pytest
import typer

from edge.commands.replay import run_replay
from edge.errors import SourceError
from tests.edge.sources.films import make_picture, plain


@pytest.mark.parametrize("annotate", [".", "/", "", "folder.mp4"])
def test_a_folder_or_no_name_for_the_annotated_video_is_refused_before_the_film_is_opened(
    tmp_path: Path, annotate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(typer.BadParameter, match="is a folder; give the name of a file"):
        run_replay(tmp_path / "film.mp4", None, None, None, Path(annotate))


def test_a_name_that_is_not_utf_8_is_too(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"o\\xff\.mp4: its name is not UTF-8"):
        run_replay(tmp_path / "film.mp4", None, None, None, tmp_path / os.fsdecode(b"o\xff.mp4"))


def test_pictures_that_cannot_be_decoded_are_counted_as_skipped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_picture(tmp_path / "a.png", plain(1))
    (tmp_path / "b.png").write_bytes(b"not a picture")
    (tmp_path / "c.png").touch()
    run_replay(tmp_path, None, None, None, None)
    assert "3 frames (2 skipped)" in capsys.readouterr().err
