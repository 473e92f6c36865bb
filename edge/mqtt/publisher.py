"""Events, states and figures to the broker, from a thread of its own that never blocks the pipeline."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

from edge.datatypes import EmotionEvent
from edge.errors import EmotionEdgeError
from edge.mqtt import refusals
from edge.mqtt.happenings import UNSUPPORTED_VERSION, Lost, Refused
from edge.mqtt.latest import LatestMessages
from edge.mqtt.link import Link, PahoLink
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
from edge.mqtt.session import Heard, MqttSession
from edge.mqtt.settings import MqttSettings, MqttVersion
from edge.mqtt.topics import OFFLINE
from edge.mqtt.ulid import new_ulid
from edge.outage import Outage
from edge.stats import DeviceStats

_log = logging.getLogger(__name__)
_CLOSING_STEP_S = 0.05
#: What is kept of the closing deadline for ``offline`` and its acknowledgement.
_GOODBYE_SHARE = 0.25


#: How a connection ended: not opened, refused, lost (and whether it had stood), or by our own goodbye.
_Ended = Exception | Refused | tuple[Lost, bool] | None


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
        open_link: Callable[[MqttSettings, str, Message, MqttVersion], Link] = PahoLink,
    ) -> None:
        """Prepare; nothing is sent before :meth:`start`. ``hear`` is called in the publisher's thread.

        Whoever says online on ``birth_topic`` is told all states again.

        Raises:
            ConfigError: A TLS file is missing or unusable.
        """
        self._settings, self._identity, self._model, self._outbox = settings, identity, model, outbox
        self._k_min, self._rounding = k_min, rounding
        self._open_link, self._hear, self._birth_topic = open_link, hear, birth_topic
        self._will = Message(identity.topics.status, OFFLINE)
        self._latest = LatestMessages()
        self._seq: Counter[str] = Counter()
        self._outage, self._rejected = Outage(_log), Outage(_log)
        self._delay_s = 0.0
        self._rebirth = threading.Event()
        #: Windows that the broker has acknowledged since the start.
        self.delivered = 0
        self._closing = threading.Event()
        self._goodbye_s = self._deadline_s = 0.0
        self._connected = False
        # Made here, not in the thread: a bad certificate file must fail at start.
        self._version: MqttVersion = "5" if settings.version == "auto" else settings.version
        self._link = self._new_link()
        self._thread = threading.Thread(target=self._run, name="mqtt-publisher", daemon=True)

    @property
    def connected(self) -> bool:
        """Whether the broker has let us in and the connection stands."""
        return self._connected

    @property
    def trouble(self) -> str | None:
        """Why there is no connection, or what the broker does not take; None while all is well."""
        return self._outage.message or self._rejected.message

    @property
    def alive(self) -> bool:
        """Whether the thread runs that sends."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to connect; the broker may be absent."""
        self._thread.start()

    def publish(self, events: Sequence[EmotionEvent]) -> None:
        """Make windows durable; they are sent when the broker can be reached."""
        for event in events:
            self._outbox.append(self._window(event), closes=event.camera, made_s=event.end_monotonic_s)
            self._seq[event.camera] += 1
        if events:
            self._link.wake()

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
        self._link.wake()

    def forget(self, topic: str) -> None:
        """Have the broker keep nothing on a topic any more."""
        self._latest.forget_state(topic)
        self._link.wake()

    def forgets(self, topic: str) -> bool:
        """Whether the broker has yet to acknowledge that it forgets a topic."""
        return self._latest.remembered(topic)

    def publish_answer(self, answer: Message) -> None:
        """Answer a command."""
        self._latest.put_answer(answer)
        self._link.wake()

    def rebirth(self) -> None:
        """Tell status and all states again, for a consumer that has lost track."""
        self._rebirth.set()
        self._link.wake()

    def publish_now(self, camera: str, labels: Sequence[str | None], *, utc_s: float) -> None:
        """Tell the moment: one label for each face in view, None for an abstention; lost when offline."""
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
        if not self._closing.is_set():
            self._deadline_s = time.monotonic() + deadline_s
            self._goodbye_s = self._deadline_s - _GOODBYE_SHARE * deadline_s
        self._closing.set()
        self._link.wake()
        if self._thread.ident is None:
            self._link.close(goodbye=False)
        else:
            # Without answer from a name server or a network the thread may hang on; it is a daemon.
            self._thread.join(deadline_s + 0.2)

    def _put_live(self, message: Message) -> None:
        if self._connected:
            self._latest.put_live(message)
            self._link.wake()

    def _window(self, event: EmotionEvent) -> Message:
        return window_message(
            event,
            self._identity,
            self._model,
            id=new_ulid(),
            seq=self._seq[event.camera],
            rounding=self._rounding,
        )

    def _new_link(self) -> Link:
        # The dot cannot occur in either name: a-b and c are not a and b-c.
        client_id = f"emotion-edge.{self._identity.site}.{self._identity.device}"
        return self._open_link(self._settings, client_id, self._will, self._version)

    def _run(self) -> None:
        first = True
        while True:
            refused = False
            try:
                if not first:
                    self._link = self._new_link()
                first = False
                refused = self._connect_and_serve()
            except EmotionEdgeError as err:
                self._outage.failed(str(err))
            except Exception:  # Without this thread nothing would ever be sent again.
                _log.exception("the publisher failed and starts anew")
            if self._closing.wait(self._next_delay_s(refused=refused)):
                return

    def _connect_and_serve(self) -> bool:
        """One connection, on MQTT 5 or else 3.1.1; returns whether the broker refused us."""
        ended = self._serve_link(self._link)
        if self._settings.version == "auto" and _perhaps_another_version(ended):
            # What served once is kept; else the next attempt begins with 5 again.
            before, self._version = self._version, "3.1.1" if self._version == "5" else "5"
            if before == "5" and not self._closing.is_set():
                self._link = self._new_link()
                ended = self._serve_link(self._link)
                if _perhaps_another_version(ended):
                    self._version = "5"
        if isinstance(ended, Exception):
            self._outage.failed(refusals.open_failure(ended, self._settings))
        elif isinstance(ended, Refused):
            self._outage.failed(refusals.refusal(ended, self._settings))
        elif ended is not None:
            lost, accepted = ended
            self._outage.failed(refusals.loss(lost, self._settings, accepted=accepted))
        return isinstance(ended, Refused)

    def _serve_link(self, link: Link) -> _Ended:
        session = MqttSession(
            link, self._outbox, self._latest, self._identity.topics, self._settings, self._birth_topic
        )
        try:
            link.open()
            self._serve(link, session)
        except (OSError, ValueError) as err:
            return err
        finally:
            self._connected = False
            link.close(goodbye=session.said_offline)
        return (session.ended, session.accepted) if isinstance(session.ended, Lost) else session.ended

    def _serve(self, link: Link, session: MqttSession) -> None:
        while session.ended is None and not session.said_offline:
            happenings = link.step(_CLOSING_STEP_S if self._closing.is_set() else session.wait_s)
            now_s = time.monotonic()
            before = session.delivered
            for heard in session.handle(happenings, now_s):
                self._hear(heard)
            self.delivered += session.delivered - before
            if session.accepted and not self._connected and session.ended is None:
                self._note_connected()
            if self._rebirth.is_set():
                self._rebirth.clear()
                self._latest.start_over()
                session.say_online(now_s)
            session.send_due(now_s)
            if session.rejection not in (None, self._rejected.message):
                self._rejected.failed(str(session.rejection))
            elif session.rejection is None and session.delivered:
                self._rejected.recovered(f"broker {self._settings.address}: takes what is sent again")
            if self._closing.is_set() and self._hang_up(session):
                return

    def _note_connected(self) -> None:
        if self._outage.message is None:
            _log.info("connected broker=%s", self._settings.address)
        self._outage.recovered(f"broker {self._settings.address}: connected again")
        # Last: who sees it True may rely on the trouble being over.
        self._connected, self._delay_s = True, 0.0

    def _hang_up(self, session: MqttSession) -> bool:
        """Whether it is time to go, with or without the acknowledgement of ``offline``."""
        now_s = time.monotonic()
        if session.drained or now_s >= self._goodbye_s:
            session.say_offline()
        return now_s >= self._deadline_s

    def _next_delay_s(self, *, refused: bool) -> float:
        """Doubling, with jitter: a fleet must not come back in step."""
        settings = self._settings
        if refused:
            return settings.refused_retry_s * random.uniform(0.75, 1.0)
        self._delay_s = min(max(2 * self._delay_s, settings.backoff_min_s), settings.backoff_max_s)
        return self._delay_s * random.uniform(0.75, 1.0)


def _perhaps_another_version(ended: _Ended) -> bool:
    """Whether another version may be let in: some brokers hang up, or are silent, instead of saying no."""
    if isinstance(ended, Refused):
        return ended.code == UNSUPPORTED_VERSION
    return isinstance(ended, tuple) and not ended[1]
