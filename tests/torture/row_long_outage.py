"""A day of windows queued, then drained beside live ones."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

from edge.mqtt.outbox import Outbox
from edge.mqtt.outbox_file import OutboxFile, Stored
from edge.mqtt.payload import Identity, window_message
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.settings import MqttSettings, OutboxSettings
from edge.mqtt.ulid import new_ulid
from tests.edge.mqtt.event_builder import MODEL, an_event
from tests.integration.mosquitto import HOST
from tests.torture.ledger import audit
from tests.torture.outcome import Finding, Row, Size, at_least, at_most
from tests.torture.row_broker_gone import broker_in, wait

_DAY_S = 86_400
_QUEUED: dict[Size, int] = {"fast": 600, "full": _DAY_S}
_RATE_HZ: dict[Size, float] = {"fast": 200.0, "full": 1000.0}


def _fill(path: Path, identity: Identity, count: int) -> None:
    """As if the day before had been spent without a broker."""
    began_s = time.time() - _DAY_S - 120  # the last of them is history, too
    file = OutboxFile(path)
    with file.transaction():
        for seq in range(count):
            at_s = began_s + seq * _DAY_S / count
            event = an_event(start_utc_s=at_s)
            message = window_message(event, identity, MODEL, id=new_ulid(), seq=seq)
            file.insert([Stored(seq + 1, message, at_s + 10, 0.0)])
    file.close()


def _run(folder: Path, size: Size) -> list[Finding]:
    before, today = (Identity("lab", "pi-1", new_ulid()) for _ in range(2))
    path, count = folder / "outbox.sqlite3", _QUEUED[size]
    _fill(path, before, count)
    with broker_in(folder) as broker, closing(Outbox(OutboxSettings(path=path, max_age_s=1e7))) as outbox:
        disk_bytes = sum(part.stat().st_size for part in folder.glob("outbox.sqlite3*"))
        broker.keep_sessions()
        broker.start()
        subscriber = broker.subscribe()
        settings = MqttSettings(host=HOST, port=broker.port, backlog_rate_hz=_RATE_HZ[size])
        publisher = MqttPublisher(settings, today, MODEL, outbox)
        publisher.start()
        wait(lambda: publisher.connected)
        began_s, live = time.monotonic(), 0
        delays_s: list[float] = []
        heard = _Heard(folder / "mosquitto" / "heard-0.txt", "/yard/window")
        while outbox.stats().rows > 0:
            publisher.publish([an_event("yard")])
            live += 1
            delays_s.append(wait(lambda: heard.count() >= live, 30))  # noqa: B023 - called at once
            time.sleep(0.2)
        took_s = time.monotonic() - began_s
        subscriber.wait_for(count, "/door/window", timeout_s=60)
        arrived = [json.loads(one.payload) for one in subscriber.heard if one.topic.endswith("/window")]
        historical = sum(window["historical"] for window in arrived)
        lost = outbox.stats().lost
        publisher.close(2.0)
    published = {(before.boot_id, "door"): count, (today.boot_id, "yard"): live}
    return [
        *audit(arrived, published),
        at_most("given up by the outbox", lost, 0),
        at_least("historical windows", historical, count),
        at_most("outbox on disk, MB", disk_bytes / 1e6, 64),
        at_most("longest delay of a live window, s", max(delays_s), 1.0 if size == "full" else 3.0),
        at_most("backlog a second", count / took_s, 1.2 * _RATE_HZ[size]),
    ]


class _Heard:
    """Counts the messages of a topic in what a subscriber writes, reading each line once."""

    def __init__(self, file: Path, topic_end: str) -> None:
        self._lines, self._topic_end = file.open(), f"{topic_end} "
        self._count = 0

    def count(self) -> int:
        self._count += sum(self._topic_end in line for line in self._lines)
        return self._count


ROW = Row("long outage", "86,400 windows of a day queued, then drained beside live ones", _run)
