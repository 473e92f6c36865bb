"""The publishing process killed with signal 9 at random moments."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from edge.mqtt.outbox import Outbox
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.settings import MqttSettings, OutboxSettings
from edge.mqtt.ulid import new_ulid
from tests.edge.mqtt.event_builder import IDENTITY, MODEL
from tests.integration.mosquitto import HOST
from tests.torture.ledger import Stream, audit
from tests.torture.outcome import Finding, Row, Size
from tests.torture.row_broker_gone import broker_in, wait

_KILLS: dict[Size, int] = {"fast": 4, "full": 200}
_ROOT = Path(__file__).resolve().parents[2]


def _one_life(port: int, outbox: Path, boot_id: str) -> int:
    """How many windows it had published when it was killed, by its own word."""
    command = [sys.executable, "-m", "tests.integration.publishing_child", str(port), str(outbox), boot_id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(random.uniform(0.0, 0.4))
        child.send_signal(signal.SIGKILL)
        return 1 + len([line for line in child.stdout.readlines() if line.endswith("\n")])


def _run(folder: Path, size: Size) -> list[Finding]:
    published: dict[Stream, int] = {}
    path = folder / "outbox.sqlite3"
    with broker_in(folder) as broker:
        broker.start()
        subscriber = broker.subscribe()
        for _ in range(_KILLS[size]):
            boot_id = new_ulid()
            published[boot_id, "door"] = _one_life(broker.port, path, boot_id)
        with closing(Outbox(OutboxSettings(path=path))) as outbox:
            publisher = MqttPublisher(MqttSettings(host=HOST, port=broker.port), IDENTITY, MODEL, outbox)
            publisher.start()
            wait(lambda: outbox.stats().rows == 0)
            publisher.close(2.0)
        subscriber.wait_for(sum(published.values()), "/window", timeout_s=60)
        arrived = [json.loads(one.payload) for one in subscriber.heard if one.topic.endswith("/window")]
    return audit(arrived, published)


ROW = Row("process killed", "kill -9 at random moments while publishing 200 windows a second", _run)
