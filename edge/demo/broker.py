"""A broker inside this process, for the demo: amqtt (MQTT 3.1.1) on a loopback port."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import warnings
from types import TracebackType
from typing import Any

from edge.errors import EmotionEdgeError

HOST = "127.0.0.1"
_START_S, _STOP_S = 10.0, 10.0
#: amqtt tells every packet, and warns of clients that leave; nobody asked.
_CHATTERERS = ("amqtt", "transitions", "asyncio", "websockets", "passlib")


class DemoBroker:
    """Serves anybody on this machine, and nobody else; use it in a ``with`` statement.

    Attributes:
        port: Where it listens on 127.0.0.1, chosen when it starts.
    """

    def __init__(self) -> None:
        self.port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._levels: dict[str, int] = {}

    def __enter__(self) -> DemoBroker:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; returns when connections are taken.

        Raises:
            EmotionEdgeError: amqtt is not installed, or it did not start.
        """
        self._hush()
        broker_type = _import_broker()
        self._failure = None
        self._ready.clear()
        self.port = _free_port()
        self._thread = threading.Thread(
            target=self._run, args=(broker_type,), name="demo-broker", daemon=True
        )
        self._thread.start()
        started = self._ready.wait(_START_S)
        if self._failure is not None or not started:
            self.stop()
            raise EmotionEdgeError(
                f"the demo's broker did not start on {HOST}:{self.port}: {self._failure or 'no answer'};"
                " use a broker of your own, for instance `apt install mosquitto`"
            ) from self._failure

    def stop(self) -> None:
        """Hang up and leave no thread behind; may be called twice."""
        if self._loop is not None and self._stop is not None and self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread is not None:
            self._thread.join(_STOP_S)
            self._thread = None
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
        self._levels = {}

    def _hush(self) -> None:
        for name in _CHATTERERS:
            self._levels[name] = logging.getLogger(name).level
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)

    def _run(self, broker_type: Any) -> None:
        try:
            asyncio.run(self._serve(broker_type))
        except Exception as err:
            self._failure = err
        finally:
            self._ready.set()

    async def _serve(self, broker_type: Any) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        broker = broker_type(_configuration(self.port))
        await broker.start()
        self._ready.set()
        try:
            await self._stop.wait()
        finally:
            await broker.shutdown()


def _configuration(port: int) -> dict[str, Any]:
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"{HOST}:{port}", "max_connections": 50}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }


def _import_broker() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from amqtt.broker import Broker  # noqa: PLC0415 - an extra, and a heavy one
    except ImportError as err:
        raise EmotionEdgeError(f"the demo needs its extra: pip install 'emotion-edge[demo]' ({err})") from err
    return Broker


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
