"""Broker stopped and started at random; the network cut, and silent."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Identity
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.settings import MqttSettings, OutboxSettings
from edge.mqtt.ulid import new_ulid
from tests.edge.mqtt.event_builder import MODEL, an_event
from tests.integration.mosquitto import HOST, Mosquitto
from tests.torture.ledger import audit
from tests.torture.outcome import Finding, Row, Size, at_most
from tests.torture.proxy import proxied

_CAMERAS = ("door", "yard")
_ROUNDS: dict[Size, int] = {"fast": 3, "full": 50}


class Feeder:
    """Publishes a window of each camera every 20 ms, in a thread, and counts them."""

    def __init__(self, publisher: MqttPublisher) -> None:
        self.published = dict.fromkeys(_CAMERAS, 0)
        self._publisher, self._over = publisher, threading.Event()
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _feed(self) -> None:
        while not self._over.wait(0.02):
            for camera in _CAMERAS:
                self._publisher.publish([an_event(camera)])
                self.published[camera] += 1


@contextlib.contextmanager
def broker_in(folder: Path) -> Iterator[Mosquitto]:
    (folder / "mosquitto").mkdir()
    broker = Mosquitto(folder / "mosquitto")
    try:
        yield broker
    finally:
        broker.close()


def wait(holds: Callable[[], bool], timeout_s: float = 60.0) -> float:
    """How long it took, in seconds."""
    began_s = time.monotonic()
    while not holds():
        if time.monotonic() - began_s > timeout_s:
            raise TimeoutError(f"not within {timeout_s:g} s")
        time.sleep(0.005)
    return time.monotonic() - began_s


def _run(folder: Path, size: Size) -> list[Finding]:
    identity = Identity("lab", "pi-1", new_ulid())
    back_s: list[float] = []
    with broker_in(folder) as broker, contextlib.ExitStack() as closing:
        broker.keep_sessions()
        broker.start()
        subscriber = broker.subscribe()
        proxy = closing.enter_context(proxied(broker.port))
        outbox = closing.enter_context(
            contextlib.closing(Outbox(OutboxSettings(path=folder / "outbox.sqlite3")))
        )
        settings = MqttSettings(host=HOST, port=proxy.port, ack_timeout_s=2.0)
        publisher = MqttPublisher(settings, identity, MODEL, outbox)
        publisher.start()
        closing.callback(publisher.close, 2.0)
        wait(lambda: publisher.delivered > 0 or publisher.connected)
        feeder = Feeder(publisher)
        for _ in range(_ROUNDS[size]):
            time.sleep(random.uniform(0.0, 1.0))
            broker.stop()
            time.sleep(random.uniform(0.0, 3.0))
            broker.start()
            before = publisher.delivered
            back_s.append(wait(lambda: publisher.delivered > before))  # noqa: B023 - called at once
            time.sleep(random.uniform(0.0, 0.5))
            proxy.cut()
            time.sleep(random.uniform(0.0, 0.5))
            proxy.silence()
            time.sleep(random.uniform(0.0, 3.0))
            proxy.flow()
            before = publisher.delivered
            wait(lambda: publisher.delivered > before)  # noqa: B023 - called at once
        feeder.stop()
        wait(lambda: outbox.stats().rows == 0, 120)
        for camera, count in feeder.published.items():
            subscriber.wait_for(count, f"/{camera}/window", timeout_s=120)
        arrived = [json.loads(one.payload) for one in subscriber.heard if one.topic.endswith("/window")]
        lost = outbox.stats().lost
    published = {(identity.boot_id, camera): count for camera, count in feeder.published.items()}
    return [
        *audit(arrived, published),
        at_most("given up by the outbox", lost, 0),
        at_most("longest from broker up to live again, s", max(back_s), 2.0 if size == "full" else 6.0),
    ]


ROW = Row(
    "broker gone",
    "Mosquitto stopped and started at random, the network cut and made half open by a TCP proxy, each round",
    _run,
)
