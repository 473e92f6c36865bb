"""A release that was good at its gate and is not any more goes back, and the next batch never begins."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from deploy.device import Agent, ConnectionLostError, DeviceError, Ran
from deploy.journal import Tell
from deploy.steps.order import Order
from deploy.steps.soak import soak
from tests.deploy.fake_release import record

WELL = record()
UNPLUGGED = record(broker={"connected": False, "delivered": 3, "trouble": "refused"})


def status(
    *, pid: int = 7, restarts: int = 0, active: bool = True, health: Any = WELL, previous: str = "old"
) -> dict[str, Any]:
    daemon = {"active": active, "pid": pid, "restarts": restarts, "detail": "exit status 3"}
    before = {"id": previous} if previous else None
    return {"current": {"id": "new"}, "previous": before, "daemon": daemon, "health": health}


@dataclass
class PlayedDevice:
    """Answers ``status`` with one after the other, the last one for ever, and notes what else it is asked."""

    looks: list[dict[str, Any]]
    rollback: dict[str, Any] | Exception = field(default_factory=lambda: {"phase": "good"})
    asked: list[list[str]] = field(default_factory=list)

    def run(self, command: Sequence[str], stdin: bytes = b"") -> Ran:
        verb = next(word for word in command if word in ("status", "lock", "rollback", "unlock"))
        if verb == "status":
            return Ran(0, json.dumps(self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]), "")
        self.asked.append(list(command[command.index(verb) :]))
        answer = self.rollback if verb == "rollback" else {}
        if isinstance(answer, Exception):
            raise answer
        return Ran(1 if "error" in answer else 0, json.dumps(answer), "")

    @property
    def verbs(self) -> list[str]:
        return [words[0] for words in self.asked]


def soaked(
    device: PlayedDevice, tmp_path: Path, soak_s: float = 30.0, tell: Tell = lambda *_, **__: None
) -> float:
    """How long it was looked at."""
    manifest = tmp_path / "manifest.json"
    manifest.write_text('{"id": "new"}')
    order = Order("pi", tmp_path / "agent", "me", "why", manifest, soak_s=soak_s)
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    soak(Agent(device, "me"), order, tell, clock=lambda: now[0], sleep=sleep)
    return now[0]


def test_a_release_that_stays_well_is_looked_at_until_its_time_is_over(tmp_path: Path) -> None:
    device = PlayedDevice([status()])
    assert (soaked(device, tmp_path), device.verbs) == (30.0, [])


@pytest.mark.parametrize(
    ("looks", "said"),
    [
        # Up again at every look: Restart=always.
        ([status(), status(pid=8, restarts=1), status(pid=8, restarts=1)], "it crashed after it was good"),
        ([status(restarts=1)], "it crashed after it was good: started again 1 times; exit status 3"),
        ([status(), status(pid=8)], "the daemon was started anew after it was good: process 7, now 8"),
        ([status(), status(active=False), status(active=False)], "the daemon does not run any more"),
        ([status(), status(health=UNPLUGGED), status(health=UNPLUGGED), status()], "broker: refused"),
    ],
)
def test_one_that_crashes_or_is_unwell_twice_in_a_row_is_taken_back(
    tmp_path: Path, looks: list[dict[str, Any]], said: str
) -> None:
    device = PlayedDevice(looks)
    with pytest.raises(DeviceError) as caught:
        soaked(device, tmp_path)
    assert caught.value.code == "rolled-back"
    assert said in str(caught.value)
    assert str(caught.value).endswith("; it was taken back to old, which is healthy again")
    assert device.verbs == ["lock", "rollback", "unlock"]
    assert device.asked[1][:3] == ["rollback", "--to", "old"]


def test_it_is_good_once_its_time_is_over_and_not_before(tmp_path: Path) -> None:
    told: list[tuple[Any, Any]] = []
    soaked(
        PlayedDevice([status()]),
        tmp_path,
        tell=lambda _, **said: told.append((said.get("done"), said.get("outcome"))),
    )
    assert told == [*((done, None) for done in range(0, 31, 5)), (None, "good")]


def test_one_bad_look_alone_is_looked_at_once_more(tmp_path: Path) -> None:
    device = PlayedDevice([status(), status(health=UNPLUGGED), status()])
    assert soaked(device, tmp_path, soak_s=5.0) == 10.0
    assert device.verbs == []


def test_what_was_wrong_when_the_gate_let_it_through_is_no_trouble(tmp_path: Path) -> None:
    assert soaked(PlayedDevice([status(health=UNPLUGGED)]), tmp_path) == 30.0


@pytest.mark.parametrize(
    ("previous", "rollback", "said"),
    [
        (
            "",
            {},
            "it still runs the new release, since it could not be taken back: there is no release before",
        ),
        ("old", {"error": {"code": "locked", "what": "she has it"}}, "could not be taken back: she has it; "),
        ("old", ConnectionLostError("offline: x"), "lost while it was being taken back to old (offline: x)"),
    ],
)
def test_that_it_could_not_be_taken_back_is_told_with_what_to_do(
    tmp_path: Path, previous: str, rollback: Any, said: str
) -> None:
    device = PlayedDevice([status(restarts=2, previous=previous)], rollback)
    with pytest.raises(DeviceError) as caught:
        soaked(device, tmp_path)
    assert caught.value.code == "failed"
    assert said in str(caught.value)


def test_that_what_ran_before_is_not_well_either_is_told(tmp_path: Path) -> None:
    unwell = {"error": {"code": "unhealthy", "what": "it runs, but: broker: refused"}}
    with pytest.raises(DeviceError, match="taken back to old, which is not well: it runs, but") as caught:
        soaked(PlayedDevice([status(restarts=2)], unwell), tmp_path)
    assert caught.value.code == "rolled-back"
