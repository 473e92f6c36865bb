"""Wheels for another machine: asked for by its tags, locked by their hashes."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from deploy.release.wheelhouse import Wheelhouse, platform_tags
from edge.errors import FetchError


def test_a_device_takes_wheels_of_its_own_c_library_and_older() -> None:
    tags = platform_tags("aarch64", "3.11")
    assert tags[0] == "manylinux_2_36_aarch64"
    assert tags[-1] == "manylinux2014_aarch64"
    assert "manylinux_2_17_aarch64" in tags
    assert "manylinux_2_39_aarch64" not in tags


def test_what_is_locked_and_here_needs_no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    house = Wheelhouse(tmp_path, "aarch64", "3.11")
    house.lock.parent.mkdir()
    wheel = house.lock.with_name("a-1.0-py3-none-any.whl")
    wheel.write_bytes(b"wheel")
    asked = hashlib.sha256(b"a>=1").hexdigest()
    digest = hashlib.sha256(b"wheel").hexdigest()
    house.lock.write_text(f"# for {asked}\n{wheel.name} --hash=sha256:{digest}\n")
    assert house.wheels(["a>=1"]) == [wheel]


def test_wheels_stay_until_others_have_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        made_wheel(tmp_path / "index", name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    house = Wheelhouse(tmp_path / "wheels", "aarch64", "3.11")
    first = house.wheels(["a"])
    with pytest.raises(FetchError):
        house.wheels(["a", "missing"])
    monkeypatch.delenv("PIP_FIND_LINKS")
    assert house.wheels(["a"]) == first, "they are here still"
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    assert [path.name for path in house.wheels(["b"])] == ["b-1.0-py3-none-any.whl"]
    assert not first[0].exists()


def made_wheel(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    said = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}-1.0.dist-info/WHEEL", said)
        wheel.writestr(
            f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        )
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")
