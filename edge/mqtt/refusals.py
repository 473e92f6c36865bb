"""Why the broker cannot be used, in words that say what to do.

Pure but for one look at this device's own certificate, which some brokers refuse without a word.
"""

from __future__ import annotations

import socket
import ssl

from edge.mqtt.happenings import Lost, Refused, Rejected
from edge.mqtt.settings import MqttSettings
from edge.mqtt.tls import own_certificate_fault
from edge.mqtt.topics import ROOT

_BY_CODE = {
    132: "it speaks neither MQTT 5 nor 3.1.1; use a broker that does",
    133: "it does not accept our client id; check the broker's rules for client ids",
    134: "bad user name or password; check mqtt.username and mqtt.password",
    135: "not authorised; check mqtt.username and mqtt.password, and what the broker allows them",
    136: "it is not available now; look at the broker's own log",
    137: "it is busy; it is tried again",
    138: "this client is banned; look at the broker's own log",
}
#: What the broker will not take however often it is sent: bad topic, too large, bad format.
HOPELESS = frozenset({144, 149, 153})
_NOT_AUTHORISED = 135
_BY_REJECTION = {
    144: "the topic is not allowed; check the broker's rules for topics",
    149: "the message is larger than the broker takes; raise its limit",
    151: "a quota is exceeded; raise it, or look at the broker's own log",
}
_RENEW = "renew mqtt.tls.cert, check this device's clock"
#: What TLS says of our own certificate, in the words of OpenSSL's alerts.
_OWN_CERTIFICATE = (
    ("certificate expired", f"this device's certificate has expired: {_RENEW}"),
    ("unknown ca", "it does not know who signed this device's certificate; check mqtt.tls.cert"),
    ("bad certificate", "it does not accept this device's certificate; check mqtt.tls.cert"),
    ("certificate revoked", "this device's certificate was revoked; replace mqtt.tls.cert"),
    ("certificate required", "it wants a client certificate: set mqtt.tls.cert and mqtt.tls.key"),
)
_TAKEN_OVER = "session taken over"
_BY_KIND: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((socket.gaierror, UnicodeError), "no such host; check mqtt.host and the name server"),
    ((ConnectionRefusedError,), "connection refused; is the broker running, and is mqtt.port right?"),
    (
        (ConnectionResetError,),
        "hung up while connecting; check mqtt.port, and mqtt.tls if the port is for TLS",
    ),
)


def open_failure(err: Exception, settings: MqttSettings) -> str:
    """Why no connection could be opened."""
    return f"broker {settings.address}: {_open_failure(err, settings)}"


def refusal(refused: Refused, settings: MqttSettings) -> str:
    """Why the broker did not let us in."""
    why = _BY_CODE.get(refused.code, f"{refused.reason}; look at the broker's own log")
    if refused.code in (134, 135) and settings.username is None:
        why = "it wants a user name and password; set mqtt.username and mqtt.password"
    return f"broker {settings.address} refuses: {why}"


def rejection(rejected: Rejected, topic: str) -> str:
    """Why the broker does not take a message, though it let us in."""
    if rejected.code == _NOT_AUTHORISED:
        where = "below its own root" if topic.startswith(f"{ROOT}/") else "there"
        return f"broker rejects {topic}: not authorised; let this device's user write {where} (ACL)"
    why = _BY_REJECTION.get(rejected.code, f"{rejected.reason}; look at the broker's own log")
    return f"broker rejects {topic}: {why}"


def no_subscription(topic_filter: str, reason: str) -> str:
    """Why no command, or no word of Home Assistant, can arrive."""
    return (
        f"broker refuses the subscription to {topic_filter}: {reason}; let this device's user read it (ACL)"
    )


def loss(lost: Lost, settings: MqttSettings, *, accepted: bool) -> str:
    """Why a connection ended."""
    return f"broker {settings.address}: {_loss(lost, settings, accepted=accepted)}"


def _loss(lost: Lost, settings: MqttSettings, *, accepted: bool) -> str:
    if _TAKEN_OVER in lost.reason.lower():
        return "another client has taken this device's place; give each device its own site and device name"
    if (of_certificate := _of_own_certificate(lost.reason)) is not None:
        return of_certificate
    if accepted:
        return (
            f"connection lost ({lost.reason}); if this repeats, another device may use the same site and"
            " device name"
        )
    return _hung_up(lost, settings)


def _hung_up(lost: Lost, settings: MqttSettings) -> str:
    if settings.tls is None:
        return (
            f"hung up before letting us in ({lost.reason}); check mqtt.port, and mqtt.tls if the port is"
            " for TLS"
        )
    if settings.tls.cert is None:
        return (
            f"hung up at once ({lost.reason}); it may want a client certificate: set mqtt.tls.cert and"
            " mqtt.tls.key"
        )
    fault = own_certificate_fault(settings.tls)
    if fault is not None:
        return f"hung up; this device's {fault}: {_RENEW}"
    return (
        f"hung up before letting us in ({lost.reason}); does it trust who signed this device's"
        " certificate (mqtt.tls.cert)?"
    )


def _of_own_certificate(said: str) -> str | None:
    words = said.replace("_", " ").lower()
    return next((advice for alert, advice in _OWN_CERTIFICATE if alert in words), None)


def _open_failure(err: Exception, settings: MqttSettings) -> str:
    if isinstance(err, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not accepted: {err.verify_message}; check mqtt.tls.ca, mqtt.host"
            " and this device's clock"
        )
    if isinstance(err, ssl.SSLError):
        why = getattr(err, "reason", None) or err
        own = settings.tls is not None and settings.tls.cert is not None
        check = "mqtt.port, mqtt.tls.cert and mqtt.tls.key" if own else "mqtt.port"
        return _of_own_certificate(str(err)) or f"TLS failed: {why}; check {check}"
    if isinstance(err, TimeoutError):
        return (
            f"no answer within {settings.connect_timeout_s:g} s; check mqtt.host, the network and firewalls"
        )
    if isinstance(err, ConnectionResetError) and settings.tls is not None:
        return "hung up during the TLS handshake; check mqtt.port: it may be a port without TLS"
    for kinds, advice in _BY_KIND:
        if isinstance(err, kinds):
            return advice
    return f"{err}; check the network"
