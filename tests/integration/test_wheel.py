"""What a device gets: the wheel in a virtual environment of its own, far from any checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.source_copy import REPOSITORY, copy_sources

pytestmark = [pytest.mark.integration, pytest.mark.venv]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the environment's commands."""
    folder = tmp_path_factory.mktemp("device")
    (folder / "sources").mkdir()
    copy_sources(folder / "sources")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    sources = str(folder / "sources")
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(folder / "wheels"), sources], check=True)
    (wheel,) = (folder / "wheels").glob("emotion_edge-*.whl")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    commands = folder / "venv" / "bin"
    subprocess.run([str(commands / "pip"), "install", "-q", str(wheel)], check=True)
    return commands


def said(command: list[str], cwd: Path) -> str:
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def test_the_base_install_has_what_a_device_needs_and_no_more(installed: Path, tmp_path: Path) -> None:
    names = {
        line.split("==")[0].lower() for line in said([str(installed / "pip"), "freeze"], tmp_path).split()
    }
    assert {"numpy", "opencv-python-headless", "ai-edge-litert", "paho-mqtt"} <= names
    assert not names & {"tensorflow", "keras", "matplotlib", "scikit-learn", "amqtt", "pytest"}


def test_the_shipped_bundle_verifies_and_the_example_configuration_travels(
    installed: Path, tmp_path: Path
) -> None:
    emotion_edge = str(installed / "emotion-edge")
    assert "golden vectors agree" in said([emotion_edge, "models", "verify"], tmp_path)
    said([emotion_edge, "config", "init", "edge.yaml"], tmp_path)
    modeline, example = (tmp_path / "edge.yaml").read_text().split("\n", 1)
    assert example == (REPOSITORY / "config" / "edge.yaml").read_text().split("\n", 1)[1]
    schema = Path(modeline.removeprefix("# yaml-language-server: $schema="))
    assert schema.read_text() == said([emotion_edge, "config", "schema"], tmp_path)
    said([emotion_edge, "config", "unit"], tmp_path)
    assert "Type=notify" in (tmp_path / "emotion-edge.service").read_text()


def test_the_examples_travel(installed: Path, tmp_path: Path) -> None:
    said([str(installed / "emotion-edge"), "config", "examples"], tmp_path)
    for path in (REPOSITORY / "edge" / "examples").glob("*.*"):
        assert (tmp_path / "examples" / path.name).read_text() == path.read_text()


def test_the_recipes_travel(installed: Path, tmp_path: Path) -> None:
    listing = (
        "from training import recipes; print(*(path.read_text() for path in recipes.all_recipes().values()))"
    )
    found = said([str(installed / "python"), "-c", listing], tmp_path)
    for path in (REPOSITORY / "config" / "recipes").glob("*.yaml"):
        assert path.read_text() in found


@pytest.mark.parametrize("command", ["emotion-edge", "emotion-train", "emotion-convert", "emotion-deploy"])
def test_every_command_explains_itself_without_its_extra(
    installed: Path, tmp_path: Path, command: str
) -> None:
    assert "Usage" in said([str(installed / command), "--help"], tmp_path)


def test_the_demo_says_which_extra_it_needs(installed: Path, tmp_path: Path) -> None:
    demo = subprocess.run(
        [str(installed / "emotion-edge"), "demo"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert demo.returncode == 1
    assert "pip install 'emotion-edge[demo]'" in demo.stderr
    assert "Traceback" not in demo.stderr
