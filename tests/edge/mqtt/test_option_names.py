from __future__ import annotations

import socket
import ssl

import pytest

from edge.mqtt.happenings import Lost, Refused
from edge.mqtt.option_names import in_options
from edge.mqtt.refusals import loss, open_failure, refusal
from edge.mqtt.settings import MqttSettings, TlsSettings

PLAIN = MqttSettings(host="broker.local")
TLS = MqttSettings(host="broker.local", tls=TlsSettings())


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (open_failure(socket.gaierror(-2, "unknown"), PLAIN), "check --broker and the name server"),
        (open_failure(ConnectionRefusedError(111, "refused"), PLAIN), "is --port right?"),
        (open_failure(ConnectionResetError(104, "reset"), PLAIN), "check --port, and --tls if the port"),
        (open_failure(TimeoutError(), PLAIN), "check --broker, the network"),
        (open_failure(ssl.SSLError(1, "wrong version"), TLS), "check --port"),
        (refusal(Refused(135, "Not authorized"), PLAIN), "set --username and --password"),
        (loss(Lost("gone"), TLS, accepted=False), "a client certificate: this command can show none"),
        (loss(Lost("certificate required"), TLS, accepted=False), "this command can show none"),
        ("mqtt.tls.ca: film.mp4: cannot be read", "--ca: film.mp4: cannot be read"),
    ],
)
def test_every_advice_names_an_option_that_is_there(said: str, advice: str) -> None:
    told = in_options(said, "--broker")
    assert advice in told
    assert "mqtt." not in told


@pytest.mark.parametrize("name", ["mqtt.host.example", "mqtt.tls", "my.mqtt.port"])
def test_a_broker_that_is_called_like_a_field_keeps_its_name(name: str) -> None:
    assert in_options(f"broker {name}:1883: gone", "--host") == f"broker {name}:1883: gone"
