from __future__ import annotations

import socket
import ssl

import pytest

from edge.mqtt.happenings import Lost, Refused, Rejected
from edge.mqtt.refusals import loss, open_failure, refusal, rejection
from edge.mqtt.settings import MqttSettings, TlsSettings

PLAIN = MqttSettings(host="broker.local")
TLS = MqttSettings(host="broker.local", tls=TlsSettings())


@pytest.mark.parametrize(
    ("err", "advice"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "is the broker running"),
        (socket.gaierror(-2, "Name or service not known"), "check mqtt.host"),
        (UnicodeError("label too long"), "check mqtt.host"),
        (TimeoutError("timed out"), "no answer within 5 s"),
        (ConnectionResetError(104, "reset"), "check mqtt.port"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "check mqtt.port"),
        (OSError(101, "Network is unreachable"), "check the network"),
    ],
)
def test_each_failure_to_connect_says_what_to_do(err: Exception, advice: str) -> None:
    told = open_failure(err, PLAIN)
    assert told.startswith("broker broker.local:1883: ")
    assert advice in told


def test_a_certificate_that_is_not_accepted_points_to_authority_name_and_clock() -> None:
    err = ssl.SSLCertVerificationError(1, "certificate verify failed")
    err.verify_message = "certificate has expired"
    told = open_failure(err, TLS)
    assert "certificate has expired" in told
    assert "mqtt.tls.ca" in told
    assert "clock" in told


def test_a_refusal_without_a_user_name_asks_for_one() -> None:
    assert "set mqtt.username and mqtt.password" in refusal(Refused(135, "Not authorized"), PLAIN)


def test_a_refused_password_is_named() -> None:
    with_user = PLAIN.model_copy(update={"username": "pi"})
    assert "bad user name or password" in refusal(Refused(134, "Bad user name or password"), with_user)


def test_an_unknown_refusal_keeps_the_broker_s_words() -> None:
    assert "Bad authentication method" in refusal(Refused(140, "Bad authentication method"), PLAIN)


def test_a_connection_lost_before_the_answer_points_to_port_or_certificate() -> None:
    assert "mqtt.port" in loss(Lost("conn lost"), PLAIN, accepted=False)
    assert "mqtt.tls.cert" in loss(Lost("conn lost"), TLS, accepted=False)
    assert "another device" in loss(Lost("conn lost"), PLAIN, accepted=True)


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        (
            "receive: [SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] ssl/tls alert certificate expired",
            "renew",
        ),
        ("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca", "who signed"),
        ("Session taken over", "its own site and device name"),
    ],
)
def test_a_lost_connection_that_says_why_is_told_with_what_to_do(said: str, advice: str) -> None:
    assert advice in loss(Lost(said), TLS, accepted=False)


def test_a_certificate_refused_in_the_handshake_is_told_as_ours() -> None:
    err = ssl.SSLError(1, "[SSL: SSLV3_ALERT_CERTIFICATE_EXPIRED] sslv3 alert certificate expired")
    assert "this device's certificate has expired" in open_failure(err, TLS)


def test_a_rejected_message_names_topic_and_rule() -> None:
    told = rejection(Rejected(3, 135, "Not authorized"), "emotion/v1/lab/pi-1/door/window")
    assert told.startswith("broker rejects emotion/v1/lab/pi-1/door/window: not authorised")
    assert "quota" in rejection(Rejected(3, 151, "Quota exceeded"), "t")
    assert "Unspecified error" in rejection(Rejected(3, 128, "Unspecified error"), "t")
