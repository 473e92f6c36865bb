"""How the broker is reached, and how events are kept until it has them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from edge.contract.section import PathText, Section, at_least, inconsistent

_HOST = r"^[A-Za-z0-9:][A-Za-z0-9.:_-]*$"
MqttVersion = Literal["5", "3.1.1"]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


def default_outbox_path() -> Path:
    """systemd's StateDirectory where there is one, else the user's own state folder."""
    state = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if state:
        return Path(state) / "outbox.sqlite3"
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "emotion-edge" / "outbox.sqlite3"


def _default_for_none(path: object) -> object:
    return default_outbox_path() if path is None else path


#: Of the outbox's path in editors.
_PATH_OR_NULL = WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, {"type": "null"}]})


def _known_form(host: str) -> str:
    if ":" not in host and any(not 0 < len(label) <= 63 for label in host.rstrip(".").split(".")):
        raise ValueError("is not a host name: empty or overlong part")
    return host


class TlsSettings(Section):
    """Encryption; an empty section checks the broker against the system's own authorities.

    ``ca`` pins the authority, ``cert`` and ``key`` (PEM) identify this device.
    """

    ca: PathText | None = None
    cert: PathText | None = None
    key: PathText | None = None

    @field_validator("key")
    @classmethod
    def _with_certificate(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        if "cert" in info.data and (info.data["cert"] is None) != (key is None):
            raise inconsistent("a client certificate needs both cert and key", "cert")
        return key


class MqttSettings(Section):
    """The broker. ``port`` is 1883, with TLS 8883, unless given."""

    host: Annotated[str, Field(pattern=_HOST, max_length=253), AfterValidator(_known_form)]
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    tls: TlsSettings | None = None
    username: Annotated[str, Field(min_length=1)] | None = None
    password: SecretStr | None = None
    #: auto tries 5 and falls back; one that does not answer 5 at all costs a connect_timeout_s a few times.
    version: MqttVersion | Literal["auto"] = "auto"
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 30
    connect_timeout_s: Seconds = 5.0
    #: Waits between attempts double from the first to the second, with jitter, for ever.
    backoff_min_s: Seconds = 0.5
    backoff_max_s: Annotated[Seconds, at_least("backoff_min_s")] = 1.0
    #: After the broker has said no (password, rules) nothing changes soon, and it may ban us.
    refused_retry_s: Seconds = 30.0
    #: Without an acknowledgement for this long the connection is given up: its other end is gone.
    ack_timeout_s: Seconds = 10.0
    #: MQTT 5: the broker keeps our session this long, and the last will waits for our return.
    session_expiry_s: Annotated[int, Field(ge=0, le=86_400)] = 300
    will_delay_s: Annotated[int, Field(ge=0, le=3600)] = 5
    #: MQTT 5: how long the broker keeps a window for a subscriber that is away.
    message_expiry_s: Annotated[int, Field(ge=1, le=31_536_000)] = 604_800
    #: A window that waited longer than this is sent with ``historical: true`` ...
    historical_after_s: Seconds = 60.0
    #: ... and at most so many of them a second, beside what is fresh.
    backlog_rate_hz: Annotated[float, Field(gt=0, le=10_000)] = 100.0

    @field_validator("password")
    @classmethod
    def _with_username(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if password is not None and "username" in info.data and info.data["username"] is None:
            raise inconsistent("a password needs a username", "username")
        return password

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

    path: Annotated[PathText, BeforeValidator(_default_for_none), _PATH_OR_NULL] = Field(
        default_factory=default_outbox_path
    )
    max_bytes: Annotated[int, Field(ge=65_536)] = 64 * 1024 * 1024
    max_age_s: Annotated[float, Field(ge=60)] = 7 * 86_400.0
