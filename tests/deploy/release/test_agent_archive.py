"""The agent is one file that old Pythons read."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import deploy.agent
from deploy.release.agent_archive import archive

_SOURCES = sorted(Path(deploy.agent.__file__).parent.rglob("*.py"))


def test_the_same_sources_give_the_same_bytes() -> None:
    assert archive() == archive()


def test_it_runs_far_from_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "agent.pyz").write_bytes(archive())
    command = [sys.executable, "-I", "agent.pyz", "--root", str(tmp_path / "device"), "facts"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert '"current": null' in said
    assert not (tmp_path / "device").exists()


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.name)
def test_it_is_written_in_what_python_3_8_knows(path: Path) -> None:
    tree = ast.parse(path.read_text(), feature_version=(3, 8))
    later = {"removeprefix", "removesuffix", "readlink", "hardlink_to", "is_relative_to", "with_stem"}
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not used & later - ({"readlink"} if "os.readlink" in path.read_text() else set())


@pytest.mark.parametrize("path", _SOURCES, ids=lambda path: path.name)
def test_it_imports_the_standard_library_and_itself(path: Path) -> None:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    foreign = {name for name in names if name.split(".")[0] not in sys.stdlib_module_names}
    assert all(name.startswith("deploy.agent") for name in foreign)
