"""What the disk has, and in which order: a process that is killed does not show it, a power cut does."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

import pytest

from deploy.agent import durable


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Waits for the disk, and names given, in order."""
    said: list[str] = []
    fsync, replace, rename = os.fsync, os.replace, os.rename

    def synced(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        said.append("wait for the folder" if path.is_dir() else f"wait for {path.read_text()}")
        fsync(descriptor)

    def replaced(source: Any, target: Any) -> None:
        said.append(f"name {Path(target).name}")
        replace(source, target)

    def renamed(source: Any, target: Any) -> None:
        said.append(f"name {Path(target).name}")
        rename(source, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", replaced)
    monkeypatch.setattr(os, "rename", renamed)
    return said


def test_a_file_has_its_name_once_the_disk_has_all_of_it(tmp_path: Path, done: list[str]) -> None:
    durable.write(tmp_path / "trial.json", b"whole")
    assert done == ["wait for whole", "name trial.json", "wait for the folder"]
    assert (tmp_path / "trial.json").read_bytes() == b"whole"


def test_the_disk_has_a_link_before_anything_else_happens(tmp_path: Path, done: list[str]) -> None:
    durable.point(tmp_path / "current", "releases/a")
    durable.point(tmp_path / "current", "releases/b")
    assert done == ["name current", "wait for the folder"] * 2
    assert (tmp_path / "current").readlink() == Path("releases/b")


def test_the_disk_knows_that_a_file_is_gone(tmp_path: Path, done: list[str]) -> None:
    (tmp_path / "trial.json").write_text("")
    durable.remove(tmp_path / "trial.json")
    assert done == ["wait for the folder"]
    durable.remove(tmp_path / "trial.json")
    assert list(tmp_path.iterdir()) == []


def test_what_was_set_aside_and_put_back_is_so_on_the_disk(tmp_path: Path, done: list[str]) -> None:
    made = tmp_path / "edge.yaml"
    assert not durable.put_back(made)
    made.write_text("by hand")
    durable.set_aside(made)
    assert not made.exists()
    assert durable.put_back(made)
    assert made.read_text() == "by hand"
    assert done == [
        "name edge.yaml.before-deploy", "wait for the folder", "name edge.yaml", "wait for the folder",
    ]  # fmt: skip


def test_a_folder_has_its_name_once_the_disk_has_all_of_its_files(
    tmp_path: Path, done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "_sync_file_system", lambda _: done.append("wait for all files"))
    made = [tmp_path / "a", tmp_path / "b"]
    for path in made:
        durable.beside(path).mkdir()
    durable.appear(made)
    assert done == ["wait for all files", "name a", "wait for the folder", "name b", "wait for the folder"]


def test_where_the_disk_does_not_take_all_of_its_files_a_folder_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def syncfs(self, _descriptor: int) -> int:
            ctypes.set_errno(5)
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Broken())
    durable.beside(tmp_path / "a").mkdir()
    with pytest.raises(OSError, match="Input/output error"):
        durable.appear([tmp_path / "a"])
    assert not (tmp_path / "a").exists()


def test_what_interrupted_attempts_left_goes_and_what_a_link_leads_to_stays(tmp_path: Path) -> None:
    releases, kept = tmp_path / "releases", tmp_path / "kept"
    for folder in (kept, releases / "a", releases / ".b.new"):
        folder.mkdir(parents=True)
        (folder / "file").write_text("")
    (releases / ".c.1.new").write_text("")
    (releases / ".d.1.new").symlink_to(kept)
    durable.clear(releases)
    assert [path.name for path in releases.iterdir()] == ["a"]
    assert (kept / "file").exists()


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    durable.write(tmp_path / "trial.json", b"old")

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(OSError, match="Input/output error"):
        durable.write(tmp_path / "trial.json", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["trial.json"]
    assert (tmp_path / "trial.json").read_bytes() == b"old"


def test_a_file_has_the_mode_that_was_asked_for_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        durable.write(tmp_path / "open", b"")
        durable.write(tmp_path / "secret", b"", 0o600)
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("open", "secret")] == [0o644, 0o600]
