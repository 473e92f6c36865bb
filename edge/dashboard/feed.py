"""From the broker into fleet and store, in a thread of its own, until told to stop."""

from __future__ import annotations

import logging
import threading
import time

from edge.dashboard.fleet import Fleet, misdated_s
from edge.dashboard.keeper import Keeper
from edge.dashboard.store import Arrival
from edge.errors import EmotionEdgeError
from edge.mqtt import refusals
from edge.mqtt.happenings import Accepted, Arrived, Lost, Refused, Subscribed
from edge.mqtt.link import Link, OpenLink, PahoLink
from edge.mqtt.option_names import in_options
from edge.mqtt.payload import Message
from edge.mqtt.settings import MqttSettings
from edge.mqtt.topics import EVERYTHING
from edge.mqtt.version_choice import VersionChoice
from edge.outage import Outage

log = logging.getLogger(__name__)
_STEP_S = 0.25
#: Sooner than devices do: what they had to keep while the broker was away comes as soon as it is back.
_RETRY_S = 0.25
_SAMPLE_S = 1.0
CONNECTING = "connecting"


class Feed:
    """Fills a fleet, which others read only while they hold :attr:`lock`, and a store.

    On MQTT 5 the broker keeps windows for us while we are away, for the settings' ``session_expiry_s``.

    Attributes:
        trouble: Why no broker is there, None while one is.
        keeper: Writes the windows.
    """

    def __init__(
        self,
        settings: MqttSettings,
        client_id: str,
        keeper: Keeper,
        open_link: OpenLink = PahoLink,
    ) -> None:
        """Prepare.

        Args:
            settings: The broker.
            client_id: The same at every start, and nobody else's: the session goes by it.
            keeper: Where windows go.
            open_link: The seam to MQTT.
        """
        self.fleet, self.keeper = Fleet(), keeper
        self.lock = threading.Lock()
        self.trouble: str | None = CONNECTING
        self._settings, self._client_id, self._open_link = settings, client_id, open_link
        self._choice = VersionChoice(settings.version)
        self._let_in = False
        self._stopping = threading.Event()
        self._outage = Outage(log)
        self._sample_at_s = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="dashboard-feed", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Hang up and write what waits."""
        self._stopping.set()
        self._thread.join(10)

    def _run(self) -> None:
        with self.keeper:
            while not self._stopping.is_set():
                trouble = self._attempt()
                if trouble is not None:
                    self.trouble = in_options(trouble, "--broker")
                    self._outage.failed(self.trouble)
                    self._pause()

    def _attempt(self) -> str | None:
        """One connection; why it ended, None where it is time to stop."""
        self._let_in = False
        try:
            link = self._open_link(self._settings, self._client_id, None, self._choice.version)
        except (EmotionEdgeError, OSError) as err:  # a certificate that is just being replaced
            return str(err)
        try:
            return self._follow(link)
        except Exception as err:  # Without this thread the page would show the past for ever.
            trouble = f"the dashboard itself failed ({type(err).__name__}: {err}); its log says where"
            if trouble != self.trouble:  # once, not four times a second
                log.exception("the connection failed and starts anew")
            return trouble
        finally:
            link.close(goodbye=False)  # a goodbye would end the session

    def _follow(self, link: Link) -> str | None:
        try:
            link.open()
        except (OSError, ValueError) as err:
            return refusals.open_failure(err, self._settings)
        return self._listen(link)

    def _listen(self, link: Link) -> str | None:
        while not self._stopping.is_set():
            arrivals: list[Message] = []
            for happening in link.step(_STEP_S):
                if isinstance(happening, Accepted):
                    self._let_in = True
                    self._choice.let_in()
                    link.subscribe(EVERYTHING, 1)
                elif isinstance(happening, Subscribed):
                    if happening.refused:
                        return (
                            f"broker {self._settings.address} refuses the subscription: {happening.refused}"
                        )
                    self.trouble = None
                    self._outage.recovered(f"connected to broker {self._settings.address}")
                elif isinstance(happening, Arrived):
                    arrivals.append(happening.message)
                elif isinstance(happening, Refused):
                    self._choice.not_let_in(happening)
                    return refusals.refusal(happening, self._settings)
                elif isinstance(happening, Lost):
                    if not self._let_in:
                        self._choice.not_let_in(happening)
                    return refusals.loss(happening, self._settings, accepted=self._let_in)
            self._take(arrivals)
        return None

    def _take(self, messages: list[Message]) -> None:
        windows = []
        now_s, utc_s = time.monotonic(), time.time()
        with self.lock:
            for message in messages:
                window = self.fleet.apply(message, now_s=now_s, utc_s=utc_s)
                windows += [Arrival(window, message.payload, misdated_s(window, utc_s))] if window else []
            if now_s >= self._sample_at_s:
                self.fleet.sample(now_s)
                self._sample_at_s = max(self._sample_at_s + _SAMPLE_S, now_s)
        self.keeper.keep(windows, utc_s)

    def _pause(self) -> None:
        end_s = time.monotonic() + _RETRY_S
        while not self._stopping.wait(_STEP_S) and time.monotonic() < end_s:
            self._take([])
