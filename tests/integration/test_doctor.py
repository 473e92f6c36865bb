"""The doctor against real brokers: open, locked, encrypted, with rules."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.certificates import make_certificates
from tests.integration.daemon_process import ROOT, StartDaemon, configuration, start_daemon
from tests.integration.mosquitto import Mosquitto, mosquitto

__all__ = ["mosquitto", "start_daemon"]  # the fixtures
pytestmark = [pytest.mark.integration, pytest.mark.broker]


def examine(config: Path, *options: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """Exit status, and each part's verdict and text."""
    said = subprocess.run(
        [sys.executable, "-m", "edge", "doctor", "--json", "--config", str(config), *options],
        cwd=ROOT, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    report: dict[str, Any] = json.loads(said.stdout)
    assert report["schema"] == "emotion.doctor/1"
    return said.returncode, {
        one["part"]: (one["verdict"], f"{one['found']} {one['advice']}") for one in report["findings"]
    }


def test_on_a_device_where_all_is_well_nothing_fails(mosquitto: Mosquitto, tmp_path: Path) -> None:
    mosquitto.start()
    status, found = examine(configuration(tmp_path, mosquitto.port))
    assert status == 0
    assert not [part for part, (verdict, _) in found.items() if verdict == "fail"]
    assert found["broker login"] == ("ok", "lets us in without a user name, on MQTT 5 ")
    assert "golden vectors agree" in found["classifier"][1]
    assert "gives 160x120" in found["camera film"][1]


def test_what_it_publishes_is_an_answer_that_nobody_takes_for_an_event(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe("#")
    examine(configuration(tmp_path, mosquitto.port), "--no-cameras")
    (heard,) = subscriber.wait_for(1, "result/doctor")
    assert (heard.topic, heard.retained) == ("emotion/v1/lab/vm/result/doctor", False)
    assert json.loads(heard.payload)["schema"] == "emotion.result/1"
    assert [one.topic for one in subscriber.heard] == [heard.topic]


def test_a_wrong_password_and_a_stopped_broker_are_told_apart(mosquitto: Mosquitto, tmp_path: Path) -> None:
    mosquitto.require_password("pi", "secret")
    config = configuration(tmp_path, mosquitto.port)
    status, found = examine(config, "--no-cameras")
    assert (status, found["broker reached"][0]) == (1, "fail")
    mosquitto.start()
    status, found = examine(config, "--no-cameras")
    assert (status, found["broker reached"][0], found["broker login"][0]) == (1, "ok", "fail")
    assert "set mqtt.username and mqtt.password" in found["broker login"][1]


@pytest.mark.parametrize(("version", "verdict"), [("auto", "fail"), ("3.1.1", "warn")])
def test_rules_that_forbid_the_device_its_root_are_found_where_the_protocol_lets_them_be(
    mosquitto: Mosquitto, tmp_path: Path, version: str, verdict: str
) -> None:
    mosquitto.allow("topic readwrite emotion/v1/lab/another/#")
    mosquitto.start()
    mqtt = {"host": "127.0.0.1", "port": mosquitto.port, "version": version}
    _, found = examine(configuration(tmp_path, mosquitto.port, mqtt=mqtt), "--no-cameras")
    assert found["broker publish"][0] == verdict
    assert "(ACL)" in found["broker publish"][1]


def test_on_3_1_1_without_rules_the_echo_proves_that_messages_are_taken(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    mosquitto.start()
    mqtt = {"host": "127.0.0.1", "port": mosquitto.port, "version": "3.1.1"}
    _, found = examine(configuration(tmp_path, mosquitto.port, mqtt=mqtt), "--no-cameras")
    assert found["broker publish"][0] == "ok"


def test_encryption_is_examined_with_the_days_that_the_certificates_have_left(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    folder = tmp_path / "pem"
    folder.mkdir()
    made = make_certificates(folder)
    mosquitto.require_tls(made.ca, made.server, made.key, client_certificate=True)
    mosquitto.start()

    def encrypted(**tls: Path) -> tuple[str, str]:
        files = {name: str(path) for name, path in tls.items()}
        mqtt = {"host": "127.0.0.1", "port": mosquitto.port, "tls": files}
        return examine(configuration(tmp_path, mosquitto.port, mqtt=mqtt), "--no-cameras")[1][
            "broker encrypted"
        ]

    verdict, text = encrypted(ca=made.ca, cert=made.server, key=made.key)
    assert (verdict, "TLSv1.3" in text, "ends in 1 days" in text) == ("warn", True, True)
    verdict, text = encrypted(ca=made.ca, cert=made.expired, key=made.key)
    assert (verdict, "certificate has expired" in text) == ("fail", True)
    verdict, text = encrypted()
    assert (verdict, "check mqtt.tls.ca" in text) == ("fail", True)


def test_beside_the_running_daemon_it_asks_it_instead_of_taking_its_cameras(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe()
    config = configuration(tmp_path, mosquitto.port)
    daemon = start_daemon(config)
    subscriber.wait_for(2, "/film/window", timeout_s=60)
    status, found = examine(config)
    assert status == 0
    assert found["daemon"][1].startswith(f"running, process {daemon.process.pid}")
    assert "says the running daemon" in found["camera film"][1]
    daemon.terminate()
    assert examine(config, "--no-cameras")[1]["daemon"][1].startswith("not running")


def test_a_wrong_configuration_is_the_one_finding(tmp_path: Path) -> None:
    config = tmp_path / "edge.yaml"
    config.write_text("schema: edge/1\ncolour: red\n")
    status, found = examine(config)
    assert (status, list(found)) == (78, ["configuration"])
