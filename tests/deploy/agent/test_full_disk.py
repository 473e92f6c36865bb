"""A disk that fills up in the middle of a push keeps no device on a release that is not good."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from deploy.agent import durable
from deploy.agent.audit import AuditLog
from deploy.agent.progress import Progress
from deploy.agent.refusal import RefusedError
from deploy.release.store import Release
from tests.deploy.agent.rig import Rig
from tests.deploy.fake_release import Workshop


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def fills_up_at_the_start(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """No new file can be made once the daemon of the next release has been started."""
    restart = rig.supervisor.restart

    def started() -> None:
        restart()
        monkeypatch.setattr(durable, "write", full)

    monkeypatch.setattr(rig.supervisor, "restart", started)


def test_a_bad_release_is_taken_back_and_that_is_told(
    rig: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, bad = workshop.release("1.0.0"), workshop.release("2.0.0")
    rig.push(old)
    rig.supervisor.manners["2.0.0"] = None
    fills_up_at_the_start(rig, monkeypatch)
    with pytest.raises(RefusedError, match=r"it crashed.*is healthy again"):
        rig.push(bad)
    assert rig.current == old.manifest.id
    assert rig.device.switch.trial() is None
    assert rig.supervisor.running_version() == "1.0.0"
    assert rig.device.progress.read()["phase"] == "rolled-back"


def on_trial(rig: Rig, workshop: Workshop) -> Release:
    """Version 2.0.0 is on trial, its transaction gone; the release before it."""
    old, new = workshop.release("1.0.0"), workshop.release("2.0.0")
    rig.push(old)
    rig.push(new)
    rig.device.switch.choose(old.manifest.id)
    rig.device.switch.begin(new.manifest.id, None)
    return old


def test_a_trial_that_was_cut_off_is_ended(
    rig: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = on_trial(rig, workshop)
    rig.supervisor.manners["2.0.0"] = None
    rig.supervisor.restart()
    monkeypatch.setattr(durable, "write", full)
    assert rig.device.heal()["action"] == "rolled-back"
    assert rig.current == old.manifest.id


def test_a_good_release_is_good_though_not_everything_can_be_written_down(
    rig: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.push(workshop.release("1.0.0"))
    fills_up_at_the_start(rig, monkeypatch)
    monkeypatch.setattr(AuditLog, "add", full)
    new = workshop.release("2.0.0")
    ended = rig.push(new)
    assert (ended["phase"], rig.current) == ("good", new.manifest.id)
    first, second = ended["warnings"]
    assert first.startswith("the agent that watches at boot is still the old one: [Errno 28]")
    assert second.startswith("the audit log lacks this: [Errno 28]")
    assert rig.device.progress.read() == ended


def test_a_release_on_trial_whose_starts_cannot_be_counted_goes(
    rig: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = on_trial(rig, workshop)
    monkeypatch.setattr(durable, "write", full)
    assert rig.device.boot_check()["action"] == "rolled-back"
    assert rig.current == old.manifest.id
    assert "cannot be counted (No space left" in rig.device.audit.last(1)[0]["reason"]


def test_what_is_shorter_than_before_is_written_over_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress(tmp_path)
    progress.begin("r" * 500, None, "apply", "me")
    progress.end("failed", "x" * 500)
    monkeypatch.setattr(durable, "write", full)
    progress.end("good")
    assert json.loads((tmp_path / "progress.json").read_text())["phase"] == "good"
