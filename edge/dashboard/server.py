"""Serves the dashboard until SIGTERM or Ctrl-C."""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nicegui import ui
from starlette.requests import Request
from starlette.staticfiles import StaticFiles

from edge.dashboard.downloads import add_export
from edge.dashboard.feed import Feed
from edge.dashboard.guard import Guard
from edge.dashboard.history import History
from edge.dashboard.keeper import Keeper
from edge.dashboard.listen import Listen
from edge.dashboard.page import Page
from edge.dashboard.parts import ASSETS
from edge.dashboard.store import Store
from edge.errors import EmotionEdgeError
from edge.mqtt.settings import MqttSettings
from edge.mqtt.tls import tls_context

#: A browser that is away for this long gets a new page, with the same choice.
_RECONNECT_S = 10.0


def serve(
    broker: MqttSettings,
    listen: Listen,
    store: Path,
    keep_s: float,
    *,
    password: str | None,
    public: bool,
    on_listening: Callable[[str], None],
) -> None:
    """Follow the broker and serve the page.

    Args:
        broker: Where devices publish.
        listen: Where browsers find the page.
        store: The history's file.
        keep_s: How long a window is kept.
        password: Asks browsers for it; None lets in everybody who reaches the address.
        public: Without a password, too, any host name will do, as that of a proxy.
        on_listening: Told the page's address, once it can be opened.

    Raises:
        EmotionEdgeError: The address, the store or a TLS file cannot be used.
    """
    if broker.tls is not None:
        tls_context(broker.tls)  # here, not in the thread: a bad certificate file must fail at start
    Store(store).close()
    with _listening(listen) as listener:
        feed = Feed(broker, _client_id(store, listen), Keeper(store, keep_s))
        app = _application(feed, History(store), store, broker.address)
        guarded = Guard(app, password=password, local_only=listen.local and not public)
        config = uvicorn.Config(guarded, log_level="warning", access_log=False, timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        _end_in_order(server)
        feed.start()
        try:
            on_listening(listen.url(listener.getsockname()[1]))
            server.run(sockets=[listener])
        finally:
            feed.stop()


def default_store_path() -> Path:
    """In the user's own state folder."""
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "emotion-edge" / "dashboard.sqlite3"


def _application(feed: Feed, history: History, store: Path, address: str) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_export(app, store)
    app.mount("/assets", StaticFiles(directory=ASSETS))

    @ui.page("/", title="emotion-edge")
    def _page(request: Request) -> None:
        ui.add_head_html('<link rel="stylesheet" href="/assets/style.css">')
        Page(feed, history, address, request.query_params)

    ui.run_with(
        app,
        favicon=ASSETS / "icon.svg",
        dark=None,
        language="en-US",
        tailwind=False,
        reconnect_timeout=_RECONNECT_S,
        show_welcome_message=False,
        binding_refresh_interval=None,
    )
    return app


def _client_id(store: Path, listen: Listen) -> str:
    """The same at every start of this dashboard; two at once differ in where they listen."""
    if not listen.port:
        return f"emotion-dashboard-{secrets.token_hex(6)}"
    place = f"{socket.gethostname()} {store.resolve()} {listen}"
    return f"emotion-dashboard-{hashlib.sha256(place.encode()).hexdigest()[:12]}"


def _end_in_order(server: uvicorn.Server) -> None:
    """Have signals end it with exit code 0: uvicorn sends them on to whatever handled them before it."""

    def stop(_number: int, _frame: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def _listening(listen: Listen) -> socket.socket:
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    try:
        return socket.create_server((listen.host, listen.port), family=family, backlog=100)
    except OSError as err:
        raise EmotionEdgeError(
            f"{listen.host}:{listen.port}: cannot be listened to: {err.strerror}; choose another --listen"
        ) from err
