"""What a message says of a secret works: the unit hands the daemon every name that its configuration uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.release.assemble import Target, stored
from deploy.release.build import Builder
from deploy.release.credentials import file_name, loaded, names, with_credentials
from deploy.release.render import Layer
from deploy.release.store import Release, ReleaseStore
from edge import shipped
from edge.errors import ConfigError

_TARGET = Target("pi", "aarch64", "3.11")
_BASE = Layer(
    "base.yaml",
    "schema: edge/1\nsite: lab\ndevice: pi\npurpose: personal\n"
    "cameras:\n  - {name: desk, source: v4l2}\n"
    "mqtt: {host: broker, username: u, password: '${MQTT_PASSWORD}'}\n",
)
_DOOR = Layer(
    "host.yaml", "cameras:\n  - {name: door, source: rtsp, url: 'rtsp://${DOOR_LOGIN}@192.0.2.7/'}\n"
)


def test_the_names_of_the_shipped_unit_have_the_files_that_the_rule_gives_them() -> None:
    unit = shipped.systemd_unit()
    for name in ("MQTT_PASSWORD", "PREVIEW_TOKEN"):
        assert f"LoadCredential={name}:{file_name(name)}\n" in unit


def test_what_systemd_and_the_launcher_set_is_no_secret() -> None:
    used = {
        "a": ["${EMOTION_EDGE_RELEASE}/x", "${CREDENTIALS_DIRECTORY}/device.key"],
        "b": {"c": "x${D}${E_1}"},
    }
    assert names(used) == {"D", "E_1"}


def test_a_unit_that_has_all_names_stays_as_it_is() -> None:
    unit = shipped.systemd_unit()
    assert with_credentials(unit, {"mqtt": {"password": "${MQTT_PASSWORD}"}}) == unit


def _builder(tmp_path: Path) -> Builder:
    builder = Builder(tmp_path, ReleaseStore(tmp_path / "store"))
    launcher = stored("bin/emotion-edge", b"#!/bin/sh\n", builder.store)
    builder._software[_TARGET.arch, _TARGET.python] = {"bin/emotion-edge": launcher}
    return builder


def _unit(release: Release, builder: Builder) -> str:
    blob = next(blob for blob in release.manifest.files if blob.path == "unit/emotion-edge.service")
    return builder.store.blob(blob.sha256).read_text()


def test_the_unit_of_a_release_hands_over_the_login_of_a_camera(tmp_path: Path) -> None:
    builder = _builder(tmp_path)
    unit = _unit(builder.build(_TARGET, [_BASE, _DOOR]), builder)
    assert "\nLoadCredential=DOOR_LOGIN:emotion-edge.door-login\n" in unit
    service = unit.partition("[Service]")[2].partition("[Install]")[0]
    assert loaded(service) >= {"DOOR_LOGIN", "MQTT_PASSWORD"}
    assert _unit(builder.build(_TARGET, [_BASE]), builder) == shipped.systemd_unit()


def test_a_configuration_alone_brings_no_new_secret(tmp_path: Path) -> None:
    builder = _builder(tmp_path)
    plain, door = builder.build(_TARGET, [_BASE]), builder.build(_TARGET, [_BASE, _DOOR])
    with pytest.raises(
        ConfigError, match=r"^host.yaml:2: cameras\[1\].url: \$\{DOOR_LOGIN\} is new.*--config-only"
    ):
        builder.change(plain.manifest, [_BASE, _DOOR], "configuration")
    faster = Layer("host.yaml", _DOOR.text.replace("source", "fps: 3, source"))
    assert builder.change(door.manifest, [_BASE, faster], "configuration").manifest.id != door.manifest.id


_ARGUS = Layer(
    "host.yaml",
    "cameras:\n  - {name: jetson, source: gstreamer, pipeline: nvarguscamerasrc ! nvvidconv ! video/x-raw}\n",
)


def test_the_unit_of_a_jetson_sees_the_socket_of_its_cameras(tmp_path: Path) -> None:
    builder = _builder(tmp_path)
    plain, jetson = builder.build(_TARGET, [_BASE]), builder.build(_TARGET, [_BASE, _ARGUS])
    assert "\nPrivateTmp=yes\n" in _unit(plain, builder)
    assert _unit(jetson, builder) == _unit(plain, builder).replace("PrivateTmp=yes", "PrivateTmp=no")
    with pytest.raises(ConfigError, match="Jetson's own cameras need another unit"):
        builder.change(plain.manifest, [_BASE, _ARGUS], "configuration")
    slower = Layer("host.yaml", _ARGUS.text.replace("source", "fps: 3, source"))
    assert builder.change(jetson.manifest, [_BASE, slower], "configuration").manifest.id != jetson.manifest.id
