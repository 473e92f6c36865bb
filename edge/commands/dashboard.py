"""``emotion-edge dashboard``: what arrives at a broker, in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from edge.dashboard.extra import installed
from edge.dashboard.listen import Listen
from edge.errors import EmotionEdgeError
from edge.mqtt.settings import MqttSettings

#: The broker keeps windows for a dashboard that is away, or started again, for so long.
_AWAY_S = 3600


def run_dashboard(
    broker: dict[str, Any],
    listen: str,
    store: Path | None,
    keep_days: float,
    password: str | None,
    *,
    public: bool,
) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        typer.BadParameter: An option does not fit.
        EmotionEdgeError: The extra is not installed, or the address or the store cannot be used.
    """
    try:
        settings = MqttSettings.model_validate({**broker, "session_expiry_s": _AWAY_S})
    except ValidationError as err:
        (fault, *_) = err.errors()
        where = "broker" if fault["loc"] in ((), ("host",)) else fault["loc"][-1]
        raise typer.BadParameter(fault["msg"], param_hint=f"--{where}") from err
    address = _address(listen, password, public=public)
    if not installed():
        raise EmotionEdgeError("the dashboard is not installed; pip install 'emotion-edge[dashboard]'")
    from edge.dashboard.server import default_store_path, serve  # noqa: PLC0415 - NiceGUI takes a second

    serve(
        settings,
        address,
        store or default_store_path(),
        keep_days * 86_400,
        password=password,
        public=public,
        on_listening=lambda url: print(f"dashboard: {url}", flush=True),
    )


def _address(listen: str, password: str | None, *, public: bool) -> Listen:
    try:
        address = Listen.parse(listen)
    except ValueError as err:
        raise typer.BadParameter(str(err), param_hint="--listen") from err
    if not address.local and not password and not public:
        raise typer.BadParameter(
            f"{address.host} lets in other machines: set DASHBOARD_PASSWORD,"
            " or say --public if everybody there may look",
            param_hint="--listen",
        )
    return address
