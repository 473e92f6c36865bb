from __future__ import annotations

import subprocess
from pathlib import Path

from training.revision import code_revision


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_the_revision_says_whether_the_code_was_changed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    code = tmp_path / "code.py"
    code.write_text("a = 1\n", encoding="utf-8")
    git(tmp_path, "add", "code.py")
    git(tmp_path, "commit", "-qm", "First")
    revision = git(tmp_path, "rev-parse", "HEAD")
    assert code_revision(tmp_path) == revision
    code.write_text("a = 2\n", encoding="utf-8")
    assert code_revision(tmp_path) == f"{revision}-dirty"


def test_code_outside_a_checkout_has_no_revision(tmp_path: Path) -> None:
    assert code_revision(tmp_path) is None


def test_code_installed_inside_somebody_elses_checkout_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-qm", "First", "--allow-empty")
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "code.py").write_text("a = 1\n", encoding="utf-8")
    assert code_revision(tmp_path / "site-packages") is None
