"""A broker's side of a :class:`edge.mqtt.link.Link`, played by the test; no network."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from edge.mqtt.happenings import Accepted, Acknowledged, Happening
from edge.mqtt.payload import Message


class Sent(NamedTuple):
    number: int
    message: Message
    qos: int
    retain: bool


class FakeLink:
    """Records what is sent; ``reply`` turns what was sent since the last step into happenings."""

    def __init__(self, reply: Callable[[list[Sent]], list[Happening]] | None = None) -> None:
        self.sent: list[Sent] = []
        self.filters: list[tuple[str, int]] = []
        self.congested = False
        self.opened = False
        self.goodbye: bool | None = None
        self.open_error: Exception | None = None
        self.script: list[Happening] = []
        self._reply = reply
        self._answered = 0
        self._woken = threading.Event()

    def open(self) -> None:
        if self.open_error is not None:
            raise self.open_error
        self.opened = True

    def subscribe(self, topic_filter: str, qos: int) -> None:
        self.filters.append((topic_filter, qos))

    def send(self, message: Message, *, qos: int, retain: bool) -> int:
        number = len(self.sent) + 1
        self.sent.append(Sent(number, message, qos, retain))
        return number

    def step(self, timeout_s: float) -> list[Happening]:
        happened, self.script = self.script, []
        if self._reply is not None:
            fresh, self._answered = self.sent[self._answered :], len(self.sent)
            happened += self._reply(fresh)
        if not happened:
            self._woken.wait(min(timeout_s, 0.05))
            self._woken.clear()
        return happened

    def wake(self) -> None:
        self._woken.set()

    def close(self, *, goodbye: bool) -> None:
        self.goodbye = goodbye

    @property
    def payloads(self) -> list[bytes]:
        return [sent.message.payload for sent in self.sent]


def acknowledging(sent: list[Sent]) -> list[Happening]:
    """A broker that acknowledges everything at QoS 1."""
    return [Acknowledged(one.number) for one in sent if one.qos == 1]


def accepting_link() -> FakeLink:
    """A link whose broker lets us in and acknowledges everything."""
    link = FakeLink(acknowledging)
    link.script = [Accepted()]
    return link


def wait_until(holds: Callable[[], bool], timeout_s: float = 5.0) -> bool:
    """Poll until it holds; what another thread does has no other sign."""
    end_s = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.005)
    return True
