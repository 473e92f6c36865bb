"""Why the broker cannot be used, in words that say what to do (pure)."""

from __future__ import annotations

import socket
import ssl

from edge.mqtt.link import Lost, Refused
from edge.mqtt.settings import MqttSettings

_BY_CODE = {
    132: "it does not speak MQTT 3.1.1; use a broker that does",
    133: "it does not accept our client id; check the broker's rules for client ids",
    134: "bad user name or password; check mqtt.username and mqtt.password",
    135: "not authorised; check mqtt.username and mqtt.password, and what the broker allows them",
    136: "it is not available now; look at the broker's own log",
}
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


def loss(lost: Lost, settings: MqttSettings, *, accepted: bool) -> str:
    """Why a connection ended."""
    if accepted:
        return (
            f"broker {settings.address}: connection lost ({lost.reason}); if this repeats, another"
            " device may use the same site and device name"
        )
    if settings.tls is not None and settings.tls.cert is None:
        return (
            f"broker {settings.address}: hung up at once ({lost.reason}); it may want a client"
            " certificate: set mqtt.tls.cert and mqtt.tls.key"
        )
    if settings.tls is None:
        return (
            f"broker {settings.address}: hung up before letting us in ({lost.reason}); check mqtt.port, and"
            " mqtt.tls if the port is for TLS"
        )
    return (
        f"broker {settings.address}: hung up before letting us in ({lost.reason}); is this device's"
        " certificate still valid?"
    )


def _open_failure(err: Exception, settings: MqttSettings) -> str:
    if isinstance(err, ssl.SSLCertVerificationError):
        return (
            f"its certificate is not accepted: {err.verify_message}; check mqtt.tls.ca, mqtt.host"
            " and this device's clock"
        )
    if isinstance(err, ssl.SSLError):
        why = getattr(err, "reason", None) or err
        return f"TLS failed: {why}; check mqtt.port, mqtt.tls.cert and mqtt.tls.key"
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
