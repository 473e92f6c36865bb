from __future__ import annotations

from pathlib import Path

import pytest

from edge.daemon.paused_cameras import PausedCameras

CAMERAS = ("door", "yard", "hall")


def restarted(path: Path, configured: tuple[str, ...] = CAMERAS) -> set[str]:
    return set(PausedCameras(path, configured))


def test_at_first_nothing_is_paused_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "outbox.paused.json"
    assert restarted(path) == set()
    assert not path.exists()


def test_a_pause_and_its_end_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "not yet" / "outbox.paused.json"
    paused = PausedCameras(path, CAMERAS)
    paused.add("door")
    paused.add("yard")
    assert restarted(path) == {"door", "yard"}
    paused.discard("door")
    assert restarted(path) == {"yard"}
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_camera_that_is_no_longer_configured_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "outbox.paused.json"
    PausedCameras(path, CAMERAS).add("door")
    assert restarted(path, ("yard",)) == set()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema": "emotion.paused/2", "cameras": []}'])
def test_where_nobody_knows_what_was_paused_every_camera_is(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "outbox.paused.json"
    path.write_text(content)
    paused = PausedCameras(path, CAMERAS)
    assert set(paused) == set(CAMERAS)
    assert "every camera is paused" in caplog.text
    paused.discard("door")
    assert restarted(path) == {"yard", "hall"}


def test_a_disk_that_takes_nothing_is_said_once_and_the_pause_holds_meanwhile(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    paused = PausedCameras(blocked / "outbox.paused.json", ())
    caplog.clear()
    paused.add("door")
    paused.add("yard")
    assert set(paused) == {"door", "yard"}
    assert caplog.text.count("will not survive a restart") == 1


def test_what_a_full_disk_refused_is_written_once_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "state" / "outbox.paused.json"
    paused = PausedCameras(path, CAMERAS)
    blocked = tmp_path / "state"
    blocked.touch()
    paused.add("door")
    assert paused.trouble is not None
    blocked.unlink()
    paused.keep()
    assert paused.trouble is None
    assert restarted(path) == {"door"}


def test_on_a_disk_that_is_mounted_late_all_are_paused_until_it_tells_which_were(tmp_path: Path) -> None:
    path = tmp_path / "usb" / "outbox.paused.json"
    PausedCameras(path, CAMERAS).add("door")
    path.parent.rename(tmp_path / "unplugged")
    paused = PausedCameras(path, CAMERAS, path.parent.is_dir)
    assert set(paused) == set(CAMERAS)
    assert "its disk is not there" in str(paused.trouble)
    assert paused.learn() == set()
    paused.keep()
    assert not path.parent.exists(), "what is not known is not written"
    (tmp_path / "unplugged").rename(path.parent)
    assert paused.learn() == {"yard", "hall"}
    for name in ("yard", "hall"):
        paused.discard(name)
    assert paused.trouble is None
    assert restarted(path) == {"door"}


def test_what_a_command_says_meanwhile_holds(tmp_path: Path) -> None:
    path, there = tmp_path / "usb" / "outbox.paused.json", [False]
    paused = PausedCameras(path, CAMERAS, lambda: there[0])
    paused.discard("door")
    paused.add("yard")
    assert set(paused) == {"yard", "hall"}
    there[0] = True
    assert paused.learn() == {"hall"}, "nothing was paused there"
    paused.discard("hall")
    paused.keep()
    assert restarted(path) == {"yard"}


def test_a_new_device_whose_disk_is_there_pauses_nothing(tmp_path: Path) -> None:
    paused = PausedCameras(tmp_path / "outbox.paused.json", CAMERAS, lambda: True)
    assert (set(paused), paused.trouble) == (set(), None)


def test_what_a_command_said_is_written_once_the_disk_is_there_though_nothing_is_opened(
    tmp_path: Path,
) -> None:
    path, there = tmp_path / "usb" / "outbox.paused.json", [True]
    PausedCameras(path, CAMERAS).add("hall")
    path.rename(tmp_path / "unplugged")
    there[0] = False
    paused = PausedCameras(path, ("hall", "door"), lambda: there[0])
    paused.add("door")
    (tmp_path / "unplugged").rename(path)
    assert paused.learn() == set()
    assert restarted(path) == {"hall", "door"}
