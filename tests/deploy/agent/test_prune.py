"""Old releases go; what runs and what it returns to stay."""

from __future__ import annotations

import os
import time

import pytest

from deploy.agent import disk, prune
from deploy.agent.__main__ import main
from deploy.agent.arrival import Arrival
from deploy.agent.unpack import Unpacker
from tests.deploy.agent.rig import Rig
from tests.deploy.fake_release import Workshop


def pushed(rig: Rig, workshop: Workshop, count: int) -> list[str]:
    ids = []
    for index in range(count):
        release = workshop.release(f"1.0.{index}")
        rig.push(release)
        os.utime(rig.layout.release(release.manifest.id), (index, index))
        ids.append(release.manifest.id)
    return ids


def test_the_oldest_go_first(rig: Rig, workshop: Workshop) -> None:
    ids = pushed(rig, workshop, 4)
    assert prune.prune(rig.layout, keep=3, min_free_bytes=0)["removed"] == ids[:1]
    assert prune.releases(rig.layout) == ids[1:]


def test_what_runs_and_the_one_before_stay_however_full_the_disk_is(rig: Rig, workshop: Workshop) -> None:
    ids = pushed(rig, workshop, 4)
    rig.device.rollback(ids[0], "")
    assert prune.prune(rig.layout, keep=1, min_free_bytes=1 << 60)["removed"] == ids[1:3]
    assert set(prune.releases(rig.layout)) == {ids[0], ids[3]}


def test_blobs_that_no_release_refers_to_go_with_them(rig: Rig, workshop: Workshop) -> None:
    # All of one moment: the second is pushed over the third.
    now_s = time.time()
    first, second, third = (workshop.release(f"2.0.{index}", now_s=now_s) for index in range(3))
    for release in (first, second, third):
        rig.push(release)
    prune.prune(rig.layout, keep=2, min_free_bytes=0)
    left = {path.name for path in rig.layout.blobs.iterdir()}
    assert left == {blob.sha256 for made in (second, third) for blob in made.manifest.files}
    assert rig.push(second)["phase"] == "good"


def damaged(rig: Rig, release: str) -> None:
    (rig.layout.release(release) / "manifest.json").write_text('{"torn')


def test_a_damaged_release_goes_first_and_keeps_nothing_from_working(rig: Rig, workshop: Workshop) -> None:
    ids = pushed(rig, workshop, 4)
    damaged(rig, ids[1])
    assert prune.prune(rig.layout, keep=4, min_free_bytes=0)["removed"] == [ids[1]]
    damaged(rig, ids[2])  # what it would go back to
    assert prune.prune(rig.layout, keep=4, min_free_bytes=0)["removed"] == []
    new = workshop.release("2.0.0")
    assert rig.push(new)["phase"] == "good"


def test_a_device_whose_release_before_is_damaged_answers_and_takes_a_new_one(
    rig: Rig, workshop: Workshop, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = pushed(rig, workshop, 2)
    damaged(rig, ids[0])
    manifest = str(workshop.release("2.0.0").manifest_path)
    for words in (["status"], ["preflight", "--why", "x", "--manifest", manifest]):
        assert main(["--root", str(rig.root), "--supervisor", "process", *words]) == 0, (
            capsys.readouterr().out
        )


def test_a_bad_release_goes_back_to_one_whose_manifest_is_damaged(rig: Rig, workshop: Workshop) -> None:
    (old,) = pushed(rig, workshop, 1)
    bad = workshop.release("2.0.0")
    rig.upload(bad)
    rig.device._unpacker.unpack(bad.manifest, b"", "python3")
    trial = rig.device.switch.begin(bad.manifest.id, None)
    damaged(rig, old)
    rig.device.switch.back(trial)
    assert f"{old} runs again, but: " in rig.device._restore(trial)
    assert rig.supervisor.started == ["1.0.0", "1.0.0"]
    assert (rig.current, rig.supervisor.running_version()) == (old, "1.0.0")


@pytest.mark.parametrize(("owner", "removes"), [("she@desk", True), ("me@desk", False)])
def test_what_somebody_else_is_just_bringing_is_not_pruned(
    rig: Rig, workshop: Workshop, capsys: pytest.CaptureFixture[str], owner: str, removes: bool
) -> None:
    pushed(rig, workshop, 1)
    rig.device.lock.take("she@desk", "her rollout", 60.0, time.time())
    hers = workshop.release("2.0.0")
    rig.upload(hers)
    words = ["--root", str(rig.root), "--supervisor", "process", "--owner", owner, "prune"]
    assert main(words) == (0 if removes else 1)
    assert ("her rollout" in capsys.readouterr().out) != removes
    assert (rig.device.missing(hers.manifest) != []) == removes


def test_room_that_old_releases_would_leave_counts_and_is_made_before_a_release_travels(
    rig: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushed(rig, workshop, 3)
    coming = workshop.release("1.3.0")
    oldest = prune.releases(rig.layout)[0]
    freeable = prune.freeable_bytes(rig.layout, keep=2, also=coming.manifest)
    assert freeable > 0
    needed = Arrival(rig.layout, Unpacker(rig.layout)).needed_bytes(coming.manifest)
    room = disk.RESERVE_BYTES + needed - 1  # one byte too few, but for the old release
    monkeypatch.setattr(disk, "free_bytes", lambda _: room)
    assert rig.device.obstacles(coming.manifest, allow_downgrade=False) == []
    rig.device.make_room(coming.manifest)
    assert oldest not in prune.releases(rig.layout)
    monkeypatch.setattr(disk, "free_bytes", lambda _: room - freeable)
    (refused,) = rig.device.obstacles(coming.manifest, allow_downgrade=False)
    assert refused.code == "disk-full"
