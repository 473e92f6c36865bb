"""What a release is measured by: the same device before the push."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.agent.gate import DaemonState, Gate, Terms, Verdict
from tests.deploy.fake_release import record, slow

RUNS = DaemonState(active=True, failed=False, pid=0, restarts=0, detail="running")
WELL = (True, "healthy for 0 s")
NO_CAMERA = {"desk": {"state": "reconnecting", "reason": "no such device"}}


def judged(told: dict[str, Any], before: dict[str, Any] | None) -> Verdict | None:
    return Gate(Terms(ready_within_s=0.0, soak_s=0.0), before, 0.0).look(1.0, RUNS, told)


def camera(**changed: Any) -> dict[str, Any]:
    return record(cameras={"desk": {**record()["cameras"]["desk"], **changed}})


def test_a_release_that_does_as_the_one_before_is_good() -> None:
    assert judged(record(), record()) == WELL


def test_what_was_not_well_before_is_not_held_against_a_release_and_what_is_new_is() -> None:
    before = record(cameras=NO_CAMERA)
    assert judged(before, before) == WELL
    verdict = judged(record(cameras=NO_CAMERA, outbox={"rows": 0, "trouble": "disk full"}), before)
    assert verdict == (False, "not healthy in time: outbox: disk full")


@pytest.mark.parametrize(("before_ms", "limit_ms"), [(40.0, 90.0), (200.0, 300.0)])
def test_latency_may_grow_by_the_factor_or_the_slack_whichever_is_more(
    before_ms: float, limit_ms: float
) -> None:
    assert judged(slow(limit_ms), slow(before_ms)) == WELL
    verdict = judged(slow(limit_ms + 1), slow(before_ms))
    assert verdict is not None
    assert f"limit {limit_ms:.0f} ms ({before_ms:.0f} ms before)" in verdict.reason


@pytest.mark.parametrize(("before_mb", "limit_mb"), [(100, 200), (400, 600)])
def test_memory_may_grow_by_the_factor_or_the_slack_whichever_is_more(before_mb: int, limit_mb: int) -> None:
    before = record(rss_bytes=before_mb * 1_000_000)
    assert judged(record(rss_bytes=limit_mb * 1_000_000), before) == WELL
    assert judged(record(rss_bytes=(limit_mb + 1) * 1_000_000), before) == (
        False,
        f"not healthy in time: too large: {limit_mb + 1} MB, limit {limit_mb} MB",
    )


def test_a_frame_may_be_as_old_as_the_terms_say() -> None:
    assert judged(camera(frame_age_s=5.0), record()) == WELL
    assert judged(camera(frame_age_s=5.1), record()) != WELL


def test_without_a_camera_that_streams_no_frame_is_asked_for() -> None:
    assert judged(record(cameras={"desk": {"state": "disabled"}}), record()) == WELL


def test_a_device_that_has_long_been_on_gives_a_release_its_time() -> None:
    gate = Gate(Terms(ready_within_s=60.0), None, 5000.0)
    assert gate.look(5059.9, RUNS, None) is None
    assert gate.look(5060.0, RUNS, None) == (
        False,
        "not healthy in time: it has written no health record",
    )


def test_a_daemon_that_does_not_run_is_waited_for_and_named() -> None:
    stopped = RUNS._replace(active=False, detail="activating")
    gate = Gate(Terms(ready_within_s=60.0), None, 0.0)
    assert gate.look(1.0, stopped, record()) is None
    assert gate.look(60.0, stopped, record()) == (False, "not healthy in time: not running: activating")
