"""The packages of a device, for its architecture and Python, whatever this machine is.

They are resolved once and locked by sha256: until the lock file is removed, or the project asks for other
packages, every release for such devices has the same.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from edge.errors import FetchError

#: The C library of the oldest system that brings each Python: JetPack 6, Bookworm, Ubuntu 24.04, Trixie.
_GLIBC_MINOR = {"3.10": 35, "3.11": 36, "3.12": 39, "3.13": 41}
_OLDEST_GLIBC_MINOR = 17
_LOCKED = re.compile(r"(?P<file>\S+\.whl) --hash=sha256:(?P<sha256>[0-9a-f]{64})")


class Wheelhouse:
    """The wheels for one kind of device, in a folder that keeps them."""

    def __init__(self, folder: Path, arch: str, python: str) -> None:
        self._arch, self._python = arch, python
        self._folder = folder / f"{arch}-cp{python.replace('.', '')}"
        #: One line a wheel.
        self.lock = self._folder / "wheels.lock"

    def wheels(self, requirements: Sequence[str]) -> list[Path]:
        """Wheels that satisfy the requirements; downloaded where they are not here.

        Raises:
            FetchError: The package index cannot be reached, or has no wheel for such a device.
        """
        asked = f"# for {hashlib.sha256('|'.join(sorted(requirements)).encode()).hexdigest()}"
        locked = self._locked(asked)
        if locked is not None and all(_is(self._folder / name, sha256) for name, sha256 in locked.items()):
            return [self._folder / name for name in sorted(locked)]
        self._folder.mkdir(parents=True, exist_ok=True)
        if locked is None:
            return self._resolve(requirements, asked)
        pinned = [_pinned(name, sha256) for name, sha256 in locked.items()]
        self._download(pinned, self._folder, locked=True)
        return [self._folder / name for name in sorted(locked)]

    def _resolve(self, requirements: Sequence[str], asked: str) -> list[Path]:
        """Other wheels instead of those that are here, which stay until all of the others are."""
        with tempfile.TemporaryDirectory(dir=self._folder) as fresh:
            self._download(requirements, Path(fresh))
            found = sorted(Path(fresh).glob("*.whl"))
            lines = [asked, *(f"{path.name} --hash=sha256:{_sha256(path)}" for path in found)]
            wheels = [path.replace(self._folder / path.name) for path in found]
            written = Path(fresh) / self.lock.name
            written.write_text("\n".join(lines) + "\n")
            written.replace(self.lock)
        for stale in set(self._folder.glob("*.whl")).difference(wheels):
            stale.unlink()
        return wheels

    def _locked(self, asked: str) -> dict[str, str] | None:
        """File to sha256; None where nothing, or something else, is locked."""
        try:
            head, *lines = self.lock.read_text().splitlines()
        except (FileNotFoundError, ValueError):
            return None
        found = [_LOCKED.fullmatch(line) for line in lines]
        return {match["file"]: match["sha256"] for match in found if match} if head == asked else None

    def _download(self, requirements: Sequence[str], into: Path, *, locked: bool = False) -> None:
        listed = self._folder / "requirements.txt"
        listed.write_text("\n".join(requirements) + "\n")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", self._python]
        command += [f"--platform={tag}" for tag in platform_tags(self._arch, self._python)]
        command += ["--no-deps", "--require-hashes"] if locked else []
        command += ["--dest", str(into), "--requirement", str(listed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            lines = done.stderr.splitlines()
            said = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
            raise FetchError(
                f"wheels for {self._arch}, Python {self._python}: "
                f"{' '.join(said)}; is the package index "
                f"reachable? Once downloaded, they stay in {self._folder}"
            )


def platform_tags(arch: str, python: str) -> list[str]:
    """The manylinux tags that such a device takes, newest first."""
    minors = range(_GLIBC_MINOR[python], _OLDEST_GLIBC_MINOR - 1, -1)
    return [*(f"manylinux_2_{minor}_{arch}" for minor in minors), f"manylinux2014_{arch}"]


def _pinned(wheel: str, sha256: str) -> str:
    name, version = wheel.split("-")[:2]
    return f"{name}=={version} --hash=sha256:{sha256}"


def _is(path: Path, sha256: str) -> bool:
    return path.exists() and _sha256(path) == sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.sha256(handle.read()).hexdigest()
