"""What MQTT 5 lets us say beside a payload (pure); on 3.1.1 nobody hears it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from edge.mqtt.payload import Message

#: A moment is worthless soon, and so is an answer to a command.
_NOW_EXPIRY_S = 10
_RESULT_EXPIRY_S = 300


class Properties(NamedTuple):
    """The properties of one message.

    Attributes:
        content_type: ``application/json`` or ``text/plain``.
        expiry_s: How long the broker keeps it for a subscriber that is away; None for ever.
        user: Pairs by which a consumer can route without parsing: schema, boot, seq.
    """

    content_type: str
    expiry_s: int | None
    user: tuple[tuple[str, str], ...]


def properties_of(message: Message, window_expiry_s: int) -> Properties:
    """The properties of a message that this device publishes."""
    kind = message.topic.rsplit("/", 1)[-1]
    if kind == "status":
        return Properties("text/plain", None, ())
    expiry_s = {"window": window_expiry_s, "now": _NOW_EXPIRY_S}.get(kind)
    if "/result/" in message.topic:
        expiry_s = _RESULT_EXPIRY_S
    fields: dict[str, Any] = json.loads(message.payload) if message.payload else {}
    named = (("schema", "schema"), ("boot", "boot_id"), ("seq", "seq"))
    return Properties(
        "application/json", expiry_s, tuple((name, str(fields[key])) for name, key in named if key in fields)
    )
