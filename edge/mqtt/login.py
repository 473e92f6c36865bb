"""One try to be let in by the broker, for ``emotion-edge check``."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from edge.errors import SourceError
from edge.mqtt import refusals
from edge.mqtt.happenings import Accepted, Lost, Refused
from edge.mqtt.link import Link, PahoLink
from edge.mqtt.settings import MqttSettings


def try_login(settings: MqttSettings, *, open_link: Callable[[MqttSettings, str], Link] = PahoLink) -> None:
    """Connect under a name of our own, so that a running daemon is not pushed out, and leave.

    Raises:
        ConfigError: A TLS file is missing or unusable.
        SourceError: The broker is away or refuses; says why and what to do.
    """
    link = open_link(settings, f"emotion-check-{secrets.token_hex(4)}")
    try:
        try:
            link.open()
        except (OSError, ValueError) as err:
            raise SourceError(refusals.open_failure(err, settings)) from err
        _wait_for_the_answer(link, settings)
    finally:
        link.close(goodbye=True)


def _wait_for_the_answer(link: Link, settings: MqttSettings) -> None:
    until_s = time.monotonic() + settings.connect_timeout_s
    while time.monotonic() < until_s:
        for happening in link.step(0.1):
            if isinstance(happening, Accepted):
                return
            if isinstance(happening, Refused):
                raise SourceError(refusals.refusal(happening, settings))
            if isinstance(happening, Lost):
                raise SourceError(refusals.loss(happening, settings, accepted=False))
    raise SourceError(
        f"broker {settings.address}: no answer within {settings.connect_timeout_s:g} s; is it MQTT?"
    )
