from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from edge.errors import ConfigError
from edge.mqtt.link import PahoLink
from edge.mqtt.settings import MqttSettings, OutboxSettings, TlsSettings, default_outbox_path


def settings(**fields: Any) -> MqttSettings:
    return MqttSettings.model_validate({"host": "broker.local", **fields})


def test_the_port_follows_from_tls_unless_it_is_given() -> None:
    assert settings().effective_port == 1883
    assert settings(tls={}).effective_port == 8883
    assert settings(tls={}, port=1884).effective_port == 1884


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"host": ""}, "host"),
        ({"host": "mqtt://broker"}, "host"),
        ({"host": "a..b"}, "not a host name"),
        ({"host": "a" * 64 + ".org"}, "not a host name"),
        ({"port": 0}, "port"),
        ({"password": "x"}, "a password needs a username"),
        ({"backoff_min_s": 9, "backoff_max_s": 3}, "backoff_min_s"),
        ({"tls": {"cert": "c.pem"}}, "both cert and key"),
        ({"hots": "x"}, "hots"),
    ],
)
def test_faults_are_named(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        settings(**fields)


def test_faults_between_fields_are_named_beside_others_and_at_the_field() -> None:
    with pytest.raises(ValidationError) as caught:
        settings(port=True, password="x", backoff_min_s=40, tls={"key": "k.pem", "ca": 5})
    assert [fault["loc"] for fault in caught.value.errors()] == [
        ("port",),
        ("tls", "ca"),
        ("tls", "key"),
        ("password",),
        ("backoff_max_s",),
    ]


@pytest.mark.parametrize("host", ["localhost", "192.168.1.7", "::1", "fe80::1", "broker.local.", "mqtt_1"])
def test_names_and_addresses_are_taken(host: str) -> None:
    assert settings(host=host).host == host


def test_an_ipv6_address_is_shown_in_brackets() -> None:
    assert settings(host="::1").address == "[::1]:1883"


def test_the_password_is_shown_nowhere() -> None:
    with_password = settings(username="pi", password="hunter2")
    assert "hunter2" not in f"{with_password!r} {with_password} {with_password.model_dump_json()}"


def test_the_outbox_lies_where_systemd_says_or_else_with_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/emotion-edge:/var/lib/other")
    assert default_outbox_path() == Path("/var/lib/emotion-edge/outbox.sqlite3")
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.setenv("XDG_STATE_HOME", "/home/pi/state")
    assert default_outbox_path() == Path("/home/pi/state/emotion-edge/outbox.sqlite3")
    assert OutboxSettings.model_validate({"path": None}).path == default_outbox_path()
    assert OutboxSettings.model_validate({"path": "/srv/queue"}).path == Path("/srv/queue")


def test_a_missing_authority_file_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"mqtt\.tls\.ca"):
        PahoLink(settings(tls={"ca": tmp_path / "ca.pem"}), "test")


def test_a_certificate_that_is_none_is_a_fault_of_the_configuration(tmp_path: Path) -> None:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("not a certificate")
    tls = TlsSettings(cert=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    with pytest.raises(ConfigError, match=r"mqtt\.tls\.cert"):
        PahoLink(MqttSettings(host="broker.local", tls=tls), "test")
