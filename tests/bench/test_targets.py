from __future__ import annotations

from typing import Any

from tests.bench.part_scale import per_face_ms
from tests.bench.targets import verdicts


def spread(median: float) -> dict[str, float]:
    return {"median": median, "low": median, "high": median, "rounds": 5}


def faces(cpu_ms: dict[int, float]) -> dict[str, Any]:
    return {str(n): {"cpu_ms": spread(ms), "faces_per_frame": float(n)} for n, ms in cpu_ms.items()}


def test_a_face_costs_what_it_adds_to_a_frame_without_any() -> None:
    assert per_face_ms(faces({0: 2.0, 1: 3.0, 32: 18.0}), 32) == 0.5


def test_a_target_that_is_missed_is_said_to_be_missed() -> None:
    told = verdicts({"faces": faces({0: 2.0, 1: 3.0, 32: 50.0})})[-1]
    assert "**missed**" in told
    assert "1.50x" in told
    assert "holds" in verdicts({"faces": faces({0: 2.0, 1: 3.0, 32: 18.0})})[-1]


def test_only_what_was_measured_is_judged() -> None:
    assert len(verdicts({})) == 2  # the head of the table


def test_a_peer_is_judged_by_its_own_bound() -> None:
    ours, theirs = {"ratio": spread(1.0)}, {"ratio": spread(7.0)}
    lines = verdicts(
        {"peers": {"one thread": {"emotion-edge": ours, "fer": theirs, "study 1: Haar": theirs}}}
    )
    assert [("missed" in line, "1/7" in line) for line in lines[2:]] == [(True, True), (False, True)]


def test_the_outbox_is_visible_from_a_twentieth_of_the_p95_on() -> None:
    slower = {"p95_ms": spread(5.3), "p95_without_ms": spread(5.0), "ratio": spread(1.06)}
    alike = slower | {"ratio": spread(1.01)}
    lines = verdicts({"outbox": {"event_s": alike, "checkpoint_s": slower}})[2:]
    assert ["missed" in line for line in lines] == [False, True]
