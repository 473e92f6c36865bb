"""Which version of a configuration file this software reads; any other is refused, with what to do.

There has been one version of each file so far. The second brings its migration into this file: the fields of
the older version become those of the newer before the model sees them; what cannot be carried is refused.
A device decides with the software of the release that it tries, in its self-test, before the switch.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

_VERSION = re.compile(r"(?P<name>[a-z]+)/(?P<number>\d+)")


def reads(schema: str) -> BeforeValidator:
    """Requires this schema, and tells an older version, a newer one and another file apart.

    Args:
        schema: As ``edge/1``.
    """

    def check(given: Any) -> Any:
        if given != schema:
            raise PydanticCustomError("inconsistent", "{said}", {"said": _refusal(given, schema)})
        return given

    return BeforeValidator(check)


def _refusal(given: Any, schema: str) -> str:
    """Why it cannot be read (pure)."""
    mine = _VERSION.fullmatch(schema)
    other = _VERSION.fullmatch(given) if isinstance(given, str) else None
    if mine is None or other is None or other["name"] != mine["name"]:
        return f"{given!r} is another kind of file; this one must say {schema}"
    if int(other["number"]) > int(mine["number"]):
        return f"{given} is newer than this software, which reads {schema}; bring newer software with it"
    return f"{given} is older than this software, which reads {schema}; write the file anew for {schema}"
