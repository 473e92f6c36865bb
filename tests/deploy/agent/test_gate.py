"""Healthy for long enough, or not: decided from looks whose times are given."""

from __future__ import annotations

from typing import Any

import pytest

from deploy.agent.gate import DaemonState, Gate, Terms
from deploy.agent.health import troubles
from deploy.agent.pace import Pace
from deploy.agent.proving import livez
from tests.deploy.fake_release import Workshop, record, slow

_TERMS = Terms(ready_within_s=60.0, soak_s=10.0)
_RUNS = DaemonState(active=True, failed=False, pid=7, restarts=0, detail="running")


def of_pid(told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "pid": 7}


def test_it_is_good_once_it_was_healthy_for_the_whole_soak() -> None:
    gate = Gate(_TERMS, None, 0.0)
    well = of_pid(record())
    assert gate.look(5.0, _RUNS, None) is None
    assert gate.look(6.0, _RUNS, well) is None
    assert gate.look(15.9, _RUNS, well) is None
    verdict = gate.look(16.0, _RUNS, well)
    assert verdict == (True, "healthy for 10 s")


def test_a_bad_moment_begins_the_soak_again() -> None:
    gate = Gate(_TERMS, None, 0.0)
    well = of_pid(record())
    gate.look(1.0, _RUNS, well)
    gate.look(9.0, _RUNS, None)
    gate.look(10.0, _RUNS, well)
    assert gate.look(19.0, _RUNS, well) is None
    assert gate.look(20.0, _RUNS, well) is not None


def test_bad_moments_for_ever_are_not_waited_for() -> None:
    gate = Gate(_TERMS, None, 0.0)
    verdict = None
    for second in range(100):
        verdict = gate.look(float(second), _RUNS, of_pid(record()) if second % 5 else None)
        if verdict is not None:
            break
    assert verdict == (False, "not healthy in time: it has written no health record")
    assert second == 60


@pytest.mark.parametrize(
    "daemon",
    [
        _RUNS._replace(failed=True, detail="exit status 78"),
        _RUNS._replace(restarts=1, detail="exit status 78"),
    ],
)
def test_a_crash_is_never_waited_for(daemon: DaemonState) -> None:
    verdict = Gate(_TERMS, None, 0.0).look(1.0, daemon, of_pid(record()))
    assert verdict == (False, "it crashed: exit status 78")


def test_the_record_of_another_process_counts_for_nothing() -> None:
    gate = Gate(Terms(ready_within_s=0.0), None, 0.0)
    assert gate.look(1.0, _RUNS, record(pid=6)) == (
        False,
        "not healthy in time: it has written no health record",
    )


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (
            record(cameras={"desk": {"state": "reconnecting", "reason": "no such device"}}),
            "camera desk: reconnecting: no such device",
        ),
        (record(broker={"connected": True, "delivered": 0, "trouble": None}), "has acknowledged nothing yet"),
        (record(outbox={"rows": 0, "trouble": "disk full"}), "outbox: disk full"),
        (
            record(cameras={"desk": {"state": "streaming", "trouble": "no frame can be analysed: roi"}}),
            "camera desk: no frame can be analysed: roi",
        ),
        (
            record(cameras={"desk": {"state": "streaming", "frame_age_s": 9.0, "latency_p95_ms": 40.0}}),
            "the newest frame is 9.0 s old",
        ),
        (
            record(cameras={"desk": {"state": "streaming", "frame_age_s": 0.1, "latency_p95_ms": None}}),
            "no frame has been timed yet",
        ),
        (slow(91.0), "too slow: p95 91 ms, limit 90 ms (40 ms before)"),
    ],
)
def test_every_shortfall_is_named(told: dict[str, Any], reason: str) -> None:
    verdict = Gate(_TERMS, record(), 0.0).look(61.0, _RUNS, of_pid(told))
    assert verdict is not None
    assert reason in verdict.reason


def test_a_device_without_a_past_has_only_the_limits_of_the_release() -> None:
    told = of_pid(slow(5000.0))
    assert Gate(Terms(soak_s=0.0), None, 0.0).look(1.0, _RUNS, told) == (True, "healthy for 0 s")
    verdict = Gate(Terms(ready_within_s=0.0, max_p95_ms=1000.0), None, 0.0).look(1.0, _RUNS, told)
    assert verdict == (False, "not healthy in time: too slow: p95 5000 ms, limit 1000 ms (as asked for)")


def test_a_port_that_says_no_is_a_shortfall() -> None:
    gate = Gate(Terms(ready_within_s=0.0, soak_s=0.0), None, 0.0)
    verdict = gate.look(1.0, _RUNS, of_pid(record()), answers=False)
    assert verdict == (False, "not healthy in time: /livez does not answer that it is alive")


def test_a_port_that_cannot_be_listened_to_is_named() -> None:
    reason = "http.bind: 192.0.2.5:8080: cannot be listened to: Address already in use"
    told = troubles({**record(), "ready": False, "reasons": ["camera desk: x", reason]})
    assert told == {"port": reason}


@pytest.mark.parametrize("bind", ["${BIND}", "${ADDRESS}:8080", "", None])
def test_a_port_that_is_not_known_at_the_desk_is_not_asked(workshop: Workshop, bind: str | None) -> None:
    release = workshop.release(configuration={"http": {"bind": bind}})
    assert livez(release.manifest) is None
    known = workshop.release(configuration={"http": {"bind": "0.0.0.0:8080"}})
    assert livez(known.manifest) == "http://127.0.0.1:8080/livez"


def test_terms_of_a_later_version_are_left_to_it() -> None:
    assert Terms.of({"soak_s": 3.0, "phase_of_the_moon": 1}) == Terms(soak_s=3.0)


_UNHEARD = {"connected": True, "delivered": 0, "trouble": None}


@pytest.mark.parametrize(
    ("pace", "told"),
    [
        (Pace(window_s=600.0), record(broker=_UNHEARD)),
        (Pace(), record(broker=_UNHEARD, cameras={"desk": {"state": "disabled", "reason": "paused"}})),
    ],
)
def test_no_window_is_asked_for_that_could_not_have_come(pace: Pace, told: dict[str, Any]) -> None:
    assert Gate(Terms(soak_s=0.0), None, 0.0, pace).look(1.0, _RUNS, of_pid(told)) == (
        True,
        "healthy for 0 s",
    )
    waits = {**told, "outbox": {"rows": 1, "oldest_s": 6.0, "trouble": None}}
    verdict = Gate(Terms(ready_within_s=60.0), None, 0.0, pace).look(61.0, _RUNS, of_pid(waits))
    assert verdict == (False, "not healthy in time: broker: has acknowledged nothing yet")


def test_a_slow_camera_is_judged_by_its_own_pace() -> None:
    pace = Pace.of({"cameras": [{"fps": 0.05}, {"fps": 5}], "aggregate": {"window_s": 30}})
    assert pace == Pace(window_s=30.0, frame_every_s=20.0)
    assert Pace.of({"cameras": [{"fps": "${FPS}"}, {}], "aggregate": None}) == Pace()
    gate = Gate(_TERMS, record(), 0.0, pace)
    for second, p95_ms in ((0.0, 40.0), (5.0, None), (10.0, 40.0)):
        camera = {"state": "streaming", "frame_age_s": 19.9, "latency_p95_ms": p95_ms}
        verdict = gate.look(second, _RUNS, of_pid(record(cameras={"desk": camera})))
    assert verdict == (True, "healthy for 10 s")
    late = {"state": "streaming", "frame_age_s": 51.0, "latency_p95_ms": 40.0}
    verdict = Gate(_TERMS, None, 0.0, pace).look(61.0, _RUNS, of_pid(record(cameras={"desk": late})))
    assert verdict == (False, "not healthy in time: the newest frame is 51.0 s old")
