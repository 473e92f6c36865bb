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


def test_ctrl_c_between_the_two_renames_costs_neither_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, rename = tmp_path / "bundle", Path.rename
    target.mkdir()
    (target / "old").write_text("old")

    def interrupted(self: Path, to: Path) -> Path:
        if to == target and ".writing-" in self.name:
            raise KeyboardInterrupt
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), folder_in_place(target) as folder:
        (folder / "file").write_text("new")
    assert (target / "old").read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def bundle(folder: Path) -> Path:
    folder.mkdir()
    (folder / "manifest.json").write_text('{"files": {"tflite": {"file": "model.tflite"}}}')
    for name in ("model.tflite", "golden.npz", "README.md"):
        (folder / name).write_text("x")
    return folder


def test_an_existing_bundle_is_refused_unless_forced(tmp_path: Path) -> None:
    refuse_existing(tmp_path / "absent", force=False)
    there = bundle(tmp_path / "there")
    refuse_existing(there, force=True)
    with pytest.raises(ContractError, match="is there already"):
        refuse_existing(there, force=False)


def test_a_folder_that_holds_anything_else_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / "model.keras").write_text("hours of work")
    with pytest.raises(ContractError, match=r"holds model.keras, which is no file of a bundle"):
        refuse_existing(run, force=True)
    mixed = bundle(tmp_path / "mixed")
    (mixed / "notes.txt").write_text("mine")
    with pytest.raises(ContractError, match=r"holds notes.txt"):
        refuse_existing(mixed, force=True)
    monkeypatch.chdir(bundle(tmp_path / "here"))
    with pytest.raises(ContractError, match="is the folder that this runs in"):
        refuse_existing(Path(), force=True)


def test_a_file_is_never_replaced_by_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    with pytest.raises(ContractError, match="is a file"):
        refuse_existing(tmp_path / "file", force=True)
