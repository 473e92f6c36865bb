from __future__ import annotations

from typing import Any

import pytest

from edge.commands.privacy import statement
from edge.settings import Settings


def told(**changes: Any) -> str:
    fields = {
        "schema": "edge/1",
        "site": "lab",
        "device": "pi",
        "purpose": "research",
        "cameras": [
            {"name": "door", "source": "rtsp", "url": "rtsp://u:s3cret@cam/1"},
            {"name": "yard", "source": "v4l2", "enabled": False},
        ],
        "mqtt": {"host": "broker"},
    }
    return statement(Settings.model_validate(fields | changes))


def test_it_names_every_topic_and_camera_and_no_password() -> None:
    text = told()
    for topic in ("<camera>/window", "<camera>/now", "<camera>/state", "stats", "status", "result/<command>"):
        assert f"- emotion/v1/lab/pi/{topic}: " in text
    assert "Camera door: rtsp://***@cam/1" in text
    assert "Camera yard: switched off" in text
    assert "s3cret" not in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "NOT encrypted"),
        ({"mqtt": {"host": "broker", "tls": {}}}, "broker:8883, encrypted"),
        ({}, "A single face is reported"),
        ({"purpose": "retail"}, "fewer than 5 faces is suppressed"),
        (
            {"home_assistant": {"discovery": True}},
            "- homeassistant/device/emotion_lab_pi/config: the names of device and cameras",
        ),
        ({"http": {"bind": "0.0.0.0:8080"}}, "On 0.0.0.0:8080 it answers anybody"),
        ({"aggregate": {"window_s": 60.0, "rounding": 0.05}}, "every 60 s"),
        ({"outbox": {"path": "/o.sqlite3", "max_age_s": 86400}}, "in /o.sqlite3, at most 1 days"),
        (
            {"purpose": "workplace", "medical_or_safety_justification": "drivers falling asleep"},
            "Justification: drivers falling asleep",
        ),
        (
            {"purpose": "workplace", "medical_or_safety_justification": "drivers falling asleep"},
            "its problems, its software, its purpose and the justification above;",
        ),
    ],
)
def test_it_says_what_the_configuration_in_force_says(changes: dict[str, Any], words: str) -> None:
    assert words in told(**changes)


def test_without_a_port_none_is_told() -> None:
    assert "without a login" not in told()


def test_it_says_that_nobody_can_look_or_who_can_and_what_is_seen() -> None:
    assert "The preview is off: nobody can look at a picture" in told()
    preview = {"enabled": True, "token": "correct-horse-battery"}
    text = told(http={"bind": "127.0.0.1:8080", "preview": preview})
    assert "THE PREVIEW IS ON: whoever knows its token can look at pictures on 127.0.0.1:8080" in text
    assert "on this machine alone" in text
    assert "are pixelated" in text
    assert "What never leaves the device, but for pictures in the preview, and is never written" in text
    assert "correct-horse" not in text
    plain = {**preview, "pixelate": False, "allow_remote": True}
    text = told(http={"bind": "0.0.0.0:8080", "preview": plain})
    assert "from beyond this machine too" in text
    assert "FACES ARE NOT PIXELATED" in text
