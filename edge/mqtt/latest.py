"""Messages of which only the newest counts: states (retained) and live figures (at most once)."""

from __future__ import annotations

import threading

from edge.mqtt.payload import Message


class LatestMessages:
    """The newest message of each topic, handed from the pipeline to the publisher's thread.

    Bounded by the number of topics, however long the broker is away.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, bytes] = {}
        self._unsent: dict[str, bytes] = {}
        self._live: dict[str, bytes] = {}

    def put_state(self, message: Message) -> None:
        """Keep a state; it is sent now, and again after every reconnect."""
        with self._lock:
            self._states[message.topic] = self._unsent[message.topic] = message.payload

    def put_live(self, message: Message) -> None:
        """Offer a figure that is worthless later."""
        with self._lock:
            self._live[message.topic] = message.payload

    def start_over(self) -> None:
        """A new connection: every state is due, what was live is stale."""
        with self._lock:
            self._unsent = dict(self._states)
            self._live.clear()

    def take_state(self) -> Message | None:
        """One state that is due, oldest first."""
        with self._lock:
            return _pop_first(self._unsent)

    def take_live(self) -> list[Message]:
        """All live messages, once."""
        with self._lock:
            taken, self._live = self._live, {}
        return [Message(topic, payload) for topic, payload in taken.items()]


def _pop_first(messages: dict[str, bytes]) -> Message | None:
    topic = next(iter(messages), None)
    return None if topic is None else Message(topic, messages.pop(topic))
