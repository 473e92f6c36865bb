"""One connection to a broker: the seam to paho-mqtt, and the only file that imports it.

A link is driven by one thread, through :meth:`Link.step`; what happened comes back as values. It
lives for one connection: nothing that paho queues outlives it, so order and memory stay in our
hands (paho would send its own leftovers after what ``on_connect`` sends, and queue without bound).
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any, Protocol

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from edge.errors import ConfigError
from edge.mqtt.payload import Message
from edge.mqtt.settings import MqttSettings, TlsSettings

#: How many messages may wait for their acknowledgement at once.
MAX_IN_FLIGHT = 20


@dataclass(frozen=True, slots=True)
class Accepted:
    """The broker took us in."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The broker said no; ``code`` is MQTT 5's reason code (134: bad user name or password)."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker has the message that :meth:`Link.send` numbered so."""

    number: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message of a subscription."""

    message: Message
    retained: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone."""

    reason: str


Happening = Accepted | Refused | Acknowledged | Arrived | Lost


class Link(Protocol):
    """What publisher and terminal view need of MQTT."""

    def open(self) -> None:
        """Connect and ask to be let in; the answer comes from :meth:`step`.

        Raises:
            OSError: No connection; the class says why (DNS, refused, TLS, timeout).
            ValueError: The host's name cannot be looked up.
        """

    def subscribe(self, topic_filter: str, qos: int) -> None:
        """Ask for messages; call after :class:`Accepted`."""

    def send(self, message: Message, *, qos: int, retain: bool) -> int:
        """Hand over one message; returns the number that its acknowledgement will carry."""

    def step(self, timeout_s: float) -> list[Happening]:
        """Wait at most so long for the network or :meth:`wake`; what happened, in order."""

    @property
    def congested(self) -> bool:
        """Whether bytes wait because the network does not take them."""

    def wake(self) -> None:
        """End a running :meth:`step` early; the only method for other threads."""

    def close(self, *, goodbye: bool) -> None:
        """Hang up. Without a goodbye the broker publishes the last will."""


class PahoLink:
    """A :class:`Link` through paho-mqtt 2.

    MQTT 3.1.1, clean session: what must survive lies in the outbox. MQTT 5 would choose
    ``protocol`` here and fall back in the caller when :class:`Refused` says 132.
    """

    def __init__(self, settings: MqttSettings, client_id: str, will: Message | None = None) -> None:
        """Prepare a connection.

        Raises:
            ConfigError: A TLS file is missing or unusable.
        """
        self._settings = settings
        self._happenings: list[Happening] = []
        self._deadline_s: float | None = None
        self._client = self._prepare(client_id, will)
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)

    def open(self) -> None:
        settings = self._settings
        self._deadline_s = time.monotonic() + settings.connect_timeout_s
        self._client.connect(settings.host, settings.effective_port, settings.keepalive_s)

    def subscribe(self, topic_filter: str, qos: int) -> None:
        self._client.subscribe(topic_filter, qos)

    def send(self, message: Message, *, qos: int, retain: bool) -> int:
        return self._client.publish(message.topic, message.payload, qos, retain).mid

    def step(self, timeout_s: float) -> list[Happening]:
        connection = self._client.socket()
        if connection is None:
            self._note_lost("the connection was closed")
        else:
            self._exchange(connection, timeout_s)
        if self._deadline_s is not None and time.monotonic() > self._deadline_s:
            self._note_lost("no answer to the request to connect; is this the port of an MQTT broker?")
        happened, self._happenings = self._happenings, []
        return happened

    @property
    def congested(self) -> bool:
        return self._client.want_write()

    def wake(self) -> None:
        with contextlib.suppress(OSError):  # Already woken often enough, or closed.
            self._waker.send(b"\0")

    def close(self, *, goodbye: bool) -> None:
        if goodbye:
            self._client.disconnect()
            for _ in range(10):
                if self._client.socket() is None or not self._client.want_write():
                    break
                self._client.loop_write()
        connection = self._client.socket()
        if connection is not None:
            connection.close()
        self._woken.close()
        self._waker.close()

    def _prepare(self, client_id: str, will: Message | None) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False,
        )
        client.connect_timeout = self._settings.connect_timeout_s
        client.max_inflight_messages_set(MAX_IN_FLIGHT)
        if self._settings.username is not None:
            password = self._settings.password
            client.username_pw_set(self._settings.username, password.get_secret_value() if password else None)
        if self._settings.tls is not None:
            client.tls_set_context(tls_context(self._settings.tls))
        if will is not None:
            client.will_set(will.topic, will.payload, qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_publish = lambda _c, _u, mid, _r, _p: self._happenings.append(Acknowledged(mid))
        client.on_message = lambda _c, _u, m: self._happenings.append(
            Arrived(Message(m.topic, bytes(m.payload)), m.retain)
        )
        return client

    def _on_connect(
        self, _client: Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._deadline_s = None
        answer = Refused(reason.value, str(reason)) if reason.is_failure else Accepted()
        self._happenings.append(answer)

    def _exchange(self, connection: Any, timeout_s: float) -> None:
        buffered = isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
        writing = [connection] if self._client.want_write() else []
        readable, writable, _ = select.select(
            [connection, self._woken], writing, [], 0 if buffered or self._happenings else timeout_s
        )
        if self._woken in readable:
            self._woken.recv(4096)
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if connection in readable or buffered:
            code = self._client.loop_read()
        if code == MQTTErrorCode.MQTT_ERR_SUCCESS and writable:
            code = self._client.loop_write()
        if code == MQTTErrorCode.MQTT_ERR_SUCCESS:
            code = self._client.loop_misc()
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._note_lost(code.name.removeprefix("MQTT_ERR_").replace("_", " ").lower())

    def _note_lost(self, reason: str) -> None:
        self._deadline_s = None
        if not any(isinstance(happening, (Refused, Lost)) for happening in self._happenings):
            self._happenings.append(Lost(reason))


def tls_context(tls: TlsSettings) -> ssl.SSLContext:
    """The client's side of TLS 1.2 or later, with the broker's name checked.

    Raises:
        ConfigError: A file is missing, unreadable, or not what it should be.
    """
    try:
        context = ssl.create_default_context(cafile=tls.ca)
    except OSError as err:
        raise ConfigError(f"mqtt.tls.ca: {tls.ca}: cannot be read as PEM certificates: {err}") from err
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if tls.cert is not None:
        try:
            context.load_cert_chain(tls.cert, tls.key)
        except OSError as err:
            raise ConfigError(
                f"mqtt.tls.cert, key: {tls.cert}, {tls.key}: not a PEM certificate and its key: {err}"
            ) from err
    return context
