"""What a release consists of (``release/1``): read, checked, and named by its content."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from deploy.agent.layout import Layout
from deploy.agent.refusal import RefusedError

SCHEMA = "release/1"
FILE_NAME, SIGNATURE_NAME = "manifest.json", "manifest.json.sig"
#: When it was built says nothing about what it is: the same content is the same release.
_OF_THE_BUILD = ("id", "serial", "created")
_ID = re.compile(r"[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*(/[A-Za-z0-9_][A-Za-z0-9._+-]*)*")
_FIELDS = {
    "id": str,
    "version": str,
    "serial": int,
    "created": str,
    "host": str,
    "arch": str,
    "python": str,
    "files": list,
    "gate": dict,
    "configuration": dict,
    "models": dict,
    "packages": dict,
}


class Blob(NamedTuple):
    """One file of a release. ``unpacked_bytes`` is what a wheel takes once it is unpacked."""

    path: str
    sha256: str
    bytes: int
    unpacked_bytes: int

    @property
    def is_wheel(self) -> bool:
        return self.path.startswith("wheels/")


class Manifest(NamedTuple):
    """A checked manifest; the fields are those of its JSON.

    Attributes:
        serial: When it was built, seconds since 1970: an older release has a smaller one.
        python: As ``3.11``.
        configuration: Plain values of ``config/edge.yaml``; secrets are in it by name alone.
        models: Name to version.
        packages: Name to version, of the wheels.
        content: The bytes that were signed.
    """

    id: str
    version: str
    serial: int
    created: str
    host: str
    arch: str
    python: str
    files: list[Blob]
    gate: dict[str, Any]
    configuration: dict[str, Any]
    models: dict[str, str]
    packages: dict[str, str]
    content: bytes

    @property
    def wheels(self) -> list[Blob]:
        return [blob for blob in self.files if blob.is_wheel]

    @property
    def summary(self) -> dict[str, Any]:
        """What lists of releases show."""
        return {"id": self.id, "version": self.version, "serial": self.serial, "models": self.models}


def content_id(document: dict[str, Any]) -> str:
    """The name of a release: the first 12 hexadecimal digits of the sha256 of its content."""
    content = {key: value for key, value in document.items() if key not in _OF_THE_BUILD}
    return hashlib.sha256(canonical(content)).hexdigest()[:12]


def canonical(document: dict[str, Any]) -> bytes:
    """One spelling for one document."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def load(path: Path) -> Manifest:
    """Read a manifest from a file."""
    try:
        return parse(path.read_bytes(), str(path))
    except FileNotFoundError as err:
        raise RefusedError("bad-manifest", "there is no such file", str(path), "upload the manifest") from err


def of(layout: Layout, release_id: str | None) -> Manifest | None:
    """Of a release on this device; None for none, and for a damaged one that does not run.

    Raises:
        RefusedError: ``bad-manifest``: that of the release that runs.
    """
    if release_id is None:
        return None
    try:
        return load(layout.release(release_id) / FILE_NAME)
    except RefusedError:
        if release_id == layout.id_of(layout.current):
            raise
        return None  # an old release must not stand in the way of a new one


def parse(content: bytes, where: str) -> Manifest:
    """Check a manifest.

    Raises:
        RefusedError: ``bad-manifest``: it is no ``release/1``, or was altered since its id was made.
    """
    try:
        document = json.loads(content)
    except ValueError as err:
        raise _bad(f"not JSON ({err})", where) from err
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise _bad(f"not a {SCHEMA} manifest", where)
    for field, kind in _FIELDS.items():
        if not isinstance(document.get(field), kind) or isinstance(document[field], bool):
            raise _bad(f"the field {field} is missing or of the wrong type", where)
    if not _ID.fullmatch(document["id"]) or document["id"] != content_id(document):
        raise _bad("its content is not what its id says", where)
    files = [_blob(entry, where) for entry in document["files"]]
    paths = {blob.path for blob in files}
    if len(paths) != len(files) or paths & {FILE_NAME, SIGNATURE_NAME}:
        raise _bad("a file is listed twice", where)
    given = {field: document[field] for field in _FIELDS if field != "files"}
    return Manifest(files=files, content=content, **given)


def _blob(entry: Any, where: str) -> Blob:
    try:
        blob = Blob(
            str(entry["path"]),
            str(entry["sha256"]),
            int(entry["bytes"]),
            int(entry.get("unpacked_bytes", 0)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise _bad("an entry of files lacks path, sha256 or bytes", where) from err
    if not _PATH.fullmatch(blob.path) or not _SHA256.fullmatch(blob.sha256) or blob.bytes < 0:
        raise _bad(f"the entry {blob.path!r} of files is not plain", where)
    return blob


def _bad(what: str, where: str) -> RefusedError:
    return RefusedError("bad-manifest", what, where, "build and sign the release again")
