"""What ``bench-tracks --out`` must not destroy."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from edge.commands.bench_tracks import run_bench_tracks
from edge.errors import SourceError


def test_a_film_is_not_overwritten_by_the_tables_about_it(tmp_path: Path) -> None:
    film, link = tmp_path / "film.mp4", tmp_path / "tables.md"
    film.write_bytes(b"film")
    link.symlink_to(film)
    for out in (film, link):
        with pytest.raises(typer.BadParameter, match="is one of the films"):
            run_bench_tracks([tmp_path / "other.mp4", film], None, out)
    assert film.read_bytes() == b"film"


@pytest.mark.parametrize(
    ("name", "said"), [("another.mp4", r"does not end in \.md"), (".", "is a folder"), ("no/t.md", "folder")]
)
def test_any_other_place_that_holds_no_tables_is_refused(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "another.mp4").write_bytes(b"film")
    with pytest.raises(typer.BadParameter, match=said):
        run_bench_tracks([tmp_path / "film.mp4"], None, tmp_path / name)
    assert (tmp_path / "another.mp4").read_bytes() == b"film"


@pytest.mark.parametrize("name", ["older.md", "new.txt"])
def test_older_tables_and_new_names_are_fine(tmp_path: Path, name: str) -> None:
    (tmp_path / "older.md").write_text("tables")
    with pytest.raises(SourceError, match="no such file"):  # it goes on to the film
        run_bench_tracks([tmp_path / "film.mp4"], None, tmp_path / name)
