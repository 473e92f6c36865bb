"""A device on which somebody had set up a daemon before the first push."""

from __future__ import annotations

from tests.devices.bench import LAUNCHER, Bench, good, settled, times, until

_UNIT, _CONFIGURATION = "/etc/systemd/system/emotion-edge.service", "/etc/emotion-edge/edge.yaml"
_BY_HAND = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n"


def bad_push_over_a_hand_made_daemon(bench: Bench) -> str:
    """It runs on as it was, also after a reboot; a good push then takes its place and keeps its files."""
    machine = bench.machine
    machine.power_cut()
    machine.reset()
    machine.boot()
    bench.desk.prepare(machine)
    machine.put(_BY_HAND.encode(), _UNIT)
    machine.put(b"by hand", _CONFIGURATION)
    machine.ssh("sudo systemctl daemon-reload && sudo systemctl enable --now emotion-edge")
    bad = bench.desk.spoil("2.1.0", good(bench), LAUNCHER.format(first="exit 3"))
    state = bench.desk.push(machine, bad)
    assert state["phase"] == "rolled-back", state
    _check_as_it_was(bench)
    machine.ssh("sync")
    machine.power_cut()
    machine.boot()
    _check_as_it_was(bench)
    bench.desk.greet(machine)
    after = bench.desk.push(machine, bench.desk.build("1.0.0"))
    assert after["phase"] == "good", after
    assert settled(bench)["version"] == "1.0.0"
    kept = machine.says(f"sudo cat {_UNIT}.before-deploy {_CONFIGURATION}.before-deploy")
    assert kept == f"{_BY_HAND}by hand", kept
    return f"{state['phase']}: {state['reason']}; then a good one: {times(after)}"


def _check_as_it_was(bench: Bench) -> None:
    said = bench.machine.says(f"sudo cat {_UNIT} {_CONFIGURATION}")
    assert said == f"{_BY_HAND}by hand", said
    # It is started without waiting for it, and an emulated processor takes its time.
    until(lambda: bench.machine.says("systemctl is-active emotion-edge") == "active", "the hand-made daemon")
    assert "sleep" in bench.machine.says("ps -o args= $(systemctl show -P MainPID emotion-edge)")
