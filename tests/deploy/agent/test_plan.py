"""What a push would change is told before it changes anything."""

from __future__ import annotations

from deploy.agent import manifest, plan, preflight
from tests.deploy.agent.rig import Rig
from tests.deploy.fake_release import Workshop


def test_a_first_release_is_all_new(workshop: Workshop) -> None:
    new = workshop.release("1.0.0").manifest
    found = plan.difference(None, new)
    assert found["release"] == [None, new.id]
    assert "bin/emotion-edge" in found["files"]["added"]
    assert not found["unchanged"]


def test_each_kind_of_change_is_told_by_name(workshop: Workshop) -> None:
    cameras = [{"name": "desk", "fps": 5}, {"name": "door", "fps": 1}]
    old = workshop.release(
        "1.0.0", configuration={"cameras": cameras, "x": {"y": 1}}, files={"bundles/a/model": b"a"}
    ).manifest._replace(packages={"numpy": "2.3.0"}, models={"fer-compact": "1.0.0"})
    fewer = [{"name": "desk", "fps": 10}]
    new = workshop.release(
        "1.1.0",
        configuration={"cameras": fewer, "x": {"y": 1}},
        files={"unit/emotion-edge.service": b"[Service]\n"},
    ).manifest._replace(packages={"numpy": "2.4.0", "rich": "15"}, models={"fer-compact": "1.1.0"})
    found = plan.difference(old, new)
    assert found["version"] == ["1.0.0", "1.1.0"]
    assert found["files"] == {
        "added": [],
        "changed": ["config/edge.yaml", "unit/emotion-edge.service"],
        "removed": ["bundles/a/model"],
    }
    assert found["packages"] == {"numpy": ("2.3.0", "2.4.0"), "rich": (None, "15")}
    assert found["models"] == {"fer-compact": ("1.0.0", "1.1.0")}
    assert found["configuration"] == {
        "cameras[desk].fps": (5, 10),
        "cameras[door].fps": (1, None),
        "cameras[door].name": ("door", None),
    }
    assert found["unit"] == ["unit/emotion-edge.service"]


def test_what_may_be_a_secret_is_not_shown(workshop: Workshop) -> None:
    new = workshop.release("1.0.0", configuration={"mqtt": {"password": "hunter2", "user": "u"}}).manifest
    by_name = workshop.release("1.0.0", configuration={"mqtt": {"password": "${P}"}}).manifest
    assert plan.difference(None, new)["configuration"]["mqtt.password"] == (None, "***")
    assert plan.difference(None, by_name)["configuration"]["mqtt.password"] == (None, "${P}")


def test_cameras_that_are_not_plugged_in_are_warned_of(workshop: Workshop) -> None:
    cameras = [
        {"name": "desk", "source": "v4l2", "device": 0},
        {"name": "hall", "source": "v4l2", "device": "/dev/video2"},
        {"name": "off", "source": "v4l2", "device": 9, "enabled": False},
        {"name": "door", "source": "rtsp", "url": "rtsp://x/"},
    ]
    release = workshop.release("1.0.0", configuration={"cameras": cameras}).manifest
    assert preflight.absent_cameras(release, ["/dev/video0"]) == [
        "camera hall: /dev/video2 is not there; plug it in"
    ]


def test_planning_changes_nothing(rig: Rig, workshop: Workshop) -> None:
    release = manifest.load(workshop.release("1.0.0").manifest_path)
    rig.device.obstacles(release, allow_downgrade=False)
    rig.device.missing(release)
    assert not rig.layout.software.exists()
    assert not rig.layout.memory.exists()
