"""Where the daemon tells how it is: a file, and the device's own port."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator

from edge.contract.health import FILE_NAME
from edge.contract.section import PathText, Section

_ADDRESS = r"^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}$"


class HealthSettings(Section):
    """The health record.

    Attributes:
        path: None for systemd's RuntimeDirectory where there is one, else beside the outbox.
    """

    path: PathText | None = None

    def path_beside(self, outbox: Path) -> Path:
        """The path in force."""
        if self.path is not None:
            return self.path
        runtime = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
        return (Path(runtime) if runtime else outbox.parent) / FILE_NAME


class HttpSettings(Section):
    """The device's own port: ``/livez``, ``/readyz`` and ``/metrics``.

    Attributes:
        bind: ``host:port``; None for no server. There is no login: bind to localhost, or to an
            address that only the monitoring reaches.
        metrics: Whether ``/metrics`` (Prometheus) is served too.
        preview: Pictures; still being built, true is refused.
    """

    bind: Annotated[str, Field(pattern=_ADDRESS)] | None = None
    metrics: bool = True
    preview: bool = False

    @field_validator("preview")
    @classmethod
    def _not_yet(cls, value: Any) -> Any:
        if value:
            raise ValueError("is not in this version yet; leave it at its default")
        return value

    @field_validator("bind")
    @classmethod
    def _known_port(cls, bind: str | None) -> str | None:
        if bind is not None and not 0 < int(bind.rpartition(":")[2]) <= 65_535:
            raise ValueError("the port must be 1 to 65535")
        return bind

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port."""
        if self.bind is None:
            return None
        host, _, port = self.bind.rpartition(":")
        return host.strip("[]"), int(port)
