from __future__ import annotations

from edge.daemon.load_governor import LoadGovernor
from edge.settings import LoadSettings


class Machine:
    """A loop of one-second turns, as busy and hot as the test says."""

    def __init__(self, *, adapt: bool = True) -> None:
        self.busy, self.temperature_c = 0.2, 50.0
        self.now_s = 0.0
        self.governor = LoadGovernor(LoadSettings(adapt=adapt), lambda: self.temperature_c, 0.0)

    def run(self, seconds: int) -> list[float | None]:
        """The limits that were set meanwhile."""
        limits = []
        for _ in range(seconds):
            self.now_s += 1
            self.governor.waited(1 - self.busy)
            if self.governor.look(self.now_s):
                limits.append(self.governor.fps_limit)
        return limits


def test_a_machine_that_keeps_up_is_left_alone() -> None:
    machine = Machine()
    assert machine.run(600) == []
    assert (machine.governor.fps_limit, machine.governor.reason) == (None, None)


def test_a_machine_that_is_too_slow_goes_down_in_steps_to_the_last_one() -> None:
    machine = Machine()
    machine.busy = 0.99
    assert machine.run(60) == [10, 5, 2, 1]
    assert machine.governor.reason == "busy"


def test_a_short_burst_changes_nothing() -> None:
    machine = Machine()
    for _ in range(10):
        machine.busy = 1.0
        assert machine.run(4) == []
        machine.busy = 0.2
        machine.run(1)


def test_a_hot_machine_goes_down_and_comes_back_only_when_it_is_cooler_by_some_degrees() -> None:
    machine = Machine()
    machine.temperature_c = 80.0
    assert machine.run(7) == [10]
    assert machine.governor.reason == "hot"
    machine.temperature_c = 75.0
    assert machine.run(300) == []
    machine.temperature_c = 70.0
    assert machine.run(70) == [None]
    assert machine.governor.reason is None


def test_it_recovers_only_as_far_as_there_is_room() -> None:
    machine = Machine()
    machine.busy = 0.99
    machine.run(20)
    assert machine.governor.fps_limit == 2
    machine.busy = 0.45  # at 2 a second; 5 would need more than there is
    assert machine.run(200) == []
    machine.busy = 0.3
    assert machine.run(70) == [5]


def test_without_a_sensor_only_time_counts() -> None:
    governor = LoadGovernor(LoadSettings(), lambda: None, 0.0)
    for now_s in range(1, 10):
        governor.look(float(now_s))
    assert governor.fps_limit == 10


def test_it_can_be_switched_off() -> None:
    machine = Machine(adapt=False)
    machine.busy = 1.0
    assert machine.run(60) == []
