"""Releases out of this checkout: packages for every device, and the real daemon under the agent."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.release.assemble import Target
from deploy.release.build import Builder
from deploy.release.project_wheel import project_wheel, requirements
from deploy.release.render import Layer
from deploy.release.sign import sign
from deploy.release.wheelhouse import Wheelhouse
from edge.errors import ConfigError
from tests.deploy.fake_release import Workshop
from tests.integration.device_folder import DeviceFolder
from tests.integration.mosquitto import Mosquitto, mosquitto
from tests.integration.source_copy import REPOSITORY

__all__ = ["mosquitto"]
pytestmark = [pytest.mark.integration, pytest.mark.venv]
_PYTHON = f"3.{sys.version_info[1]}"


def _index_is_reachable() -> bool:
    probe = [sys.executable, "-m", "pip", "index", "versions", "paho-mqtt"]
    return subprocess.run(probe, capture_output=True, check=False, timeout=60).returncode == 0


@pytest.fixture(scope="session")
def index() -> None:
    if not _index_is_reachable():
        pytest.skip("no package index can be reached")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_wheel(REPOSITORY, tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize(
    ("arch", "python"),
    [(arch, python) for arch in ("aarch64", "x86_64") for python in ("3.10", "3.11", "3.12", "3.13")],
)
def test_every_package_of_a_device_is_had_as_a_wheel(
    index: None, wheel: Path, tmp_path: Path, arch: str, python: str
) -> None:
    house = Wheelhouse(tmp_path, arch, python)
    found = house.wheels(requirements(wheel))
    names = {path.name.split("-")[0] for path in found}
    assert {"numpy", "opencv_python_headless", "ai_edge_litert", "pydantic_core", "paho_mqtt"} <= names
    foreign = {"aarch64": "x86_64", "x86_64": "aarch64"}[arch]
    assert not [path.name for path in found if foreign in path.name]


def test_a_wheel_that_was_altered_is_had_again_as_it_was_locked(index: None, tmp_path: Path) -> None:
    house = Wheelhouse(tmp_path, "aarch64", "3.11")
    (found,) = house.wheels(["shellingham"])
    whole = found.read_bytes()
    found.write_bytes(b"altered")
    assert house.wheels(["shellingham"]) == [found]
    assert found.read_bytes() == whole


def test_the_same_sources_give_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    assert project_wheel(REPOSITORY, tmp_path).read_bytes() == wheel.read_bytes()


@pytest.fixture
def desk(tmp_path: Path) -> Workshop:
    (tmp_path / "desk").mkdir()
    return Workshop(tmp_path / "desk")


@pytest.fixture
def device(tmp_path: Path, desk: Workshop) -> Iterator[DeviceFolder]:
    made = DeviceFolder(tmp_path, tmp_path / "root", desk.store)
    made.trust(desk.trusted())
    yield made
    made.close()


def layers(device: DeviceFolder, port: int, **changed: object) -> list[Layer]:
    pictures = device.folder / "pictures"
    pictures.mkdir(exist_ok=True)
    (pictures / "faces.jpg").write_bytes((REPOSITORY / "edge/demo/annotated.jpg").read_bytes())
    base = {
        "schema": "edge/1",
        "site": "lab",
        "device": "folder",
        "purpose": "personal",
        "cameras": [{"name": "desk", "source": "images", "path": str(pictures), "loop": True, "fps": 5}],
        "mqtt": {"host": "127.0.0.1", "port": port},
        "outbox": {"path": str(device.folder / "outbox.sqlite3")},
        "aggregate": {"window_s": 2},
    }
    return [Layer("base.yaml", json.dumps(base)), Layer("host.yaml", json.dumps(changed))]


@pytest.mark.broker
def test_the_real_daemon_is_pushed_and_then_its_network_alone(
    index: None, desk: Workshop, device: DeviceFolder, mosquitto: Mosquitto
) -> None:
    mosquitto.start()
    heard = mosquitto.subscribe()
    builder = Builder(REPOSITORY, desk.store, {"soak_s": 4.0, "max_frame_age_s": 30.0})
    target = Target("folder", subprocess.check_output(["uname", "-m"], text=True).strip(), _PYTHON)
    first = builder.build(target, layers(device, mosquitto.port))
    sign(first, desk.key)
    assert device.push(first)["phase"] == "good"
    assert json.loads(heard.wait_for(1, "/window")[0].payload)["model"]["name"] == "fer-compact"

    bundle = {"bundle": str(REPOSITORY / "edge/models/ferplus-compact")}
    second = builder.change(first.manifest, layers(device, mosquitto.port, classifier=bundle), "model")
    sign(second, desk.key)
    plan = device.agent("plan", "--manifest", second.manifest_path)
    assert list(plan["diff"]["models"]) == ["fer-compact", "ferplus-compact"]
    assert plan["diff"]["configuration"]["classifier.bundle"][1].startswith("${EMOTION_EDGE_RELEASE}/")
    assert sum(blob["bytes"] for blob in plan["missing"]) < 5_000_000
    assert device.push(second)["phase"] == "good"
    known = len(heard.wait_for(1, "/window"))
    newest = json.loads(heard.wait_for(known + 2, "/window", 30.0)[-1].payload)
    assert newest["model"]["name"] == "ferplus-compact"


def test_networks_alone_cannot_be_pushed_where_none_is_named(desk: Workshop, device: DeviceFolder) -> None:
    running = desk.release("1.0.0").manifest
    builder = Builder(REPOSITORY, desk.store)
    with pytest.raises(ConfigError, match="no bundle is named"):
        builder.change(running, layers(device, 1883), "model")


def test_configuration_alone_keeps_software_and_networks(desk: Workshop, device: DeviceFolder) -> None:
    running = desk.release("1.0.0", files={"bundles/mine/model.tflite": b"m"}).manifest
    changed = Builder(REPOSITORY, desk.store).change(running, layers(device, 1883), "configuration").manifest
    before = {blob.path: blob.sha256 for blob in running.files}
    after = {blob.path: blob.sha256 for blob in changed.files}
    assert {path for path in after if after[path] != before.get(path)} == {"config/edge.yaml"}
    assert changed.version == "1.0.0"
