"""Killed at any line of a push, a device has the old release or the new one, whole, and heals."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import deploy.agent
from deploy.agent import durable
from deploy.agent.refusal import RefusedError
from deploy.release.store import Release
from tests.deploy.agent.rig import Rig
from tests.deploy.fake_release import Workshop, record

_AGENT = str(Path(deploy.agent.__file__).parent)
#: Lines between two kills: primes, so that loops are hit at different places.
_FEW, _MANY = 499, 23


def killed_at(line_count: int, rig: Rig, release: Release) -> bool:
    """Apply in a process that is killed when it comes to its n-th line; whether it got that far."""
    child = os.fork()
    if child == 0:
        sys.settrace(Countdown(line_count).trace)
        try:
            rig.apply(release)
        except RefusedError:
            os._exit(0)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


class Countdown:
    """Kills its own process at a line of the agent: no handler runs, as in a power cut."""

    def __init__(self, lines: int) -> None:
        self._left = lines

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(_AGENT):
            return None
        self._left -= event == "line"
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.trace


def test_the_lines_of_a_push_are_many(rig: Rig, workshop: Workshop) -> None:
    """The next tests would hold if nothing was ever killed."""
    old, new = workshop.release("1.0.0"), workshop.release("2.0.0")
    rig.push(old)
    rig.upload(new)
    assert killed_at(600, rig, new)


@pytest.mark.parametrize("good", [True, False], ids=["a good release", "a bad one"])
@pytest.mark.parametrize("step", [_FEW, pytest.param(_MANY, marks=pytest.mark.integration)])
def test_what_runs_is_whole_and_the_device_heals(rig: Rig, workshop: Workshop, step: int, good: bool) -> None:
    old, new = workshop.release("1.0.0"), workshop.release("2.0.0")
    rig.push(old)
    rig.upload(new)
    rig.supervisor.manners["2.0.0"] = record() if good else None
    seen, line_count = set(), 1
    while killed_at(line_count, rig, new):
        line_count += step
        check_whole(rig, old, new)
        rig.supervisor.restart()  # the boot
        rig.device.boot_check()
        rig.device.heal()
        check_whole(rig, old, new)
        assert rig.device.switch.trial() is None
        seen.add(rig.current)
        if rig.current == new.manifest.id:
            assert good
            rig.device.rollback(old.manifest.id, "again")
    assert old.manifest.id in seen
    if step == _MANY:
        assert seen == ({old.manifest.id, new.manifest.id} if good else {old.manifest.id})


def check_whole(rig: Rig, old: Release, new: Release) -> None:
    """What ``current`` leads to has every file of one of the two."""
    release = old if rig.current == old.manifest.id else new
    assert rig.current == release.manifest.id
    for blob in release.manifest.files:
        content = (rig.layout.current / blob.path).read_bytes()
        assert content == rig.workshop.store.blob(blob.sha256).read_bytes()
    assert (rig.layout.current / "manifest.json").read_bytes() == release.manifest.content


def test_a_release_that_never_survives_its_start_is_taken_back_at_the_fourth(
    rig: Rig, workshop: Workshop
) -> None:
    old, new = workshop.release("1.0.0"), workshop.release("2.0.0")
    rig.push(old)
    rig.upload(new)
    rig.device._unpacker.unpack(new.manifest, b"", sys.executable)
    rig.device.switch.begin(new.manifest.id, None)
    counted = [rig.device.boot_check() for _ in range(3)]
    assert [found["action"] for found in counted] == ["counted"] * 3
    assert rig.current == new.manifest.id
    assert rig.device.boot_check()["action"] == "rolled-back"
    assert rig.current == old.manifest.id
    assert rig.device.boot_check() == {"action": "none"}
    assert "never became good" in rig.device.audit.last(1)[0]["reason"]


def test_a_switch_that_was_cut_off_leaves_the_way_back(
    rig: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, now, new = (workshop.release(version) for version in ("1.0.0", "2.0.0", "3.0.0"))
    for release in (older, now):
        rig.push(release)
    rig.upload(new)
    rig.device._unpacker.unpack(new.manifest, b"", "python3")
    real = durable.point

    def cut(link: Path, target: str) -> None:
        if link == rig.layout.current:
            raise KeyboardInterrupt  # as a power cut: nobody tidies up
        real(link, target)

    with monkeypatch.context() as patched:
        patched.setattr(durable, "point", cut)
        with pytest.raises(KeyboardInterrupt):
            rig.device.switch.begin(new.manifest.id, None)
    assert rig.device.heal() == {"action": "none"}
    assert rig.current == now.manifest.id
    assert rig.layout.id_of(rig.layout.previous) == older.manifest.id


def test_a_switch_that_fails_after_it_has_changed_over_stays_a_trial(
    rig: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.push(workshop.release("1.0.0"))
    bad = workshop.release("2.0.0")
    rig.supervisor.manners["2.0.0"] = None
    rig.upload(bad)
    real = durable.point

    def fails_after(link: Path, target: str) -> None:
        real(link, target)
        if link == rig.layout.current:
            raise OSError("the disk does not say that it has it")

    with monkeypatch.context() as patched:
        patched.setattr(durable, "point", fails_after)
        with pytest.raises(RefusedError):
            rig.apply(bad)
    assert rig.current == bad.manifest.id
    rig.supervisor.restart()
    assert rig.device.heal()["action"] == "rolled-back"
