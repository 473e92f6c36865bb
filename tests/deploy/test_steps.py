"""The steps of a push, with the real agent in a folder instead of a device."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from deploy.agent.layout import Layout
from deploy.device import Agent, ConnectionLostError, DeviceError, Ran
from deploy.release.store import Release
from deploy.steps import apply, care, preflight
from deploy.steps.order import Order
from deploy.steps.soak import left_release, new_trouble, soak
from deploy.steps.step import run_step
from deploy.steps.transfer import transfer
from tests.deploy.fake_release import record
from tests.deploy.local_device import Bench

#: Real processes: agents, daemons.
pytestmark = pytest.mark.integration


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    with suppress(OSError, ValueError):
        os.kill(int((made.device.root / "run/emotion-edge/daemon.pid").read_text()), signal.SIGKILL)


def _look(bench: Bench, release: Release, **changed: Any) -> dict[str, Any]:
    order = bench.order(release, **changed)
    return preflight.step(bench.agent(order.owner), order, bench.tell)


def _sent(bench: Bench, release: Release) -> tuple[Order, Agent]:
    """A push of it up to where the device changes over."""
    looked, order = _look(bench, release), bench.order(release)
    agent = bench.agent(order.owner)
    transfer(agent, looked["missing"], order.blob_folder, bench.tell)
    return order, agent


def _begun(bench: Bench, release: Release) -> tuple[Order, Agent]:
    """A push of it whose transaction the device has begun."""
    order, agent = _sent(bench, release)
    apply.start(agent, order, wait_s=0.0)
    return order, agent


def _push(bench: Bench, release: Release, **changed: Any) -> dict[str, Any]:
    order, agent = bench.order(release, **changed), bench.agent()
    looked = preflight.step(agent, order, bench.tell)
    if looked["unchanged"]:
        return looked
    transfer(agent, looked["missing"], order.blob_folder, bench.tell)
    return apply.step(agent, order, bench.tell)


def _running(bench: Bench) -> str | None:
    layout = Layout(bench.device.root)
    return layout.id_of(layout.current)


def test_a_push_brings_the_release_and_a_second_one_changes_nothing(bench: Bench) -> None:
    release = bench.workshop.release()
    _push(bench, release)
    assert _running(bench) == release.manifest.id
    assert {"preflight", "plan", "transfer", "gate"} <= set(bench.phases)
    bench.told.clear()
    assert _push(bench, release)["unchanged"]
    assert ("plan", "unchanged") in [(phase, fields.get("outcome")) for phase, fields in bench.told]
    assert bench.agent().call("status")["lock"] is None


def test_a_plan_changes_nothing_at_the_device(bench: Bench) -> None:
    release, before = bench.workshop.release(), _tree(bench)
    order = bench.order(release)
    planned = preflight.look(bench.agent(), order, bench.tell)
    assert planned["diff"]["release"] == [None, release.manifest.id]
    assert {blob["sha256"] for blob in planned["missing"]} == {blob.sha256 for blob in release.manifest.files}
    assert _tree(bench) == before


def _tree(bench: Bench) -> set[Path]:
    return set(bench.device.root.rglob("*"))


def test_what_stands_against_a_release_is_all_told_before_anything_is_sent(bench: Bench) -> None:
    release = bench.workshop.release(arch="m68k", python="3.10")
    with pytest.raises(DeviceError) as caught:
        _look(bench, release)
    assert caught.value.code == "preflight"
    assert "the release is for m68k" in str(caught.value)
    assert "the release is for Python 3.10" in str(caught.value)
    assert _running(bench) is None


def test_a_release_for_another_host_is_refused_unless_the_device_was_renamed(bench: Bench) -> None:
    _push(bench, bench.workshop.release())
    other = bench.workshop.release(host="pi-hall")
    with pytest.raises(DeviceError, match=r"for pi-hall, the device runs that of pi-test .*--allow-rename"):
        _look(bench, other)
    _push(bench, other, allow_rename=True)
    assert _running(bench) == other.manifest.id


def test_another_push_is_refused_with_who_and_why(bench: Bench) -> None:
    release = bench.workshop.release()
    _look(bench, release)
    with pytest.raises(DeviceError, match=r"me@desk/1 has it since \d+ s: a test") as caught:
        _look(bench, release, owner="you@desk/2")
    assert caught.value.code == "locked"


def test_a_release_that_is_not_good_rolls_back_with_its_reason_and_gives_the_lock_back(bench: Bench) -> None:
    good, bad = bench.workshop.release(), bench.workshop.release("1.1.0", crash=True)
    _push(bench, good)
    with pytest.raises(DeviceError, match=r"it crashed: .*cannot live") as caught:
        _push(bench, bad)
    assert caught.value.code == "rolled-back"
    assert _running(bench) == good.manifest.id
    assert bench.agent().call("status")["lock"] is None


def test_a_transfer_goes_on_where_it_was_cut_off(bench: Bench) -> None:
    big = os.urandom(20_000_000)
    release = bench.workshop.release(files={"bundles/big/model.tflite": big})
    order, agent = bench.order(release), bench.agent()
    looked = _look(bench, release)
    whole = sum(blob["bytes"] for blob in looked["missing"])

    class _CutOffError(Exception):
        pass

    def until_half(phase: str, **fields: Any) -> None:
        if fields["done"] > 10_000_000:
            raise _CutOffError

    with pytest.raises(_CutOffError):
        transfer(agent, looked["missing"], order.blob_folder, until_half)
    again = _look(bench, release)["missing"]
    left = sum(blob["bytes"] - blob["have_bytes"] for blob in again)
    assert whole - left == 16_000_000
    assert transfer(agent, again, order.blob_folder, bench.tell)["sent_bytes"] == left
    assert _look(bench, release)["missing"] == []


def test_a_lost_connection_is_taken_up_again_while_the_device_works_on(bench: Bench) -> None:
    release = bench.workshop.release()
    order, agent = _begun(bench, release)
    bench.device.losses = 3
    progress = apply.follow(agent, order, bench.tell, sleep=lambda _s: None)
    assert progress["phase"] == "good"
    assert sum("connection lost" in str(fields.get("reason")) for _, fields in bench.told) == 3


def test_a_connection_that_is_lost_before_anything_began_begins_it_later(bench: Bench) -> None:
    release = bench.workshop.release()
    _push(bench, bench.workshop.release("0.9.0"))
    order, agent = _sent(bench, release)
    bench.device.losses = 1
    apply.step(agent, order, bench.tell)
    assert _running(bench) == release.manifest.id


def test_an_older_failure_of_the_same_release_is_not_taken_for_what_never_began(bench: Bench) -> None:
    good, bad = bench.workshop.release(), bench.workshop.release("1.1.0", check=3)
    _push(bench, good)
    with pytest.raises(DeviceError):
        _push(bench, bad)
    order, agent = bench.order(bad, "me@desk/2"), bench.agent("me@desk/2")
    looked = preflight.step(agent, order, bench.tell)
    transfer(agent, looked["missing"], order.blob_folder, bench.tell)
    bench.device.losses = 1
    with pytest.raises(DeviceError):
        apply.step(agent, order, bench.tell)
    lines = agent.call("audit")["lines"]
    tried = [line for line in lines if line["verb"] == "apply" and line["release"] == bad.manifest.id]
    assert len(tried) == 2, "the second push was begun once the device was back"


def test_a_push_that_the_device_healed_gives_the_lock_back(bench: Bench) -> None:
    release = bench.workshop.release(gate={"soak_s": 10.0})
    order, agent = _begun(bench, release)
    while agent.call("progress")["phase"] != "gate":
        pass
    work = [p for p in Path("/proc").glob("[0-9]*") if str(bench.device.root).encode() in _words(p)]
    for process in work:
        if b"apply" in _words(process).split(b"\0"):
            os.kill(int(process.name), signal.SIGKILL)
    assert agent.call("heal") == {"action": "kept"}
    bench.device.losses = 1  # else another transaction begins, finds nothing to do, and unlocks
    assert apply.step(agent, order, bench.tell)["progress"]["phase"] == "good"
    assert agent.call("status")["lock"] is None
    applied = [line for line in agent.call("audit")["lines"] if line["verb"] == "apply"]
    assert len(applied) <= 1, "the healed transaction was followed, no other one begun"


def _words(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


def test_a_device_that_stays_away_is_left_to_itself(bench: Bench) -> None:
    release = bench.workshop.release()
    bench.device.losses = 1_000
    now = iter(range(0, 10_000, 20))
    with pytest.raises(ConnectionLostError):
        apply.follow(
            bench.agent(), bench.order(release), bench.tell, clock=lambda: next(now), sleep=lambda _s: None
        )
    assert bench.device.losses == 1_000 - 4


def test_a_second_push_of_the_same_release_follows_the_one_that_runs(bench: Bench) -> None:
    release = bench.workshop.release(gate={"soak_s": 8.0})
    order, agent = _begun(bench, release)
    assert not _look(bench, release)["unchanged"]
    apply.step(agent, order, bench.tell)
    lines = bench.agent().call("audit")["lines"]
    assert [line["outcome"] for line in lines if line["verb"] == "apply"] == ["good"]
    assert _running(bench) == release.manifest.id


def test_rollback_returns_to_the_release_before(bench: Bench) -> None:
    first, second = bench.workshop.release(), bench.workshop.release("1.1.0")
    _push(bench, first)
    _push(bench, second)
    care.rollback(bench.agent(), bench.order(second), bench.tell, "")
    assert _running(bench) == first.manifest.id


@pytest.mark.parametrize(("reached", "phase"), [(0, "preflight"), (1, "switch")])
def test_a_rollback_tells_whether_it_was_lost_before_the_device_changed(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reached: int, phase: str
) -> None:
    first, second = bench.workshop.release(), bench.workshop.release("1.1.0")
    _push(bench, first)
    _push(bench, second)
    journal = tmp_path / "journal"
    journal.mkdir()
    run, calls = bench.device.run, iter(range(100))

    def lost(command: Sequence[str], stdin: bytes = b"") -> Ran:
        if next(calls) >= reached:
            raise ConnectionLostError("offline: x")
        return run(command, stdin)

    monkeypatch.setattr(bench.device, "run", lost)
    with pytest.raises(ConnectionLostError):
        run_step(bench.device, _given(bench, journal, second, step="rollback"), check=False)
    last = json.loads((journal / "pi-test.jsonl").read_text().splitlines()[-1])
    assert (last["phase"], last["outcome"]) == (phase, "pending")


def test_a_device_that_leaves_the_release_while_it_soaks_is_a_failure(bench: Bench) -> None:
    first, second = bench.workshop.release(), bench.workshop.release("1.1.0")
    _push(bench, first)
    _push(bench, second)
    soak(bench.agent(), bench.order(second, soak_s=0.0), bench.tell)
    with pytest.raises(DeviceError, match=f"it went back to {second.manifest.id} by itself") as caught:
        soak(bench.agent(), bench.order(first, soak_s=0.0), bench.tell)
    assert caught.value.code == "rolled-back"


def test_a_daemon_that_dies_while_it_soaks_is_followed_by_the_release_before(bench: Bench) -> None:
    first, second = bench.workshop.release(), bench.workshop.release("1.1.0")
    _push(bench, first)
    _push(bench, second)
    os.kill(int((bench.device.root / "run/emotion-edge/daemon.pid").read_text()), signal.SIGKILL)
    with pytest.raises(DeviceError, match="the daemon does not run any more") as caught:
        soak(bench.agent(), bench.order(second, soak_s=0.0), bench.tell, sleep=lambda _s: None)
    assert caught.value.code == "rolled-back"
    assert _running(bench) == first.manifest.id
    assert bench.agent().call("status")["lock"] is None
    assert bench.agent().call("status")["daemon"]["active"]


def test_only_what_was_well_before_is_trouble_after_a_soak() -> None:
    well, unplugged = record(), record(broker={"connected": False, "delivered": 3, "trouble": "refused"})
    daemon = {"active": True, "detail": "running"}
    before, after = {"daemon": daemon, "health": well}, {"daemon": daemon, "health": unplugged}
    assert new_trouble(before, after) == "broker: refused"
    assert new_trouble(after, after) == ""
    assert (
        new_trouble(before, {"daemon": daemon, "health": None})
        == "the daemon writes no health record any more"
    )
    assert left_release({"current": {"id": "a"}}, "a") == ""


def test_a_step_writes_to_the_journal_how_it_failed(bench: Bench, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.mkdir()
    given = _given(bench, journal, bench.workshop.release(arch="m68k"), step="preflight")
    with pytest.raises(DeviceError):
        run_step(bench.device, given, check=False)
    last = (journal / "pi-test.jsonl").read_text().splitlines()[-1]
    assert '"outcome": "failed"' in last
    assert "m68k" in last
    bench.device.losses = 1
    with pytest.raises(ConnectionLostError):
        run_step(bench.device, given, check=False)
    assert '"outcome": "pending"' in (journal / "pi-test.jsonl").read_text().splitlines()[-1]


def _given(bench: Bench, journal: Path, release: Release, step: str) -> dict[str, Any]:
    """What the role tells a step."""
    return {
        "step": step,
        "host": "pi-test",
        "agent": str(bench.agent_file),
        "owner": "me",
        "why": "x",
        "root": str(bench.device.root),
        "supervisor": "process",
        "python": "python3",
        "to": "",
        "manifest": str(release.manifest_path),
        "blobs": "",
        "soak_s": "0",
        "journal": str(journal),
        "lock_ttl_s": "60",
        "lost_after_s": "1",
        "allow_downgrade": False,
        "allow_rename": False,
        "keep_releases": "2",
        "min_free_bytes": "0",
    }
