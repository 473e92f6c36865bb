"""Advice about the broker, told to those who gave options instead of a configuration (pure)."""

from __future__ import annotations

import re

_OPTIONS = {
    "port": "--port",
    "username": "--username",
    "password": "--password",
    "tls": "--tls",
    "tls.ca": "--ca",
}
#: A field by itself, and not the beginning of a host name.
_FIELD = re.compile(r"(?<![\w.-])mqtt\.(host|port|username|password|tls\.ca|tls)(?![\w-]|[.:]\w)")
_CLIENT_CERTIFICATE = "set mqtt.tls.cert and mqtt.tls.key"


def in_options(said: str, host: str) -> str:
    """The same with the names of options where fields of ``mqtt`` stood.

    Args:
        said: By :mod:`edge.mqtt.refusals` or :mod:`edge.mqtt.tls`.
        host: The option for the broker's name: the commands differ in it alone.
    """
    said = said.replace(_CLIENT_CERTIFICATE, "this command can show none")
    return _FIELD.sub(lambda field: _OPTIONS.get(field[1], host), said)
