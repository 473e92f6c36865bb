"""Wheels are unpacked and compiled once; each release links to the files: ten take the room of one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.agent import durable
from deploy.agent.blobs import BlobStore
from deploy.agent.layout import Layout
from deploy.agent.manifest import Blob
from deploy.agent.refusal import RefusedError

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

#: ``<name>-<version>.data/<where>/...``: what a wheel puts beside its packages.
_OUTSIDE = re.compile(r"[^/]+\.data/(?P<where>[^/]+)/(?P<rest>.+)")
#: Test suites are a third of NumPy and no daemon imports them.
_NOT_COMPILED = "/tests?/"


class WheelStore:
    """The unpacked wheels of one device, by Python and sha256: trees as below an environment's prefix."""

    def __init__(self, layout: Layout, blobs: BlobStore) -> None:
        self._layout, self._blobs = layout, blobs

    def folder(self, wheel: Blob, python: str) -> Path:
        return self._layout.wheels / _tag(python) / wheel.sha256

    def has(self, wheel: Blob, python: str) -> bool:
        """Whether it is unpacked: then its blob need not be here."""
        return self.folder(wheel, python).is_dir()

    def unpack(self, wheels: list[Blob], python: str, interpreter: str) -> None:
        """Unpack and compile what is missing; the verified blobs of it are used up.

        Raises:
            RefusedError: ``bad-wheel``.
        """
        missing = [wheel for wheel in wheels if not self.has(wheel, python)]
        if not missing:
            return
        parent = self._layout.wheels / _tag(python)
        parent.mkdir(exist_ok=True)
        durable.clear(parent)
        for wheel in missing:
            self._unpack(wheel, python)
        # -j 0: a wheel of many modules on all cores; a module that does not compile is its package's affair.
        compile_all = [interpreter, "-m", "compileall", "-q", "-q", "-j", "0", "-x", _NOT_COMPILED]
        folders = [str(durable.beside(self.folder(wheel, python))) for wheel in missing]
        subprocess.run([*compile_all, *folders], check=False, stdout=subprocess.DEVNULL)
        durable.appear(self.folder(wheel, python) for wheel in missing)
        for wheel in missing:
            durable.remove(self._blobs.path(wheel.sha256))

    def link_into(self, environment: Path, wheels: list[Blob], python: str) -> None:
        """Give a new environment the files of all its wheels."""
        for wheel in wheels:
            source = self.folder(wheel, python)
            for folder, _, names in os.walk(str(source)):
                target = environment / os.path.relpath(folder, str(source))
                target.mkdir(parents=True, exist_ok=True)
                for name in names:
                    os.link(os.path.join(folder, name), str(target / name))

    def _unpack(self, wheel: Blob, python: str) -> None:
        import zipfile

        source, target = self._blobs.path(wheel.sha256), durable.beside(self.folder(wheel, python))
        try:
            with zipfile.ZipFile(str(source)) as archive:
                for entry in archive.infolist():
                    place = _place(entry.filename, python)
                    if place is not None and not entry.is_dir():
                        _extract(archive, entry, target / place, python)
        except (zipfile.BadZipFile, ValueError) as err:
            raise RefusedError("bad-wheel", str(err), wheel.path, "build the release again") from err


def site_packages(python: str) -> str:
    """Where packages lie below an environment's prefix."""
    return f"lib/python{python}/site-packages"


def _extract(archive: ZipFile, entry: ZipInfo, path: Path, python: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name == "RECORD" and path.parent.name.endswith(".dist-info"):
        path.write_text(_moved_record(archive.read(entry).decode(), python))
    else:
        with archive.open(entry) as packed, path.open("wb") as out:
            shutil.copyfileobj(packed, out)
    path.chmod(0o644)


def _place(name: str, python: str) -> str | None:
    """Where an entry of the archive goes below the prefix; None for what a device has no use for."""
    if name.startswith("/") or ".." in name.split("/"):
        raise ValueError(f"it holds the path {name!r}")
    outside = _OUTSIDE.fullmatch(name)
    if outside is None:
        return f"{site_packages(python)}/{name}"
    if outside["where"] in ("purelib", "platlib"):
        return f"{site_packages(python)}/{outside['rest']}"
    return outside["rest"] if outside["where"] == "data" else None


def _moved_record(text: str, python: str) -> str:
    """The list of installed files, with the places that they really have: importlib.metadata reads it."""
    import csv
    import io

    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    for row in csv.reader(io.StringIO(text)):
        place = _place(row[0], python) if row else None
        if place is not None:
            rows.writerow([os.path.relpath(place, site_packages(python)), *row[1:]])
    return out.getvalue()


def _tag(python: str) -> str:
    return "cp" + python.replace(".", "")
