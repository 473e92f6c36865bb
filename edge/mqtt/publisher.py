"""Events, states and figures to the broker, from a thread of its own that never blocks the pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from edge.datatypes import EmotionEvent
from edge.mqtt.connection import BrokerConnection
from edge.mqtt.latest import LatestMessages
from edge.mqtt.link import OpenLink, PahoLink
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import (
    CameraState,
    Identity,
    Message,
    ModelVersion,
    now_message,
    state_message,
    stats_message,
    window_message,
)
from edge.mqtt.session import Heard
from edge.mqtt.settings import MqttSettings
from edge.mqtt.ulid import new_ulid
from edge.stats import DeviceStats


class MqttPublisher:
    """A :class:`edge.protocols.Publisher`: windows by way of the outbox, the rest at once.

    Windows are numbered per camera from 0 within one ``boot_id``; a gap means that windows were
    lost (the outbox reached a bound, or the disk refused them), never that they come later.
    """

    def __init__(
        self,
        settings: MqttSettings,
        identity: Identity,
        model: ModelVersion,
        outbox: Outbox,
        *,
        k_min: int = 1,
        rounding: float = 0.001,
        hear: Callable[[Heard], None] = lambda _: None,
        birth_topic: str | None = None,
        open_link: OpenLink = PahoLink,
    ) -> None:
        """Prepare; nothing is sent before :meth:`start`. ``hear`` is called in the publisher's thread.

        Whoever says online on ``birth_topic`` is told all states again.

        Raises:
            ConfigError: A TLS file is missing or unusable.
        """
        self._identity, self._model, self._outbox = identity, model, outbox
        self._k_min, self._rounding = k_min, rounding
        self._latest = LatestMessages()
        self._seq: Counter[str] = Counter()
        self._connection = BrokerConnection(
            settings, identity, outbox, self._latest,
            hear=hear, birth_topic=birth_topic, open_link=open_link,
        )  # fmt: skip

    @property
    def connected(self) -> bool:
        """Whether the broker has let us in and the connection stands."""
        return self._connection.connected

    @property
    def trouble(self) -> str | None:
        """Why there is no connection, or what the broker does not take; None while all is well."""
        return self._connection.trouble

    @property
    def alive(self) -> bool:
        """Whether the thread runs that sends."""
        return self._connection.alive

    @property
    def delivered(self) -> int:
        """Windows that the broker has acknowledged since the start."""
        return self._connection.delivered

    def start(self) -> None:
        """Begin to connect; the broker may be absent."""
        self._connection.start()

    def publish(self, events: Sequence[EmotionEvent]) -> None:
        """Make windows durable; they are sent when the broker can be reached."""
        for event in events:
            self._outbox.append(self._window(event), closes=event.camera, made_s=event.end_monotonic_s)
            self._seq[event.camera] += 1
        if events:
            self._connection.wake()

    def checkpoint(self, open_windows: Sequence[EmotionEvent]) -> None:
        """Keep what the open windows hold by now: it is what the next start sends after a kill."""
        self._outbox.checkpoint({event.camera: self._window(event) for event in open_windows})

    def publish_state(
        self,
        camera: str,
        state: CameraState,
        *,
        since_utc_s: float,
        reason: str | None = None,
        paused: bool = False,
        window_s: float | None = None,
    ) -> None:
        """Tell what a camera does; the broker keeps the newest state, and learns it anew at each connect."""
        self.retain(
            state_message(
                camera, state, self._identity,
                since_utc_s=since_utc_s, reason=reason, paused=paused, window_s=window_s,
            )
        )  # fmt: skip

    def forget_state(self, camera: str) -> None:
        """The camera is no longer configured: the broker shall not keep its state."""
        self.forget(self._identity.topics.state(camera))

    def retain(self, message: Message) -> None:
        """Have the broker keep a message, told anew at each connect; a later one on its topic replaces it."""
        self._latest.put_state(message)
        self._connection.wake()

    def forget(self, topic: str) -> None:
        """Have the broker keep nothing on a topic any more."""
        self._latest.forget_state(topic)
        self._connection.wake()

    def forgets(self, topic: str) -> bool:
        """Whether the broker has yet to acknowledge that it forgets a topic."""
        return self._latest.remembered(topic)

    def publish_answer(self, answer: Message) -> None:
        """Answer a command."""
        self._latest.put_answer(answer)
        self._connection.wake()

    def rebirth(self) -> None:
        """Tell status and all states again, for a consumer that has lost track."""
        self._connection.rebirth()

    def publish_now(self, camera: str, labels: Sequence[str | None], *, utc_s: float) -> None:
        """Tell the moment: one label for each face in view that counts, None for an abstention.

        Lost when offline.
        """
        self._put_live(
            now_message(
                camera, labels, self._identity, utc_s=utc_s, k_min=self._k_min, rounding=self._rounding
            )
        )

    def publish_stats(self, stats: DeviceStats) -> None:
        """Tell how the device does; lost when offline."""
        self._put_live(stats_message(stats, self._identity))

    def close(self, deadline_s: float = 3.0) -> None:
        """Send what can be sent, say offline and hang up, within so many seconds; may be called twice.

        What is not acknowledged by then stays in the outbox. The outbox stays open.
        """
        self._connection.close(deadline_s)

    def _put_live(self, message: Message) -> None:
        if self._connection.connected:
            self._latest.put_live(message)
            self._connection.wake()

    def _window(self, event: EmotionEvent) -> Message:
        return window_message(
            event,
            self._identity,
            self._model,
            id=new_ulid(),
            seq=self._seq[event.camera],
            rounding=self._rounding,
        )
