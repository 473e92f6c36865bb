"""``emotion-edge watch``: what arrives at a broker, in the terminal."""

from __future__ import annotations

import io
import sys
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console

from edge.mqtt.settings import MqttSettings
from edge.watch.terminal import watch


def run_watch(broker: dict[str, Any], seconds: float | None, *, ascii_only: bool) -> None:
    """Show windows until the time is over or Ctrl-C.

    Raises:
        typer.BadParameter: An option does not fit.
    """
    try:
        settings = MqttSettings.model_validate(broker)
    except ValidationError as err:
        (fault, *_) = err.errors()
        raise typer.BadParameter(
            fault["msg"], param_hint=f"--{fault['loc'][-1] if fault['loc'] else 'host'}"
        ) from err
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What the terminal cannot show, and strangers may well send, is replaced instead of raising.
        sys.stdout.reconfigure(encoding="ascii" if ascii_only else None, errors="replace")
    watch(settings, seconds, Console())
