from __future__ import annotations

from typing import Any

import pytest

from edge.daemon.reload import CameraChanges, camera_changes
from edge.errors import ConfigError
from edge.settings import Settings


def settings(*cameras: dict[str, Any], **sections: Any) -> Settings:
    return Settings.model_validate(
        {
            "schema": "edge/1",
            "site": "lab",
            "device": "pi",
            "purpose": "research",
            "cameras": [{"source": "v4l2", **camera} for camera in cameras],
            "mqtt": {"host": "localhost"},
            **sections,
        }
    )


DOOR, YARD, HALL = ({"name": name} for name in ("door", "yard", "hall"))


def names(changes: CameraChanges) -> tuple[list[str], list[str], list[str]]:
    return [c.name for c in changes.added], list(changes.removed), [c.name for c in changes.changed]


def test_cameras_are_added_removed_and_changed_one_by_one() -> None:
    old = settings(DOOR, YARD)
    assert names(camera_changes(old, settings(YARD, DOOR))) == ([], [], [])
    assert names(camera_changes(old, settings(DOOR, YARD, HALL))) == (["hall"], [], [])
    assert names(camera_changes(old, settings(DOOR))) == ([], ["yard"], [])
    assert names(camera_changes(old, settings(DOOR, {**YARD, "enabled": False}))) == ([], [], ["yard"])


def test_what_all_cameras_are_made_from_changes_all_of_them() -> None:
    changed = settings(DOOR, YARD, smoothing={"time_constant_s": 2})
    assert names(camera_changes(settings(DOOR, YARD), changed)) == ([], [], ["door", "yard"])


@pytest.mark.parametrize(
    "section",
    [
        {"mqtt": {"host": "elsewhere"}},
        {"site": "other"},
        {"purpose": "retail"},
        {"aggregate": {"k_min": 3}},
        {"detector": {"name": "haar"}},
    ],
)
def test_a_change_that_needs_a_restart_is_refused_by_name(section: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"a change of {next(iter(section))} needs a restart"):
        camera_changes(settings(DOOR), settings(DOOR, HALL, **section))
