from __future__ import annotations

import os
import sys

import pytest

from deploy.agent import facts


@pytest.mark.parametrize(
    ("machine", "largest", "said"),
    [
        ("aarch64", (1 << 63) - 1, "aarch64"),
        ("aarch64", (1 << 31) - 1, "armv8l"),
        ("x86_64", (1 << 63) - 1, "x86_64"),
    ],
)
def test_a_64_bit_kernel_under_32_bit_programs_is_told_apart(
    machine: str, largest: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", "pi", "6.12", "#1", machine)))
    monkeypatch.setattr(sys, "maxsize", largest)
    assert facts.architecture() == said
