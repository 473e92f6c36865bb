from __future__ import annotations

import socket
from contextlib import closing

from edge.dashboard.payloads import LARGEST_BYTES
from edge.mqtt.link import LARGEST_PACKET_BYTES, PahoLink
from edge.mqtt.settings import MqttSettings, MqttVersion

#: MQTT 5, 2.2.2.2: the identifier of Maximum Packet Size, four bytes follow.
_MAXIMUM_PACKET_SIZE = b"\x27"


def asked_to_connect(version: MqttVersion) -> bytes:
    """What a link sends to a broker first."""
    with socket.create_server(("127.0.0.1", 0)) as broker:
        link = PahoLink(MqttSettings(host="127.0.0.1", port=broker.getsockname()[1]), "one", version=version)
        with closing(broker):
            link.open()
            connection, _ = broker.accept()
            with connection:
                link.step(0.1)
                heard = connection.recv(4096)
            link.close(goodbye=False)
    return heard


def test_on_mqtt_5_the_broker_is_asked_to_keep_to_itself_what_would_fill_the_memory() -> None:
    assert _MAXIMUM_PACKET_SIZE + LARGEST_PACKET_BYTES.to_bytes(4, "big") in asked_to_connect("5")
    assert asked_to_connect("3.1.1").startswith(b"\x10")


def test_what_a_dashboard_accepts_passes() -> None:
    assert LARGEST_PACKET_BYTES > LARGEST_BYTES + 65_535 + 1024, "payload, topic, properties"
