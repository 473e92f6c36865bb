"""Where the daemon tells how it is: a file, and the device's own port."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from edge.contract.health import FILE_NAME
from edge.contract.section import PathText, Section, inconsistent
from edge.preview.settings import PreviewSettings

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
    """The device's own port: ``/livez``, ``/readyz``, ``/metrics`` and ``/preview``.

    Attributes:
        bind: ``host:port``; None for no server. Health and metrics know no login: bind to localhost,
            or to an address that only the monitoring reaches.
        metrics: Whether ``/metrics`` (Prometheus) is served too.
        preview: Pictures; ``false`` is short for a section that leaves them off.
    """

    bind: Annotated[str, Field(pattern=_ADDRESS)] | None = None
    metrics: bool = True
    preview: PreviewSettings = PreviewSettings()

    @field_validator("preview", mode="before")
    @classmethod
    def _off(cls, value: Any) -> Any:
        return {} if value is False else value

    @field_validator("preview")
    @classmethod
    def _reachable_by_consent(cls, preview: PreviewSettings, info: ValidationInfo) -> PreviewSettings:
        if not preview.enabled or "bind" not in info.data:
            return preview
        bind = info.data["bind"]
        if bind is None:
            raise inconsistent("the preview needs an address: set http.bind to 127.0.0.1:8080", "bind")
        if not preview.allow_remote and not _is_local(_host_of(bind)):
            raise inconsistent(
                f"pictures could be asked for from beyond this machine ({bind}): bind to 127.0.0.1 and"
                " reach it through ssh -L, or say so in allow_remote: true",
                "bind",
            )
        return preview

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
        return _host_of(self.bind), int(self.bind.rpartition(":")[2])

    @property
    def local(self) -> bool:
        """Whether only this machine can reach the port."""
        return self.bind is None or _is_local(_host_of(self.bind))


def _host_of(bind: str) -> str:
    return bind.rpartition(":")[0].strip("[]")


def _is_local(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name, which may lead anywhere
        return False
