"""What is sent beside the outbox: states (retained, the newest counts), live figures, answers."""

from __future__ import annotations

import threading
from collections import deque

from edge.mqtt.payload import Message

#: Answers that wait; whoever sends commands faster than they are answered loses the oldest.
_MOST_ANSWERS = 100


class LatestMessages:
    """The newest message of each topic, handed from the pipeline to the publisher's thread.

    Bounded by the number of topics, however long the broker is away.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, bytes] = {}
        self._unsent: dict[str, bytes] = {}
        self._forgotten: set[str] = set()
        self._live: dict[str, bytes] = {}
        self._answers: deque[Message] = deque(maxlen=_MOST_ANSWERS)

    def put_state(self, message: Message) -> None:
        """Keep a state; it is sent now, and again after every reconnect."""
        with self._lock:
            self._forgotten.discard(message.topic)
            self._states[message.topic] = self._unsent[message.topic] = message.payload

    def forget_state(self, topic: str) -> None:
        """Have the broker forget what it keeps of a topic that is no more."""
        with self._lock:
            self._states.pop(topic, None)
            self._forgotten.add(topic)
            self._unsent[topic] = b""

    def acknowledged(self, topic: str) -> None:
        """The broker has what was sent last on a topic."""
        with self._lock:
            if topic not in self._unsent:
                self._forgotten.discard(topic)

    def remembered(self, topic: str) -> bool:
        """Whether the broker may still keep what it shall forget."""
        with self._lock:
            return topic in self._forgotten

    def put_answer(self, message: Message) -> None:
        """Answer a command."""
        with self._lock:
            self._answers.append(message)

    def put_live(self, message: Message) -> None:
        """Offer a figure that is worthless later."""
        with self._lock:
            self._live[message.topic] = message.payload

    def start_over(self) -> None:
        """A new connection: every state is due, what was live is stale."""
        with self._lock:
            self._unsent = {**dict.fromkeys(self._forgotten, b""), **self._states}
            self._live.clear()

    def take_state(self) -> Message | None:
        """One state that is due, oldest first."""
        with self._lock:
            return _pop_first(self._unsent)

    def take_answer(self) -> Message | None:
        """One answer, oldest first."""
        with self._lock:
            return self._answers.popleft() if self._answers else None

    def take_live(self) -> list[Message]:
        """All live messages, once."""
        with self._lock:
            taken, self._live = self._live, {}
        return [Message(topic, payload) for topic, payload in taken.items()]


def _pop_first(messages: dict[str, bytes]) -> Message | None:
    topic = next(iter(messages), None)
    return None if topic is None else Message(topic, messages.pop(topic))
