"""Secrets that stand in a configuration in words: releases hold the names of secrets only (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deploy.release.credentials import STORE, file_name
from deploy.release.placed import Placed
from edge.contract.yaml_source import dotted

_SECRET_NAME = re.compile(r"password|secret|token|credential", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_LOGIN = re.compile(r"://[^/@\s:]*:(?P<password>[^/@\s]*)@")
#: A field of a URL's query, and a property of a pipeline's element, where short names mean other things too.
_IN_QUERY = re.compile(
    r"[?&](?:\w*_)?(?:password|passwd|pass|pwd|token|secret|auth|api_?key|key)=(?P<value>[^\s&]+)",
    re.IGNORECASE,
)
_PROPERTY = re.compile(
    r"(?<![?&\w])(?:[\w-]+[_-])?(?:password|passwd|pwd|user-pw|proxy-pw|token|secret|api_?key)=(?P<value>\S+)",
    re.IGNORECASE,
)


def found(merged: Placed) -> Iterator[str]:
    """A fault for each; none repeats the secret."""
    for path, value, place in merged.scalars():
        if not isinstance(value, str):
            continue
        in_text = _in_text(value)
        if in_text or (path and _SECRET_NAME.search(str(path[-1])) and not _by_name(value)):
            name = "CAMERA_PASSWORD" if in_text else "_".join(str(word) for word in path).upper()
            yield (
                f"{place}: {dotted(path)}: a secret in words would travel in the release; write ${{{name}}}, "
                f"say, and put the secret on the device into {STORE}/{file_name(name)} (chmod 600)"
            )


def _in_text(value: str) -> bool:
    """Whether a URL or a pipeline has one among other things."""
    login = _LOGIN.search(value)
    if login and not _by_name(login["password"]):
        return True
    fields = (*_IN_QUERY.finditer(value), *_PROPERTY.finditer(value))
    return any(not _by_name(field["value"].strip("\"'")) for field in fields)


def _by_name(value: str) -> bool:
    """Whether nothing but variables is there."""
    return bool(value) and not _VARIABLE.sub("", value)
