from __future__ import annotations

from pathlib import Path

import pytest

from deploy import signing_key
from edge.errors import EmotionEdgeError

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA anna@desk\n"


def test_a_key_that_an_ssh_agent_holds_is_given_by_its_public_half(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text(PUBLIC)
    assert signing_key.trusted(tmp_path / "key.pub") == signing_key.trusted(tmp_path / "key")


def test_a_key_without_its_public_half_is_told_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(EmotionEdgeError, match=r"key.pub: no public key.*ssh-keygen -y"):
        signing_key.trusted(tmp_path / "key")
