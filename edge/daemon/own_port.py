"""The device's own port, opened where one is configured."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import NamedTuple

from edge.health.board import HealthBoard
from edge.health.http_server import HealthServer
from edge.health.settings import HttpSettings
from edge.preview.viewing import Viewing
from edge.stage_clock import Observe

log = logging.getLogger(__name__)


class OwnPort(NamedTuple):
    """Who wants to know stage times there, and see frames; and why nobody can ask."""

    observe: Observe | None = None
    viewing: Viewing | None = None
    trouble: Callable[[], str | None] = lambda: None


def serve(http: HttpSettings, board: HealthBoard, closing: contextlib.ExitStack) -> OwnPort:
    """Open it until ``closing`` is over."""
    if http.address is None:
        return OwnPort()
    text: Callable[[], bytes] | None = None
    observe: Observe | None = None
    if http.metrics:
        from edge.health.metrics import Metrics  # noqa: PLC0415 - only those who ask for it pay its memory

        metrics = Metrics(board)
        text, observe = metrics.text, metrics.observe
    viewing, site = None, None
    if http.preview.enabled:
        from edge.preview.site import PreviewSite  # noqa: PLC0415 - likewise

        viewing = Viewing(http.preview)
        site = PreviewSite(http.preview, viewing, board)
        faces = "pixelated" if http.preview.pixelate else "NOT pixelated"
        log.warning("the preview is on: pictures can be looked at address=%s faces=%s", http.bind, faces)
    server = closing.enter_context(contextlib.closing(HealthServer(http.address, board, text, site)))
    return OwnPort(observe, viewing, lambda: server.trouble)
