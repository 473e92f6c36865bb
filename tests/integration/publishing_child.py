"""A process that publishes windows until it is killed: ``python -m ... PORT OUTBOX [BOOT_ID]``."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

from edge.mqtt.outbox import Outbox
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.settings import MqttSettings, OutboxSettings
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, an_event


def main() -> None:
    outbox = Outbox(OutboxSettings(path=Path(sys.argv[2])))
    identity = replace(IDENTITY, boot_id=sys.argv[3]) if len(sys.argv) > 3 else IDENTITY
    settings = MqttSettings(host="127.0.0.1", port=int(sys.argv[1]), backoff_min_s=0.1)
    publisher = MqttPublisher(settings, identity, MODEL, outbox)
    publisher.start()
    while not publisher.connected:
        time.sleep(0.01)
    for number in range(1_000_000):
        publisher.publish([an_event()])
        print(number, flush=True)
        time.sleep(0.005)


if __name__ == "__main__":
    main()
