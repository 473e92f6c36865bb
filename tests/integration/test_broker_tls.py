from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.edge.mqtt.event_builder import an_event
from tests.edge.mqtt.fake_link import wait_until
from tests.integration.certificates import Certificates, make_certificates
from tests.integration.mosquitto import Mosquitto, mosquitto
from tests.integration.publishing import publishing

pytestmark = [pytest.mark.integration, pytest.mark.broker]
__all__ = ["mosquitto"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def test_events_travel_over_tls_with_a_client_certificate(
    mosquitto: Mosquitto, tmp_path: Path, certificates: Certificates
) -> None:
    mosquitto.require_tls(certificates.ca, certificates.server, certificates.key, client_certificate=True)
    mosquitto.start()
    tls = {"ca": certificates.ca, "cert": certificates.server, "key": certificates.key}
    with publishing(tmp_path, mosquitto, tls=tls) as (publisher, outbox):
        publisher.publish([an_event() for _ in range(50)])
        assert wait_until(lambda: outbox.stats().rows == 0)


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_expired_certificate_of_this_device_is_named(
    mosquitto: Mosquitto, tmp_path: Path, certificates: Certificates
) -> None:
    mosquitto.require_tls(certificates.ca, certificates.server, certificates.key, client_certificate=True)
    mosquitto.start()
    tls = {"ca": certificates.ca, "cert": certificates.expired, "key": certificates.key}
    with publishing(tmp_path, mosquitto, tls=tls) as (publisher, _):
        assert wait_until(lambda: publisher.trouble is not None)
        assert "this device's certificate has expired" in str(publisher.trouble)


@pytest.mark.parametrize(
    ("tls", "advice"),
    [
        ({}, "certificate is not accepted"),
        ({"ca": True}, "client certificate"),
        (None, "mqtt.tls if the port is for TLS"),
    ],
)
# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_tls_refuses_is_named_with_what_to_do(
    mosquitto: Mosquitto, tmp_path: Path, certificates: Certificates, tls: dict[str, Any] | None, advice: str
) -> None:
    mosquitto.require_tls(certificates.ca, certificates.server, certificates.key, client_certificate=True)
    mosquitto.start()
    fields = {"tls": {"ca": certificates.ca} if tls else tls}
    with publishing(tmp_path, mosquitto, **fields) as (publisher, _):
        assert wait_until(lambda: publisher.trouble is not None)
        assert advice in str(publisher.trouble)
