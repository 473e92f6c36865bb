"""The steps of a push, with the real agent in a folder instead of a device."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.device import ConnectionLostError, DeviceError
from deploy.steps import apply, care, preflight
from deploy.steps.soak import left_release, new_trouble, soak
from deploy.steps.transfer import transfer
from tests.deploy.fake_release import Workshop, record
from tests.deploy.local_device import Bench
from tests.deploy.whole_push import begun, look, push, running, sent

#: Real processes: agents, daemons.
pytestmark = pytest.mark.integration


def test_a_push_brings_the_release_and_a_second_one_changes_nothing(bench: Bench) -> None:
    release = bench.workshop.release()
    push(bench, release)
    assert running(bench) == release.manifest.id
    assert {"preflight", "plan", "transfer", "gate"} <= set(bench.phases)
    bench.told.clear()
    assert push(bench, release)["unchanged"]
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
        look(bench, release)
    assert caught.value.code == "preflight"
    assert "the release is for m68k" in str(caught.value)
    assert "the release is for Python 3.10" in str(caught.value)
    assert running(bench) is None


def test_a_release_that_the_device_does_not_trust_is_refused_before_anything_is_sent(
    bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "stranger").mkdir()
    stranger = Workshop(tmp_path / "stranger").release()
    order = replace(bench.order(stranger), manifest=stranger.manifest_path)
    for asked in (preflight.step, preflight.look):
        with pytest.raises(DeviceError, match=r"a key that this device does not trust.*--add-signer"):
            asked(bench.agent(), order, bench.tell)
    assert bench.agent().call("status")["lock"] is None


def test_a_release_for_another_host_is_refused_unless_the_device_was_renamed(bench: Bench) -> None:
    push(bench, bench.workshop.release())
    other = bench.workshop.release(host="pi-hall")
    with pytest.raises(DeviceError, match=r"for pi-hall, the device runs that of pi-test .*--allow-rename"):
        look(bench, other)
    push(bench, other, allow_rename=True)
    assert running(bench) == other.manifest.id


def test_another_push_is_refused_with_who_and_why(bench: Bench) -> None:
    release = bench.workshop.release()
    look(bench, release)
    with pytest.raises(DeviceError, match=r"me@desk/1 has it since \d+ s: a test") as caught:
        look(bench, release, owner="you@desk/2")
    assert caught.value.code == "locked"


def test_how_long_a_device_is_locked_is_told_by_its_own_clock(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = bench.workshop.release()
    look(bench, release)
    here = time.time
    monkeypatch.setattr(time, "time", lambda: here() - 7200)  # a laptop that has been asleep
    with pytest.raises(DeviceError, match=r"me@desk/1 is changing it since \d+ s .* expires in 3[56]\d\d s"):
        preflight.look(bench.agent("you@desk/2"), bench.order(release, owner="you@desk/2"), bench.tell)


def test_a_release_that_is_not_good_rolls_back_with_its_reason_and_gives_the_lock_back(bench: Bench) -> None:
    good, bad = bench.workshop.release(), bench.workshop.release("1.1.0", crash=True)
    push(bench, good)
    with pytest.raises(DeviceError, match=r"it crashed: .*cannot live") as caught:
        push(bench, bad)
    assert caught.value.code == "rolled-back"
    assert running(bench) == good.manifest.id
    assert bench.agent().call("status")["lock"] is None


def test_a_signature_that_was_tidied_away_is_named_and_the_lock_given_back(bench: Bench) -> None:
    good, release = bench.workshop.release("0.9.0"), bench.workshop.release()
    push(bench, good)
    order, agent = sent(bench, release)
    release.signature_path.unlink()
    with pytest.raises(DeviceError, match=r"manifest\.json\.sig is not there any more; push again") as caught:
        apply.step(agent, order, bench.tell)
    assert caught.value.code == "unsigned"
    assert running(bench) == good.manifest.id
    assert agent.call("status")["lock"] is None


def test_a_transfer_goes_on_where_it_was_cut_off(bench: Bench) -> None:
    big = os.urandom(20_000_000)
    release = bench.workshop.release(files={"bundles/big/model.tflite": big})
    order, agent = bench.order(release), bench.agent()
    looked = look(bench, release)
    whole = sum(blob["bytes"] for blob in looked["missing"])

    class _CutOffError(Exception):
        pass

    def until_half(phase: str, **fields: Any) -> None:
        if fields["done"] > 10_000_000:
            raise _CutOffError

    with pytest.raises(_CutOffError):
        transfer(agent, order, looked["missing"], until_half)
    again = look(bench, release)["missing"]
    left = sum(blob["bytes"] - blob["have_bytes"] for blob in again)
    assert whole - left == 16_000_000
    assert transfer(agent, order, again, bench.tell)["sent_bytes"] == left
    assert look(bench, release)["missing"] == []


def test_a_lost_connection_is_taken_up_again_while_the_device_works_on(bench: Bench) -> None:
    release = bench.workshop.release()
    order, agent = begun(bench, release)
    bench.device.losses = 3
    progress = apply.follow(agent, order, bench.tell, sleep=lambda _s: None)
    assert progress["phase"] == "good"
    assert sum("connection lost" in str(fields.get("reason")) for _, fields in bench.told) == 3


def test_a_connection_that_is_lost_before_anything_began_begins_it_later(bench: Bench) -> None:
    push(bench, bench.workshop.release("0.9.0"))
    release = bench.workshop.release()
    order, agent = sent(bench, release)
    bench.device.losses = 1
    apply.step(agent, order, bench.tell)
    assert running(bench) == release.manifest.id


def test_an_older_failure_of_the_same_release_is_not_taken_for_what_never_began(bench: Bench) -> None:
    good, bad = bench.workshop.release(), bench.workshop.release("1.1.0", check=3)
    push(bench, good)
    with pytest.raises(DeviceError):
        push(bench, bad)
    order, agent = bench.order(bad, "me@desk/2"), bench.agent("me@desk/2")
    looked = preflight.step(agent, order, bench.tell)
    transfer(agent, order, looked["missing"], bench.tell)
    bench.device.losses = 1
    with pytest.raises(DeviceError):
        apply.step(agent, order, bench.tell)
    lines = agent.call("audit")["lines"]
    tried = [line for line in lines if line["verb"] == "apply" and line["release"] == bad.manifest.id]
    assert len(tried) == 2, "the second push was begun once the device was back"


def test_a_push_that_the_device_healed_gives_the_lock_back(bench: Bench) -> None:
    release = bench.workshop.release(gate={"soak_s": 10.0})
    order, agent = begun(bench, release)
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
    order, agent = begun(bench, release)
    assert not look(bench, release)["unchanged"]
    apply.step(agent, order, bench.tell)
    lines = bench.agent().call("audit")["lines"]
    assert [line["outcome"] for line in lines if line["verb"] == "apply"] == ["good"]
    assert running(bench) == release.manifest.id


def test_rollback_returns_to_the_release_before(bench: Bench) -> None:
    first, second = bench.workshop.release(), bench.workshop.release("1.1.0")
    push(bench, first)
    push(bench, second)
    care.rollback(bench.agent(), bench.order(second), bench.tell, "")
    assert running(bench) == first.manifest.id


def test_a_device_that_leaves_the_release_while_it_soaks_is_a_failure(bench: Bench) -> None:
    first, second = bench.workshop.release(), bench.workshop.release("1.1.0")
    push(bench, first)
    push(bench, second)
    soak(bench.agent(), bench.order(second, soak_s=0.0), bench.tell)
    with pytest.raises(DeviceError, match=f"it went back to {second.manifest.id} by itself") as caught:
        soak(bench.agent(), bench.order(first, soak_s=0.0), bench.tell)
    assert caught.value.code == "rolled-back"


def test_a_daemon_that_dies_while_it_soaks_is_followed_by_the_release_before(bench: Bench) -> None:
    first, second = bench.workshop.release(), bench.workshop.release("1.1.0")
    push(bench, first)
    push(bench, second)
    os.kill(int((bench.device.root / "run/emotion-edge/daemon.pid").read_text().split()[0]), signal.SIGKILL)
    with pytest.raises(DeviceError, match="the daemon does not run any more") as caught:
        soak(bench.agent(), bench.order(second, soak_s=0.0), bench.tell, sleep=lambda _s: None)
    assert caught.value.code == "rolled-back"
    assert running(bench) == first.manifest.id
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
