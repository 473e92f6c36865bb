from __future__ import annotations

from pathlib import Path

import pytest

from convert.placing import folder_in_place, refuse_existing
from edge.errors import ContractError


def test_a_folder_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "made" / "bundle"

    with folder_in_place(target) as folder:
        (folder / "file").write_text("new")
        assert not target.exists()

    assert (target / "file").read_text() == "new"
    assert list(target.parent.iterdir()) == [target]
    assert target.stat().st_mode & 0o777 == 0o755


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    def fails() -> None:
        with folder_in_place(tmp_path / "bundle") as folder:
            (folder / "file").write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()

    assert list(tmp_path.iterdir()) == []


def test_an_older_folder_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "bundle"
    target.mkdir()
    (target / "old").write_text("old")

    with folder_in_place(target) as folder:
        (folder / "file").write_text("new")

    assert [p.name for p in target.iterdir()] == ["file"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_keeps_the_older_folder(tmp_path: Path) -> None:
    target = tmp_path / "bundle"
    target.mkdir()
    (target / "old").write_text("old")

    def fails() -> None:
        with folder_in_place(target):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()

    assert (target / "old").read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_existing_target_is_refused_unless_forced(tmp_path: Path) -> None:
    refuse_existing(tmp_path / "absent", force=False)
    refuse_existing(tmp_path, force=True)
    with pytest.raises(ContractError, match="is there already"):
        refuse_existing(tmp_path, force=False)


def test_a_file_is_never_replaced_by_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    with pytest.raises(ContractError, match="is a file"):
        refuse_existing(tmp_path / "file", force=True)
