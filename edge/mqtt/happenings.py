"""What a connection to a broker reports, as values."""

from __future__ import annotations

from dataclasses import dataclass

from edge.mqtt.payload import Message

#: MQTT 5's reason codes from here on are failures.
FIRST_FAILURE = 128
UNSUPPORTED_VERSION = 132


@dataclass(frozen=True, slots=True)
class Accepted:
    """The broker took us in; it takes so many messages before it must acknowledge the first."""

    receive_maximum: int = 65_535


@dataclass(frozen=True, slots=True)
class Refused:
    """The broker said no; ``code`` is MQTT 5's reason code (134: bad user name or password)."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker has answered a subscription: what arrives from now on was sent while we listen."""

    refused: str | None = None
    topic_filter: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker has the message that :meth:`edge.mqtt.link.Link.send` numbered so."""

    number: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """The broker does not take that message (MQTT 5 only: on 3.1.1 it looks like success)."""

    number: int
    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message of a subscription."""

    message: Message
    retained: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone."""

    reason: str


Happening = Accepted | Refused | Subscribed | Acknowledged | Rejected | Arrived | Lost
