"""Old releases go; what runs and what it returns to stay."""

from __future__ import annotations

import os

from deploy.agent import prune
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
    first, second, third = (workshop.release(f"2.0.{index}") for index in range(3))
    for release in (first, second, third):
        rig.push(release)
    prune.prune(rig.layout, keep=2, min_free_bytes=0)
    left = {path.name for path in rig.layout.blobs.iterdir()}
    assert left == {blob.sha256 for made in (second, third) for blob in made.manifest.files}
    assert rig.push(second)["phase"] == "good"
