"""Releases that become healthy and then die, again and again: systemd starts them each time."""

from __future__ import annotations

import pytest

from deploy.device import Agent, DeviceError
from deploy.steps.order import Order
from deploy.steps.soak import soak
from tests.devices.bench import LAUNCHER, Bench, good, settled, taken_back, whole

#: Beside the daemon, whose process id ``$$`` stays when the shell becomes it. Its first record is written
#: before it is ready; killed, so that it can say nothing.
_DIES = (
    "{{ (until grep -qs '\"pid\":'$$, $RUNTIME_DIRECTORY/health.json; do sleep 1; done; "
    "sleep {seconds}; kill -9 $$) & }}"
)
#: Longer than the gate takes from the first record on, on an emulated processor.
_AFTER_THE_GATE_S = 150


def dies_while_it_is_watched(bench: Bench) -> str:
    """The device's own gate sees it."""
    release = bench.desk.spoil("2.1.1", good(bench), _dying(20), soak_s=120)
    return taken_back(bench, release, "rolled-back", "crashed")


def dies_after_the_gate(bench: Bench) -> str:
    """Nobody at the device watches any more; the rollout does, before its next batch."""
    before = settled(bench)
    release = bench.desk.spoil("2.1.2", good(bench), _dying(_AFTER_THE_GATE_S))
    state = bench.desk.push(bench.machine, release)
    assert state["phase"] == "good", state
    with pytest.raises(DeviceError, match="crashed after it was good") as caught:
        soak(
            Agent(bench.machine, "test@desk", brought_to="/tmp/agent.pyz"),
            Order("test-device", bench.desk.folder, "test@desk", "a test", release.manifest_path, soak_s=600),
            lambda *_, **__: None,
        )
    assert caught.value.code == "rolled-back", caught.value
    assert (settled(bench)["id"], whole(bench)) == (before["id"], before["id"])
    return f"good at its gate; {caught.value.code} by the soak: {caught.value}"


def _dying(seconds: float) -> str:
    return LAUNCHER.format(first=_DIES.format(seconds=seconds))
