"""What a push asks a device for at its beginning: the manifest comes on stdin, which is read once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from deploy.agent import manifest
from deploy.agent.lock import RolloutLock
from deploy.agent.refusal import RefusedError
from deploy.agent.verbs import locking
from tests.deploy.agent.rig import Rig


def _options(file: Path) -> argparse.Namespace:
    given: dict[str, Any] = {"owner": "me@desk", "why": "x", "ttl_s": 60.0, "manifest": file}
    return argparse.Namespace(**given, allow_downgrade=False, allow_rename=False, signature_base64=None)


def test_a_manifest_that_can_be_read_once_is_enough(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    release, load, reads = rig.workshop.release(), manifest.load, iter(range(100))

    def once(file: Path) -> manifest.Manifest:
        if file == release.manifest_path and next(reads):
            raise RefusedError("bad-manifest", "not JSON", "/dev/stdin", "sign again")
        return load(file)

    monkeypatch.setattr(manifest, "load", once)
    found = locking.begin(_options(release.manifest_path), rig.layout, rig.supervisor)
    assert found["locked"]
    assert found["missing"]


def test_whatever_is_refused_at_the_beginning_leaves_no_lock(rig: Rig, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("")
    with pytest.raises(RefusedError, match="not JSON"):
        locking.begin(_options(tmp_path / "empty"), rig.layout, rig.supervisor)
    assert RolloutLock(rig.layout.memory).read(0.0) is None
