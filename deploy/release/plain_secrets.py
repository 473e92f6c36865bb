"""Secrets that stand in a configuration in words: releases hold the names of secrets only (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deploy.release.credentials import STORE, file_name
from deploy.release.placed import Placed
from edge.contract.yaml_source import VARIABLE, dotted

_SECRET_NAME = re.compile(r"password|secret|token|credential", re.IGNORECASE)
_LOGIN = re.compile(r"://[^/@\s:]*:(?P<value>[^/@\s]*)@")
_NAMES = r"password|passwd|passphrase|pwd|token|secret|api[_-]?key"
#: In a URL: of its query, or of its path, as in /user=admin_password=..._channel=1.
_IN_URL = re.compile(
    rf"(?:[/?&;_]|\b)(?:(?:{_NAMES})|(?<=[?&])pass)=(?P<value>(?:{VARIABLE.pattern}|[^\s&;#/_!\"'])*)",
    re.IGNORECASE,
)
#: A property of a pipeline's element: x264enc has a ``pass`` too, and it is none.
_PROPERTY = re.compile(
    rf"(?<!\w)(?:[\w-]*[_-])?(?:{_NAMES}|user-pw|proxy-pw)=(?P<value>(?:{VARIABLE.pattern}|[^\s!;])*)",
    re.IGNORECASE,
)
#: What GStreamer allows before a value, and quotes round it.
_AROUND = re.compile(r"^[\"']?(?:\(\w+\))?[\"']?|[\"']$")


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


def _in_text(text: str) -> bool:
    """Whether a URL or a pipeline has one among other things."""
    for word in text.split():
        patterns = (_LOGIN, _IN_URL) if "://" in word else (_PROPERTY,)
        values = [match["value"] for pattern in patterns for match in pattern.finditer(word)]
        if any(value and not _by_name(_AROUND.sub("", value)) for value in values):
            return True
    return False


def _by_name(value: str) -> bool:
    """Whether nothing but variables is there."""
    return bool(value) and not VARIABLE.sub("", value)
