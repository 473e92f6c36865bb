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
from collections.abc import Callable
from typing import Any, Protocol

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, LogLevel, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties

from edge.mqtt.happenings import (
    FIRST_FAILURE,
    Accepted,
    Acknowledged,
    Arrived,
    Happening,
    Lost,
    Refused,
    Rejected,
    Subscribed,
)
from edge.mqtt.payload import Message
from edge.mqtt.properties import properties_of
from edge.mqtt.settings import MqttSettings, MqttVersion
from edge.mqtt.tls import tls_context

#: How many messages may wait for their acknowledgement at once.
MAX_IN_FLIGHT = 20
#: On MQTT 5 the broker keeps larger ones to itself: a retained message of 40 MB would take four times as much
#: memory before anybody could refuse it. Windows that a dashboard accepts, topic and properties, are smaller.
LARGEST_PACKET_BYTES = 256 * 1024


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


#: Makes a link for settings, client id, last will (None for a guest) and version.
OpenLink = Callable[[MqttSettings, str, Message | None, MqttVersion], Link]


class PahoLink:
    """A :class:`Link` through paho-mqtt 2.

    What must survive lies in the outbox, not in paho. On MQTT 5 the broker keeps our session over
    a short interruption, so that the last will can wait for our return; on 3.1.1 it does not.
    """

    def __init__(
        self,
        settings: MqttSettings,
        client_id: str,
        will: Message | None = None,
        version: MqttVersion = "3.1.1",
    ) -> None:
        """Prepare a connection.

        Raises:
            ConfigError: A TLS file is missing or unusable.
        """
        self._settings, self._version = settings, version
        self._happenings: list[Happening] = []
        self._deadline_s: float | None = None
        self._complaint = ""
        self._filters: dict[int | None, str] = {}
        self._client = self._prepare(client_id, will)
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)

    def open(self) -> None:
        settings = self._settings
        self._deadline_s = time.monotonic() + settings.connect_timeout_s
        address = (settings.host, settings.effective_port, settings.keepalive_s)
        if self._version == "5":
            session = _properties_for(PacketTypes.CONNECT)
            session.SessionExpiryInterval = settings.session_expiry_s
            session.MaximumPacketSize = LARGEST_PACKET_BYTES
            self._client.connect(*address, clean_start=False, properties=session)
        else:
            self._client.connect(*address)

    def subscribe(self, topic_filter: str, qos: int) -> None:
        _code, number = self._client.subscribe(topic_filter, qos)
        self._filters[number] = topic_filter

    def send(self, message: Message, *, qos: int, retain: bool) -> int:
        properties = self._properties(message, PacketTypes.PUBLISH)
        return self._client.publish(message.topic, message.payload, qos, retain, properties).mid

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
            over = _properties_for(PacketTypes.DISCONNECT)
            over.SessionExpiryInterval = 0
            self._client.disconnect(properties=over if self._version == "5" else None)
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
        five = self._version == "5"
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if five else True,
            protocol=MQTTProtocolVersion.MQTTv5 if five else MQTTProtocolVersion.MQTTv311,
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
            properties = self._properties(will, PacketTypes.WILLMESSAGE)
            client.will_set(will.topic, will.payload, qos=1, retain=True, properties=properties)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        client.on_log = self._on_log
        return client

    def _properties(self, message: Message, packet: int) -> PahoProperties | None:
        if self._version != "5":
            return None
        said = properties_of(message, self._settings.message_expiry_s)
        properties = _properties_for(packet)
        properties.ContentType = said.content_type
        if said.user:
            properties.UserProperty = list(said.user)
        if said.expiry_s is not None:
            properties.MessageExpiryInterval = said.expiry_s
        if message.correlation:
            properties.CorrelationData = message.correlation
        if packet == PacketTypes.WILLMESSAGE:
            properties.WillDelayInterval = self._settings.will_delay_s
        return properties

    def _on_connect(self, _client: Client, _userdata: Any, _flags: Any, reason: Any, properties: Any) -> None:
        self._deadline_s = None
        if reason.is_failure:
            self._happenings.append(Refused(reason.value, str(reason)))
        else:
            self._happenings.append(Accepted(getattr(properties, "ReceiveMaximum", 65_535)))

    def _on_subscribe(
        self, _client: Client, _userdata: Any, mid: int, reasons: list[Any], _properties: Any
    ) -> None:
        failed = [str(reason) for reason in reasons if reason.is_failure]
        self._happenings.append(Subscribed(failed[0] if failed else None, self._filters.pop(mid, "")))

    def _on_publish(self, _client: Client, _userdata: Any, mid: int, reason: Any, _properties: Any) -> None:
        code = getattr(reason, "value", 0)
        taken = code < FIRST_FAILURE
        self._happenings.append(Acknowledged(mid) if taken else Rejected(mid, code, str(reason)))

    def _on_message(self, _client: Client, _userdata: Any, message: Any) -> None:
        correlation = getattr(message.properties, "CorrelationData", b"")
        arrived = Message(message.topic, bytes(message.payload), correlation)
        self._happenings.append(Arrived(arrived, message.retain))

    def _on_disconnect(
        self, _client: Client, _userdata: Any, flags: Any, reason: Any, _properties: Any
    ) -> None:
        if flags.is_disconnect_packet_from_server:  # only MQTT 5 says why
            self._complaint = str(reason)

    def _on_log(self, _client: Client, _userdata: Any, level: int, text: str) -> None:
        if level == LogLevel.MQTT_LOG_ERR:  # what the socket or TLS said, which no return code carries
            self._complaint = text

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
            self._happenings.append(Lost(self._complaint or reason))


def _properties_for(packet: int) -> PahoProperties:
    return PahoProperties(packet)  # type: ignore[no-untyped-call]
