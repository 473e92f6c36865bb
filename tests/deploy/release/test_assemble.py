"""A release is its content: the same content has the same name, any other has another."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.agent.manifest import parse
from deploy.agent.refusal import RefusedError
from deploy.release.assemble import Parts, Target, assemble
from deploy.release.sign import sign
from deploy.release.store import Release, ReleaseStore
from edge.errors import EmotionEdgeError

_TARGET = Target("pi", "aarch64", "3.11")


def made(folder: Path, content: bytes = b"x", target: Target = _TARGET, now_s: float = 1e9) -> Release:
    parts = Parts("1.0.0", {"config/edge.yaml": content}, {"site": "lab"})
    return assemble(target, parts, ReleaseStore(folder), now_s)


def test_when_it_was_built_does_not_change_its_name(tmp_path: Path) -> None:
    first, second = made(tmp_path), made(tmp_path, now_s=2e9)
    assert first.manifest.id == second.manifest.id
    assert (first.manifest.serial, second.manifest.serial) == (1_000_000_000, 2_000_000_000)
    assert second.manifest.created == "2033-05-18T03:33:20Z"


def test_any_other_content_does(tmp_path: Path) -> None:
    ids = {made(tmp_path).manifest.id, made(tmp_path, b"y").manifest.id}
    ids.add(made(tmp_path, target=Target("hall", "aarch64", "3.11")).manifest.id)
    assert len(ids) == 3


def test_hosts_share_their_blobs(tmp_path: Path) -> None:
    made(tmp_path)
    made(tmp_path, target=Target("hall", "aarch64", "3.11"))
    assert len(list((tmp_path / "blobs").iterdir())) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"1.0.0", b"1.0.1"),
        (b'"path":"config/edge.yaml"', b'"path":"../edge.yaml"'),
        (b"release/1", b"release/2"),
        (b"{", b"["),
    ],
)
def test_a_manifest_that_was_altered_is_refused(tmp_path: Path, before: bytes, after: bytes) -> None:
    content = made(tmp_path).manifest.content
    with pytest.raises(RefusedError) as refused:
        parse(content.replace(before, after, 1), "m.json")
    assert (refused.value.code, refused.value.where) == ("bad-manifest", "m.json")


@pytest.mark.parametrize("path", ["/etc/passwd", "a/../b", "a//b", ".hidden", "manifest.json", "a b", ""])
def test_a_path_that_leaves_the_release_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(RefusedError):
        assemble(_TARGET, Parts("1.0.0", {path: b"x"}, {}), ReleaseStore(tmp_path))


def test_a_key_that_is_missing_is_told_with_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(EmotionEdgeError, match="ssh-keygen -t ed25519 -f"):
        sign(made(tmp_path), tmp_path / "no-key")


def test_built_again_it_replaces_what_another_push_may_be_sending_only_when_it_is_signed(
    tmp_path: Path,
) -> None:
    first, again = made(tmp_path), made(tmp_path, now_s=2e9)
    first.publish(b"of the first serial")
    with pytest.raises(EmotionEdgeError):
        sign(again, tmp_path / "no-key")
    assert again.manifest_path.read_bytes() == first.manifest.content
    assert again.signature_path.read_bytes() == b"of the first serial"
    again.publish(b"of the second")
    assert again.manifest_path.read_bytes() == again.manifest.content
    assert again.signature_path.read_bytes() == b"of the second"
