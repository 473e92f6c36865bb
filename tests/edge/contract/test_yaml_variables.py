from __future__ import annotations

from pathlib import Path

import pytest

from edge.contract import strict_yaml
from tests.edge.contract.yaml_faults import Broker, Device, Waits, faults


def test_variables_are_filled_in_inside_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_SITE", "lab")
    monkeypatch.setenv("EDGE_PORT", "1884")
    text = "site: north-${EDGE_SITE}-2\nbroker: {host: '$HOME', port: '${EDGE_PORT}'}\n"
    device = strict_yaml.parse(text, Device, "edge.yaml")
    assert device.site == "north-lab-2"
    assert device.broker == Broker(host="$HOME", port=1884)


def test_a_variable_may_be_a_credential_of_systemd_and_the_environment_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.delenv("EDGE_SITE", raising=False)
    (tmp_path / "EDGE_SITE").write_text("lab\n")
    text = "site: ${EDGE_SITE}\nbroker: {host: x}\n"
    assert strict_yaml.parse(text, Device, "edge.yaml").site == "lab"
    monkeypatch.setenv("EDGE_SITE", "attic")
    assert strict_yaml.parse(text, Device, "edge.yaml").site == "attic"


def test_a_variable_that_is_not_set_is_one_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDGE_PASSWORD", raising=False)
    text = "site: a\nbroker:\n  host: x\n  password: ${EDGE_PASSWORD}\nnew: 1\n"
    assert faults(text) == [
        "4: broker.password: neither environment variable nor systemd credential EDGE_PASSWORD is set",
        "5: new: unknown field; check the spelling or remove it",
    ]


def test_secrets_are_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_SECRET", "hunter2")
    monkeypatch.setenv("EDGE_PORT", "hunter3")
    text = """\
site: a
broker:
  host: h
  port: ${EDGE_PORT}
  password: ${EDGE_SECRET}
cameras:
  - {name: a, source: rtsp, url: "file://me:hunter4@camera"}
"""
    said = faults(text)
    assert [line.split(": ")[1] for line in said] == ["broker.port", "broker.password", "cameras[0].url"]
    assert "hunter" not in "".join(said)
    assert "hunter5" not in faults("site: a\nbroker: {host: a, password: hunter5}\n")[0]


@pytest.mark.parametrize("value", ["{host: ${HOST}}", "{host: a, password: x${HOST}}", "[${HOST}]"])
def test_a_variable_without_quotes_inside_braces_is_answered_with_a_hint(value: str) -> None:
    (said,) = faults(f"site: a\nbroker: {value}\n")
    assert said.startswith("2: not valid YAML: ")
    assert said.endswith("inside { } and [ ], put a value with ${...} in quotes")


def test_a_variable_holds_a_number_where_one_is_asked_for_and_text_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EDGE_DIGITS", "12345678")
    monkeypatch.setenv("EDGE_SWITCH", "false")
    text = (
        "site: a\nbroker: {host: h, password: '${EDGE_DIGITS}'}\n"
        "waits:\n  longest_s: ${EDGE_DIGITS}\n  repeat: ${EDGE_SWITCH}\n"
    )
    device = strict_yaml.parse(text, Device, "edge.yaml")
    assert device.broker == Broker(host="h", password="12345678")
    assert device.waits == Waits(longest_s=12345678.0, repeat=False)
    assert faults("site: a\nwaits: {times: '${EDGE_SWITCH}'}\n") == ["2: waits.times: must be a whole number"]
    monkeypatch.setenv("EDGE_SWITCH", "\udcff")
    assert faults("site: ${EDGE_SWITCH}\n") == ["1: site: holds what is no UTF-8 text"]
