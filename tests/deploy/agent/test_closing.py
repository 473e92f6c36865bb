"""The end of a push, without anybody who comes back for it."""

from __future__ import annotations

import time

import pytest

from deploy.agent import prune
from deploy.agent.closing import Closing
from deploy.agent.refusal import RefusedError
from tests.deploy.agent.rig import Rig
from tests.deploy.fake_release import Workshop

_CLOSING = Closing(keep=2, min_free_bytes=0)


def apply(rig: Rig, workshop: Workshop, version: str) -> dict[str, object]:
    """Push as a rollout does: locked, and closed by the transaction."""
    rig.layout.make()
    rig.device.lock.take("me@desk", "a rollout", 60.0, time.time())
    release = workshop.release(version)
    rig.upload(release)
    return rig.device.apply(
        release.manifest_path, release.signature_path, allow_downgrade=False, closing=_CLOSING
    )


def test_a_good_push_removes_old_releases_and_gives_its_lock_back(rig: Rig, workshop: Workshop) -> None:
    ids = [str(apply(rig, workshop, f"1.0.{index}")["release"]) for index in range(3)]
    assert set(prune.releases(rig.layout)) == set(ids[1:])
    assert rig.device.progress.read()["pruned"] == ids[:1]
    assert rig.device.lock.read(time.time()) is None
    verbs = [line["verb"] for line in rig.device.audit.last(3)]
    assert verbs == ["apply", "prune", "unlock"]


def test_a_push_that_is_rolled_back_gives_its_lock_back_and_removes_nothing(
    rig: Rig, workshop: Workshop
) -> None:
    for index in range(2):
        apply(rig, workshop, f"1.0.{index}")
    rig.supervisor.manners["2.0.0"] = None
    with pytest.raises(RefusedError, match="it crashed"):
        apply(rig, workshop, "2.0.0")
    assert len(prune.releases(rig.layout)) == 3
    assert rig.device.lock.read(time.time()) is None


def test_a_lock_that_expired_and_is_somebody_elses_by_now_leaves_all_blobs(
    rig: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(rig, workshop, "1.0.0")
    restart = rig.supervisor.restart

    def taken_over() -> None:
        rig.device.lock._file.unlink()
        rig.device.lock.take("she@desk", "hers", 60.0, time.time())
        restart()

    monkeypatch.setattr(rig.supervisor, "restart", taken_over)
    ended = apply(rig, workshop, "1.0.1")
    assert ended["phase"] == "good"
    assert "pruned" not in ended
    assert "old releases stay: " in str(ended["warnings"])


def test_who_asks_is_told_whether_the_lock_was_given_back(
    rig: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert apply(rig, workshop, "1.0.0")["unlocked"]

    def broken(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("deploy.agent.lock.RolloutLock.release", broken)
    assert "unlocked" not in apply(rig, workshop, "1.0.1")


def test_that_old_releases_cannot_be_removed_fails_no_good_push(
    rig: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(prune, "prune", broken)
    ended = apply(rig, workshop, "1.0.0")
    assert ended["phase"] == "good"
    assert "old releases stay: [Errno 5]" in str(ended["warnings"])
    assert rig.device.lock.read(time.time()) is None
