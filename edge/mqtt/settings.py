"""How the broker is reached, and how events are kept until it has them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from edge.cameras import Section

_HOST = r"^[A-Za-z0-9:][A-Za-z0-9.:_-]*$"
Seconds = Annotated[float, Field(gt=0, le=86_400)]


def default_outbox_path() -> Path:
    """systemd's StateDirectory where there is one, else the user's own state folder."""
    state = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if state:
        return Path(state) / "outbox.sqlite3"
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "emotion-edge" / "outbox.sqlite3"


class TlsSettings(Section):
    """Encryption; an empty section checks the broker against the system's own authorities.

    ``ca`` pins the authority, ``cert`` and ``key`` (PEM) identify this device.
    """

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    @model_validator(mode="after")
    def _certificate_and_key(self) -> TlsSettings:
        if (self.cert is None) != (self.key is None):
            raise ValueError("a client certificate needs both cert and key")
        return self


class MqttSettings(Section):
    """The broker. ``port`` is 1883, with TLS 8883, unless given."""

    host: Annotated[str, Field(pattern=_HOST, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    tls: TlsSettings | None = None
    username: Annotated[str, Field(min_length=1)] | None = None
    password: SecretStr | None = None
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 30
    connect_timeout_s: Seconds = 5.0
    #: Waits between attempts double from the first to the second, with jitter, for ever.
    backoff_min_s: Seconds = 1.0
    backoff_max_s: Seconds = 30.0
    #: A window that waited longer than this is sent with ``historical: true``.
    historical_after_s: Seconds = 60.0

    @model_validator(mode="after")
    def _consistent(self) -> MqttSettings:
        if self.password is not None and self.username is None:
            raise ValueError("a password needs a username")
        if self.backoff_min_s > self.backoff_max_s:
            raise ValueError("backoff_min_s must not exceed backoff_max_s")
        if (
            any(not label or len(label) > 63 for label in self.host.rstrip(".").split("."))
            and ":" not in self.host
        ):
            raise ValueError(f"{self.host!r} is not a host name: empty or overlong part")
        return self

    @property
    def effective_port(self) -> int:
        """The port in force."""
        return self.port or (8883 if self.tls else 1883)

    @property
    def address(self) -> str:
        """host:port, for messages."""
        return (
            f"[{self.host}]:{self.effective_port}"
            if ":" in self.host
            else f"{self.host}:{self.effective_port}"
        )


class OutboxSettings(Section):
    """Where windows wait for the broker; whatever bound is reached first, the oldest go."""

    path: Path = Field(default_factory=default_outbox_path)
    max_bytes: Annotated[int, Field(ge=65_536)] = 64 * 1024 * 1024
    max_age_s: Annotated[float, Field(ge=60)] = 7 * 86_400.0
