"""A release reaches a device, or nothing has changed."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from deploy.agent.refusal import RefusedError
from tests.deploy.agent.rig import Rig
from tests.deploy.fake_release import Workshop, record, slow


def test_a_good_release_runs_and_is_kept(rig: Rig, workshop: Workshop) -> None:
    release = workshop.release("1.0.0")
    ended = rig.push(release)
    assert (ended["phase"], ended["reason"]) == ("good", "healthy for 0 s")
    assert set(ended["phases"]) == {"verify", "unpack", "self-test", "switch", "gate"}
    assert rig.current == release.manifest.id
    assert rig.supervisor.started == ["1.0.0"]
    assert rig.layout.configuration.resolve().read_text() == "version: 1.0.0\n"
    assert rig.layout.agent.read_bytes() == (rig.layout.current / "agent.pyz").read_bytes()


def test_the_same_release_again_restarts_nothing(rig: Rig, workshop: Workshop) -> None:
    rig.push(workshop.release("1.0.0"))
    assert rig.push(workshop.release("1.0.0"))["phase"] == "unchanged"
    assert rig.supervisor.started == ["1.0.0"]


def test_only_what_is_new_is_asked_for(rig: Rig, workshop: Workshop) -> None:
    rig.push(workshop.release("1.0.0"))
    changed = workshop.release("1.0.0", files={"config/edge.yaml": b"version: other\n"})
    assert [blob["bytes"] for blob in rig.device.missing(changed.manifest)] == [len(b"version: other\n")]


@pytest.mark.parametrize(
    ("manners", "reason"),
    [
        (None, "it crashed: exit status 3"),
        (record(schema="other"), "not healthy in time: it has written no health record"),
        (
            record(broker={"connected": False, "delivered": 0, "trouble": "no route"}),
            "not healthy in time: broker: no route",
        ),
        (slow(400.0), "not healthy in time: too slow: p95 400 ms, limit 90 ms (40 ms before)"),
        (record(rss_bytes=900_000_000), "not healthy in time: too large: 900 MB, limit 200 MB"),
    ],
)
def test_a_release_that_is_worse_than_the_one_before_is_taken_back(
    rig: Rig, workshop: Workshop, manners: dict[str, object] | None, reason: str
) -> None:
    good, bad = workshop.release("1.0.0"), workshop.release("2.0.0")
    rig.push(good)
    rig.supervisor.manners["2.0.0"] = manners
    with pytest.raises(RefusedError) as refused:
        rig.push(bad)
    assert (refused.value.code, refused.value.what) == ("rolled-back", reason)
    assert refused.value.do == f"mend the release; 1.0.0 ({good.manifest.id}) is healthy again"
    assert refused.value.more == {"log": ["last words"]}
    assert rig.current == good.manifest.id
    assert rig.supervisor.started == ["1.0.0", "2.0.0", "1.0.0"]
    state = rig.device.progress.read()
    assert (state["phase"], state["error"]["code"]) == ("rolled-back", "rolled-back")
    assert [line["outcome"] for line in rig.device.audit.last(2)] == ["good", "rolled-back"]


def test_a_first_release_that_is_bad_leaves_nothing_running(rig: Rig, workshop: Workshop) -> None:
    rig.supervisor.manners["1.0.0"] = None
    with pytest.raises(RefusedError, match="nothing ran before, so nothing runs"):
        rig.push(workshop.release("1.0.0"))
    assert rig.current is None
    assert rig.supervisor.started == ["1.0.0", None]


def test_what_was_wrong_before_is_not_held_against_a_release(rig: Rig, workshop: Workshop) -> None:
    away = record(broker={"connected": False, "delivered": 0, "trouble": "no route"})
    rig.push(workshop.release("1.0.0"))
    rig.layout.health.write_text(json.dumps(away))
    rig.supervisor.manners["2.0.0"] = away
    assert rig.push(workshop.release("2.0.0"))["phase"] == "good"


def test_a_release_is_compared_with_what_ran_before_not_with_that_beside_its_own_self_test(
    rig: Rig, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.push(workshop.release("1.0.0"))
    tried = rig.supervisor.try_command

    def beside(*given: Any) -> Any:
        rig.layout.health.write_text(json.dumps(slow(400.0)))
        return tried(*given)

    monkeypatch.setattr(rig.supervisor, "try_command", beside)
    rig.supervisor.manners["2.0.0"] = slow(400.0)
    with pytest.raises(RefusedError, match=r"too slow: p95 400 ms, limit 90 ms \(40 ms before\)"):
        rig.push(workshop.release("2.0.0"))


def test_a_release_that_fails_its_self_test_is_never_started(rig: Rig, workshop: Workshop) -> None:
    rig.push(workshop.release("1.0.0"))
    rig.supervisor.self_test = 78
    with pytest.raises(RefusedError, match="exit status 78: BAD   classifier: no") as refused:
        rig.push(workshop.release("2.0.0"))
    assert refused.value.code == "self-test-failed"
    assert rig.supervisor.started == ["1.0.0"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"arch": "armv7l"}, "wrong-arch"),
        ({"host": "pi-hall"}, "another-host"),
        ({"python": "3.99"}, "wrong-python"),
        ({"now_s": time.time() - 3600}, "downgrade"),
        ({"now_s": time.time() + 400 * 86_400, "configuration": {"x": 1}}, "wrong-clock"),
    ],
)
def test_a_release_that_does_not_fit_the_device_is_refused(
    rig: Rig, workshop: Workshop, changed: dict[str, object], code: str
) -> None:
    good = workshop.release("1.0.0")
    rig.push(good)
    with pytest.raises(RefusedError) as refused:
        rig.push(workshop.release("0.9.0", **changed))  # type: ignore[arg-type]
    assert refused.value.code == code
    assert rig.current == good.manifest.id
    assert rig.device.progress.read()["error"]["code"] == code


def test_a_downgrade_that_is_wanted_is_done(rig: Rig, workshop: Workshop) -> None:
    rig.push(workshop.release("1.0.0"))
    older = workshop.release("0.9.0", now_s=time.time() - 3600)
    rig.upload(older)
    assert rig.apply(older, allow_downgrade=True)["phase"] == "good"


def test_an_altered_manifest_is_refused(rig: Rig, workshop: Workshop) -> None:
    release = workshop.release("1.0.0")
    rig.upload(release)
    forged = rig.root / "forged.json"
    forged.write_bytes(release.manifest.content + b" ")
    with pytest.raises(RefusedError) as refused:
        rig.device.apply(forged, release.signature_path, allow_downgrade=False)
    assert refused.value.code == "bad-signature"
    forged.write_bytes(release.manifest.content.replace(b'"1.0.0"', b'"6.6.6"'))
    with pytest.raises(RefusedError) as refused:
        rig.device.apply(forged, release.signature_path, allow_downgrade=False)
    assert refused.value.code == "bad-manifest"


def test_a_release_without_signature_is_refused(rig: Rig, workshop: Workshop) -> None:
    release = workshop.release("1.0.0")
    rig.upload(release)
    with pytest.raises(RefusedError) as refused:
        rig.device.apply(release.manifest_path, rig.root / "none.sig", allow_downgrade=False)
    assert refused.value.code == "unsigned"


def test_a_signer_that_the_device_does_not_know_is_refused(rig: Rig, workshop: Workshop) -> None:
    release = workshop.release("1.0.0")
    rig.layout.allowed_signers.write_text(workshop.trusted().replace("AAAAC3Nz", "AAAAC3Nz", 1)[:20] + "\n")
    with pytest.raises(RefusedError) as refused:
        rig.push(release)
    assert refused.value.code == "unknown-signer"


def test_an_altered_blob_is_found_and_asked_for_again(rig: Rig, workshop: Workshop) -> None:
    release = workshop.release("1.0.0")
    rig.upload(release)
    blob = release.manifest.files[0]
    path = rig.layout.blobs / blob.sha256
    path.chmod(0o644)
    path.write_bytes(b"x" * blob.bytes)
    with pytest.raises(RefusedError) as refused:
        rig.apply(release)
    assert refused.value.code == "bad-blob"
    assert [missing["sha256"] for missing in rig.device.missing(release.manifest)] == [blob.sha256]


def test_a_lock_of_somebody_else_holds_until_it_expires(rig: Rig, workshop: Workshop) -> None:
    rig.layout.make()
    rig.device.lock.take("she@desk", "a rollout", 60.0, time.time())
    with pytest.raises(RefusedError, match=r"she@desk has it since \d s: a rollout") as refused:
        rig.push(workshop.release("1.0.0"))
    assert refused.value.code == "locked"
    rig.device.lock.take("she@desk", "a rollout", -1.0, time.time())
    assert rig.push(workshop.release("1.0.0"))["phase"] == "good"


def test_rolling_back_by_hand_returns_to_the_release_before(rig: Rig, workshop: Workshop) -> None:
    first, second = workshop.release("1.0.0"), workshop.release("2.0.0")
    rig.push(first)
    rig.push(second)
    assert rig.device.rollback(None, "it annoys us")["phase"] == "good"
    assert rig.current == first.manifest.id
    assert rig.layout.id_of(rig.layout.previous) == second.manifest.id
    assert rig.device.audit.last(1)[0]["reason"] == "it annoys us; healthy for 0 s"


def test_a_release_that_is_unwell_after_rolling_back_is_told(rig: Rig, workshop: Workshop) -> None:
    first = workshop.release("1.0.0")
    rig.push(first)
    rig.push(workshop.release("2.0.0"))
    rig.supervisor.manners["1.0.0"] = None
    with pytest.raises(RefusedError, match="it runs, but: it crashed") as refused:
        rig.device.rollback(None, "it annoys us")
    assert refused.value.code == "unhealthy"
    assert rig.current == first.manifest.id


def test_rolling_back_to_what_is_not_there_names_what_is(rig: Rig, workshop: Workshop) -> None:
    release = workshop.release("1.0.0")
    rig.push(release)
    with pytest.raises(RefusedError, match=release.manifest.id):
        rig.device.rollback("0" * 12, "")


def test_a_configuration_that_was_written_by_hand_is_kept_beside(rig: Rig, workshop: Workshop) -> None:
    rig.layout.configuration.write_text("by hand")
    rig.push(workshop.release("1.0.0"))
    kept = rig.layout.configuration.with_name("edge.yaml.before-deploy")
    assert (kept.read_text(), rig.layout.configuration.is_symlink()) == ("by hand", True)
