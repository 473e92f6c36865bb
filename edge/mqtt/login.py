"""A guest's connection to the broker: for ``check``, ``doctor`` and ``watch``, not for the daemon."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edge.errors import SourceError
from edge.mqtt import refusals
from edge.mqtt.happenings import UNSUPPORTED_VERSION, Accepted, Happening, Lost, Refused
from edge.mqtt.link import Link, OpenLink, PahoLink
from edge.mqtt.settings import MqttSettings, MqttVersion


@dataclass(frozen=True, slots=True)
class Login:
    """A connection that the broker has accepted.

    Attributes:
        link: To be driven on by whoever asked.
        version: The version that both sides speak.
        happened: What else the link has told by now.
    """

    link: Link
    version: MqttVersion
    happened: list[Happening]


@contextlib.contextmanager
def logged_in(
    settings: MqttSettings,
    name: str,
    *,
    over: Callable[[], bool] = lambda: False,
    open_link: OpenLink = PahoLink,
) -> Iterator[Login]:
    """Connect on MQTT 5, or else on 3.1.1, and leave politely; nothing is kept for us by the broker.

    Args:
        settings: The broker.
        name: Of the guest; the client id is made unique, so that nobody is pushed out.
        over: Asked while the answer is waited for; True ends that.
        open_link: The seam to MQTT.

    Raises:
        ConfigError: A TLS file is missing or unusable.
        SourceError: The broker is away or refuses; says why and what to do.
    """
    guest = settings.model_copy(update={"session_expiry_s": 0})
    client_id = f"{name}-{secrets.token_hex(4)}"
    versions: tuple[MqttVersion, ...] = ("5", "3.1.1") if settings.version == "auto" else (settings.version,)
    for version in versions:
        link = open_link(guest, client_id, None, version)
        try:
            answer, happened = _ask(link, settings, over)
            if not isinstance(answer, (Refused, Lost)):
                yield Login(link, version, happened)
                return
            ended = answer
        finally:
            link.close(goodbye=True)
        # Some brokers hang up, or are silent, instead of saying that they speak no 5.
        if isinstance(ended, Refused) and ended.code != UNSUPPORTED_VERSION:
            break
    if isinstance(ended, Refused):
        raise SourceError(refusals.refusal(ended, settings))
    raise SourceError(refusals.loss(ended, settings, accepted=False))


def try_login(settings: MqttSettings, *, open_link: OpenLink = PahoLink) -> MqttVersion:
    """Connect and leave; the version that the broker speaks.

    Raises:
        ConfigError: A TLS file is missing or unusable.
        SourceError: The broker is away or refuses; says why and what to do.
    """
    with logged_in(settings, "emotion-check", open_link=open_link) as login:
        return login.version


def _ask(
    link: Link, settings: MqttSettings, over: Callable[[], bool]
) -> tuple[Accepted | Refused | Lost, list[Happening]]:
    """What the broker says, and what has happened beside."""
    try:
        link.open()
    except (OSError, ValueError) as err:
        raise SourceError(refusals.open_failure(err, settings)) from err
    until_s = time.monotonic() + settings.connect_timeout_s
    while time.monotonic() < until_s and not over():
        happened = link.step(0.1)
        for place, happening in enumerate(happened):
            if isinstance(happening, (Accepted, Refused, Lost)):
                return happening, happened[place + 1 :]
    return Lost(f"no answer within {settings.connect_timeout_s:g} s; is it MQTT?"), []
