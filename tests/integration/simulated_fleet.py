"""A fleet that publishes what real devices would: real payloads, drawn figures, no cameras.

``python -m tests.integration.simulated_fleet PORT CAMERAS [SECONDS]`` runs it at 1 Hz a camera.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from random import Random

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from edge.datatypes import CaptureCounts, EmotionEvent, FaceCounts
from edge.mqtt.payload import (
    Identity,
    Message,
    ModelVersion,
    now_message,
    state_message,
    stats_message,
    window_message,
)
from edge.mqtt.ulid import new_ulid
from edge.stats import CameraStats, DeviceStats, OutboxStats
from tests.builders import LABELS

_MODEL = ModelVersion("fer-compact", "1.2.0")
_CAMERAS_A_DEVICE, _DEVICES_A_SITE = 4, 10
WINDOW_S = 10.0


class SimulatedCamera:
    """Faces come and go and change their expression, by chance alone."""

    def __init__(self, name: str, identity: Identity, seed: int) -> None:
        self.name, self.identity = name, identity
        self._random = Random(seed)
        self._labels: list[str | None] = ["happy"]
        self._seen: list[list[str | None]] = []
        self._seq = 0

    def moment(self, utc_s: float) -> Message:
        """One second later."""
        chance = self._random
        if chance.random() < 0.15:
            weights = [1, 1, 1, 6, 2, 2, 7]
            count = chance.choice([0, 1, 1, 2, 3, 5])
            self._labels = [chance.choices([*LABELS, None], [*weights, 1])[0] for _ in range(count)]
        self._seen.append(list(self._labels))
        return now_message(self.name, self._labels, self.identity, utc_s=utc_s, k_min=0)

    def window(self, end_utc_s: float, *, suppressed: bool = False) -> Message:
        """Closes the window of the moments since the last one."""
        seen, self._seen = [label for labels in self._seen for label in labels], []
        named = Counter(label for label in seen if label is not None)
        event = EmotionEvent(
            camera=self.name,
            start_utc_s=end_utc_s - WINDOW_S,
            end_utc_s=end_utc_s,
            clock_synced=True,
            capture=CaptureCounts(frames=150, dropped=0, fps=15.0),
            faces=FaceCounts(len(self._labels), len(seen) / WINDOW_S, len(self._labels), len(seen)),
            shares={label: count / named.total() for label, count in named.most_common()},
            abstained_share=(len(seen) - named.total()) / len(seen) if seen else 0.0,
            suppressed=suppressed,
        )
        self._seq += 1
        return window_message(event, self.identity, _MODEL, id=new_ulid(), seq=self._seq - 1)


class SimulatedFleet:
    """Devices of four cameras, sites of ten devices."""

    def __init__(self, cameras: int) -> None:
        self.cameras = [self._camera(number) for number in range(cameras)]
        self._identities = list(dict.fromkeys(camera.identity for camera in self.cameras))
        self._started_s = time.time()

    @staticmethod
    def _camera(number: int) -> SimulatedCamera:
        device = number // _CAMERAS_A_DEVICE
        site = f"site-{device // _DEVICES_A_SITE + 1}"
        identity = Identity(site, f"pi-{device + 1:02}", "01JD4M5V8R0000000000000000")
        return SimulatedCamera(f"camera-{number % _CAMERAS_A_DEVICE + 1}", identity, number)

    def greetings(self, utc_s: float) -> list[Message]:
        """What is retained: status, states, stats."""
        online = [Message(identity.topics.status, b"online") for identity in self._identities]
        states = [
            state_message(one.name, "streaming", one.identity, since_utc_s=utc_s) for one in self.cameras
        ]
        return online + states + self.stats(utc_s)

    def stats(self, utc_s: float) -> list[Message]:
        """How each device does."""
        return [
            stats_message(
                DeviceStats(
                    utc_s=utc_s,
                    uptime_s=utc_s - self._started_s,
                    cameras=tuple(
                        CameraStats(one.name, 15.0, 0, 41.0, 63.0)
                        for one in self.cameras
                        if one.identity == identity
                    ),
                    outbox=OutboxStats(0, 0, 0),
                    rss_bytes=180_000_000,
                    cpu_percent=120.0,
                    temperature_c=57.0,
                    versions={"emotion-edge": "0.1.0", "fer-compact": "1.2.0"},
                ),
                identity,
            )
            for identity in self._identities
        ]

    def second(self, number: int, utc_s: float) -> list[Message]:
        """Everything of one second; windows close at different seconds, as those of real devices do."""
        found = [camera.moment(utc_s) for camera in self.cameras]
        due = [one for i, one in enumerate(self.cameras) if (number + i) % WINDOW_S == WINDOW_S - 1]
        return found + [camera.window(utc_s) for camera in due]


def main(port: int, cameras: int, seconds: float) -> None:
    """Publish at 1 Hz."""
    fleet = SimulatedFleet(cameras)
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for message in fleet.greetings(time.time()):
        client.publish(message.topic, message.payload, qos=1, retain=True)
    began_s = time.monotonic()
    number = 0
    while number < seconds:
        for message in fleet.second(number, time.time()):
            client.publish(message.topic, message.payload, qos=1)
        if number % 10 == 5:
            for message in fleet.stats(time.time()):
                client.publish(message.topic, message.payload, retain=True)
        number += 1
        time.sleep(max(0.0, began_s + number - time.monotonic()))
    client.loop_stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else float("inf"))
