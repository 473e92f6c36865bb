"""Wheels become an environment without pip: unpacked once, linked into each release."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from deploy.agent.blobs import BlobStore
from deploy.agent.layout import Layout
from deploy.agent.refusal import RefusedError
from deploy.agent.wheels import WheelStore, site_packages
from deploy.release.assemble import Parts, Target, assemble
from deploy.release.store import Release, ReleaseStore

_PYTHON = f"3.{sys.version_info[1]}"
_FILES = {
    "pkg/__init__.py": "VALUE = 42\n",
    "pkg-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\n",
    "pkg-1.0.data/data/share/pkg/example.txt": "hello",
    "pkg-1.0.data/scripts/pkg-tool": "#!python\n",
}


def wheel(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr("pkg-1.0.dist-info/RECORD", "".join(f"{name},,\n" for name in files))
    return out.getvalue()


def unpacked(tmp_path: Path, content: bytes) -> tuple[WheelStore, Release]:
    store = ReleaseStore(tmp_path / "store")
    parts = Parts("1.0", {"wheels/pkg-1.0-py3-none-any.whl": content}, {})
    release = assemble(Target("h", "x86_64", _PYTHON), parts, store)
    layout = Layout(tmp_path / "device")
    layout.make()
    blobs = BlobStore(layout)
    for blob in release.manifest.files:
        blobs.receive(blob.sha256, blob.bytes, 0, store.blob(blob.sha256))
    wheels = WheelStore(layout, blobs)
    wheels.unpack(release.manifest.wheels, _PYTHON, sys.executable)
    return wheels, release


def test_an_environment_imports_what_was_linked_into_it(tmp_path: Path) -> None:
    wheels, release = unpacked(tmp_path, wheel(_FILES))
    assert release.manifest.packages == {"pkg": "1.0"}
    places = []
    for name in ("first", "second"):
        venv = tmp_path / name
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(venv)], check=True)
        wheels.link_into(venv, release.manifest.wheels, _PYTHON)
        said = subprocess.run(
            [venv / "bin/python", "-I", "-c", "import pkg; print(pkg.VALUE, pkg.__cached__)"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        assert said[0] == "42"
        assert Path(said[1]).exists(), "compiled beforehand: the daemon may not write there"
        places.append(venv / site_packages(_PYTHON) / "pkg/__init__.py")
    assert places[0].samefile(places[1])


def test_files_beside_the_packages_are_found_by_their_record(tmp_path: Path) -> None:
    wheels, release = unpacked(tmp_path, wheel(_FILES))
    folder = wheels.folder(release.manifest.wheels[0], _PYTHON)
    (found,) = metadata.distributions(path=[str(folder / site_packages(_PYTHON))])
    listed = {Path(str(file.locate())).resolve() for file in found.files or ()}
    assert (folder / "share/pkg/example.txt").resolve() in listed
    assert not [path for path in listed if path.name == "pkg-tool"]


def test_a_wheel_that_reaches_outside_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        unpacked(tmp_path, wheel({"../evil.py": ""}))
    assert refused.value.code == "bad-wheel"
    assert not list(tmp_path.rglob("evil.py"))


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    wheels, release = unpacked(tmp_path, wheel(_FILES))
    layout = Layout(tmp_path / "device")
    other = release.manifest.wheels[0]._replace(sha256="0" * 64)
    (layout.blobs / other.sha256).write_bytes(b"not a zip")
    with pytest.raises(RefusedError, match="not a zip file"):
        wheels.unpack([other], _PYTHON, sys.executable)
    assert not wheels.has(other, _PYTHON)
