"""Whose releases a device takes after an ``init``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy.agent import signature
from deploy.device import DeviceError
from deploy.release.sign import allowed_signers
from deploy.steps.trust import merged, trust
from tests.deploy.local_device import Bench
from tests.devices.loopback import keygen

_OPTIONS = 'namespaces="emotion-edge-release"'
_ANNA = f"emotion-edge {_OPTIONS} ssh-ed25519 AAAAANNA anna@desk\n"
_BEN = f"emotion-edge {_OPTIONS} ssh-ed25519 AAAABENN ben@desk\n"


def test_the_first_key_is_taken_and_the_same_one_again_changes_nothing() -> None:
    assert merged("", _ANNA, "refuse") == _ANNA
    assert merged("# nobody yet\n", _ANNA, "refuse") == _ANNA
    theirs = f"# the fleet's\n{_BEN}{_ANNA}"
    assert merged(theirs, _ANNA.rstrip(), "refuse") == theirs


def test_keys_of_others_are_kept_and_named_unless_the_operator_says_what_becomes_of_them() -> None:
    with pytest.raises(DeviceError, match=r"emotion-edge SHA256:\S+ \(anna@desk\).*--add-signer") as caught:
        merged(_ANNA, _BEN, "refuse")
    assert caught.value.code == "other-signers"
    assert merged(_ANNA.rstrip(), _BEN, "keep") == _ANNA + _BEN
    assert merged(_ANNA + _BEN, _BEN, "keep") == _ANNA + _BEN
    assert merged(_ANNA, _BEN, "replace") == _BEN


def test_the_fingerprint_is_the_one_that_ssh_keygen_shows(tmp_path: Path) -> None:
    keygen(tmp_path / "key")
    public = tmp_path / "key.pub"
    shown = subprocess.run(["ssh-keygen", "-lf", str(public)], capture_output=True, text=True, check=True)
    with pytest.raises(DeviceError) as caught:
        merged(allowed_signers({"anna": public.read_text()}), _BEN, "refuse")
    assert f"anna {shown.stdout.split()[1]}" in str(caught.value)


@pytest.mark.integration
def test_a_device_takes_the_releases_of_both_operators_after_one_was_added(
    bench: Bench, tmp_path: Path
) -> None:
    keygen(tmp_path / "bens")
    release, there = bench.workshop.release(), bench.device.root / "etc/emotion-edge/allowed_signers"
    bens = allowed_signers({"ben": (tmp_path / "bens.pub").read_text()})
    before = there.read_text()
    with pytest.raises(DeviceError, match="desk@test SHA256:"):
        trust(bench.agent(), bens, "refuse", bench.tell)
    assert there.read_text() == before
    assert trust(bench.agent(), bens, "keep", bench.tell)["changed"]
    assert there.stat().st_mode & 0o777 == 0o644
    armored = release.signature_path.read_bytes()
    assert signature.doubts(release.manifest.content, armored, there) == []
    assert trust(bench.agent(), bens, "replace", bench.tell)["changed"]
    (doubt,) = signature.doubts(release.manifest.content, armored, there)
    assert (doubt.code, doubt.where) == ("unknown-signer", "signature")
