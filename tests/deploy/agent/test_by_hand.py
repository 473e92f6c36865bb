"""A first push that is not good leaves a device that was set up by hand as it was."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from deploy.agent import durable
from deploy.agent.refusal import RefusedError
from tests.deploy.agent.rig import Rig
from tests.deploy.fake_release import Workshop


@pytest.fixture
def by_hand(rig: Rig) -> Rig:
    """A program, a configuration and a unit that no push has brought."""
    program = rig.root / "opt/emotion-edge/mine"
    (program / "config").mkdir(parents=True)
    (program / "config/edge.yaml").write_text("version: mine\n")
    rig.layout.current.symlink_to("mine")
    rig.layout.configuration.write_text("by hand")
    rig.supervisor.by_hand = True
    return rig


def check_as_it_was(rig: Rig) -> None:
    assert (rig.layout.configuration.read_text(), rig.layout.configuration.is_symlink()) == ("by hand", False)
    assert rig.supervisor.running_version() == "mine"
    assert not list(Path(rig.root).rglob("*.before-deploy"))


def test_a_first_release_that_is_bad_is_followed_by_what_was_there(by_hand: Rig, workshop: Workshop) -> None:
    by_hand.supervisor.manners["1.0.0"] = None
    with pytest.raises(RefusedError, match="what was installed by hand was started again"):
        by_hand.push(workshop.release("1.0.0"))
    check_as_it_was(by_hand)
    assert by_hand.supervisor.started == ["1.0.0", "mine"]
    assert by_hand.supervisor.state().active


def test_so_it_is_where_the_release_never_gets_through_its_starts(by_hand: Rig, workshop: Workshop) -> None:
    release = workshop.release("1.0.0")
    by_hand.upload(release)
    by_hand.device._unpacker.unpack(release.manifest, b"", "python3")
    by_hand.device._on_trial(release.manifest, None)
    assert [by_hand.device.boot_check()["action"] for _ in range(4)] == ["counted"] * 3 + ["rolled-back"]
    check_as_it_was(by_hand)


def test_so_it_is_where_the_switch_fails_half_way(
    by_hand: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(by_hand.device.switch, "begin", full)
    with pytest.raises(RefusedError, match="no space is left"):
        by_hand.push(workshop.release("1.0.0"))
    check_as_it_was(by_hand)
    assert by_hand.supervisor.started == []


def test_a_configuration_that_leads_elsewhere_is_not_taken_for_ours(rig: Rig, workshop: Workshop) -> None:
    mine = rig.root / "mine.yaml"
    mine.write_text("version: mine\n")
    rig.layout.configuration.symlink_to(mine)
    rig.push(workshop.release("1.0.0"))
    assert rig.layout.configuration.resolve().read_text() == "version: 1.0.0\n"


def test_a_good_one_keeps_it_beside(by_hand: Rig, workshop: Workshop) -> None:
    release = workshop.release("1.0.0")
    by_hand.push(release)
    assert by_hand.current == release.manifest.id
    kept = {path.name for path in Path(by_hand.root).rglob("*.before-deploy")}
    assert kept == {"current.before-deploy", "edge.yaml.before-deploy"}
    assert durable.put_back(by_hand.layout.configuration)


def test_so_it_is_where_the_power_goes_before_the_switch(by_hand: Rig, workshop: Workshop) -> None:
    release = workshop.release("1.0.0")
    by_hand.upload(release)
    by_hand.device._unpacker.unpack(release.manifest, b"", "python3")
    by_hand.device._points.connect(release.manifest.id)
    assert by_hand.supervisor.running_version() is None
    assert by_hand.device.heal()["action"] == "put back"
    check_as_it_was(by_hand)
    assert by_hand.supervisor.started == ["mine"]
