"""Keeps the device connected to its broker: connects, serves, waits and connects again, in one thread."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable

from edge.errors import EmotionEdgeError
from edge.mqtt import refusals
from edge.mqtt.happenings import Lost, Refused
from edge.mqtt.latest import LatestMessages
from edge.mqtt.link import Link, OpenLink
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Identity, Message
from edge.mqtt.session import Heard, MqttSession
from edge.mqtt.settings import MqttSettings
from edge.mqtt.topics import OFFLINE
from edge.mqtt.version_choice import VersionChoice
from edge.outage import Outage

_log = logging.getLogger(__name__)
_CLOSING_STEP_S = 0.05
#: What is kept of the closing deadline for ``offline`` and its acknowledgement.
_GOODBYE_SHARE = 0.25

#: How a connection ended: not opened, refused, lost (and whether it had stood), or by our own goodbye.
_Ended = Exception | Refused | tuple[Lost, bool] | None


class BrokerConnection:
    """One link after another, each with a session that sends what outbox and ``latest`` hold."""

    def __init__(
        self,
        settings: MqttSettings,
        identity: Identity,
        outbox: Outbox,
        latest: LatestMessages,
        *,
        hear: Callable[[Heard], None],
        birth_topic: str | None,
        open_link: OpenLink,
    ) -> None:
        """Prepare; nothing is sent before :meth:`start`. ``hear`` is called in the thread.

        Whoever says online on ``birth_topic`` is told all states again.

        Raises:
            ConfigError: A TLS file is missing or unusable.
        """
        self._settings, self._identity, self._outbox, self._latest = settings, identity, outbox, latest
        self._open_link, self._hear, self._birth_topic = open_link, hear, birth_topic
        self._will = Message(identity.topics.status, OFFLINE)
        self._outage, self._rejected = Outage(_log), Outage(_log)
        self._delay_s = 0.0
        self._rebirth = threading.Event()
        #: Windows that the broker has acknowledged since the start.
        self.delivered = 0
        self._closing = threading.Event()
        self._goodbye_s = self._deadline_s = 0.0
        self._connected = False
        # Made here, not in the thread: a bad certificate file must fail at start.
        self._choice = VersionChoice(settings.version)
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

    def wake(self) -> None:
        """There is something new to send."""
        self._link.wake()

    def rebirth(self) -> None:
        """Tell status and all states again."""
        self._rebirth.set()
        self._link.wake()

    def close(self, deadline_s: float) -> None:
        """Send what can be sent, say offline and hang up, within so many seconds; may be called twice."""
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

    def _new_link(self) -> Link:
        # The dot cannot occur in either name: a-b and c are not a and b-c.
        client_id = f"emotion-edge.{self._identity.site}.{self._identity.device}"
        return self._open_link(self._settings, client_id, self._will, self._choice.version)

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
        if self._another_version(ended) and not self._closing.is_set():
            self._link = self._new_link()
            ended = self._serve_link(self._link)
            self._another_version(ended)
        if isinstance(ended, Exception):
            self._outage.failed(refusals.open_failure(ended, self._settings))
        elif isinstance(ended, Refused):
            self._outage.failed(refusals.refusal(ended, self._settings))
        elif ended is not None:
            lost, accepted = ended
            self._outage.failed(refusals.loss(lost, self._settings, accepted=accepted))
        return isinstance(ended, Refused)

    def _another_version(self, ended: _Ended) -> bool:
        """Note how an attempt ended; whether another version of MQTT is to be tried at once."""
        if isinstance(ended, Refused):
            return self._choice.not_let_in(ended)
        return isinstance(ended, tuple) and not ended[1] and self._choice.not_let_in(ended[0])

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
            if session.accepted:
                self._choice.let_in()
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
