"""The client's side of TLS."""

from __future__ import annotations

import contextlib
import ssl

from edge.errors import ConfigError
from edge.mqtt.settings import TlsSettings


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


def own_certificate_fault(tls: TlsSettings) -> str | None:
    """What OpenSSL says of this device's own certificate ("certificate has expired"), None if it is valid.

    Many brokers hang up without a word. So the certificate is shown to a server of our own, in memory,
    that trusts nothing but this certificate: what it finds is of the certificate itself.
    """
    if tls.cert is None:
        return None
    try:
        server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for context in (server, client):
            context.load_cert_chain(tls.cert, tls.key)
        client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
        server.load_verify_locations(tls.cert)
        server.verify_mode = ssl.CERT_REQUIRED
        server.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        _shake_hands(server, client)
    except ssl.SSLCertVerificationError as err:
        return err.verify_message
    except OSError:  # unreadable by now; what else is wrong, the connection itself tells
        return None
    return None


def _shake_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> None:
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server), server.wrap_bio(to_server, to_client, server_side=True)]
    for end in ends * 3:  # more flights than a handshake has
        with contextlib.suppress(ssl.SSLWantReadError):
            end.do_handshake()
