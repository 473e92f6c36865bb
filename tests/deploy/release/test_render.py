"""Layers of configuration become one, and a fault is told where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from deploy.release.placed import Placed
from deploy.release.render import Layer, as_yaml, render, render_each
from edge.errors import ConfigError

_BASE = """\
schema: edge/1
site: lab
device: base
purpose: personal
cameras:
  - name: desk
    source: v4l2
    fps: 10
mqtt:
  host: broker
  username: u
  password: ${MQTT_PASSWORD}
"""


def test_devices_are_checked_together_and_what_they_share_is_said_once() -> None:
    base = Layer("base.yaml", _BASE + "spelt: wrong\n")
    devices = [[base, Layer(f"{name}.yaml", f"device: {name}\n")] for name in ("one", "two")]
    with pytest.raises(ConfigError) as refused:
        render_each([*devices, [base, Layer("three.yaml", "device: NO\n")]])
    first, second = str(refused.value).splitlines()
    assert first.startswith("base.yaml:13: spelt: unknown field")
    assert second.startswith("three.yaml:1: device: ")


def test_later_layers_win_field_by_field_and_cameras_by_name() -> None:
    group = Layer(
        "group.yaml", "mqtt:\n  host: other\ncameras:\n  - name: door\n    source: v4l2\n    device: 1\n"
    )
    host = Layer("host.yaml", "device: pi-kitchen\ncameras:\n  - name: desk\n    fps: 5\n")
    assert render([Layer("base.yaml", _BASE), group, host]).plain() == {
        "schema": "edge/1",
        "site": "lab",
        "device": "pi-kitchen",
        "purpose": "personal",
        "cameras": [
            {"name": "desk", "source": "v4l2", "fps": 5},
            {"name": "door", "source": "v4l2", "device": 1},
        ],
        "mqtt": {"host": "other", "username": "u", "password": "${MQTT_PASSWORD}"},
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cameras:\n  - name: desk\n    fsp: 3\n", "host.yaml:3: cameras[0].fsp: unknown field"),
        ("schema: edge/0\n", "host.yaml:1: schema: edge/0 is older than this software, which reads edge/1; "),
        ("schema: edge/2\n", "host.yaml:1: schema: edge/2 is newer than this software, which reads edge/1; "),
        ("device: null\n", "host.yaml:1: device: must be text"),
        ("purpose: workplace\n", "medical_or_safety_justification"),
        ("mqtt: [\n", "host.yaml:2: not valid YAML"),
        ("site: a\nsite: b\n", "host.yaml:2: site: given twice"),
    ],
)
def test_a_fault_is_told_where_it_stands(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as fault:
        render([Layer("base.yaml", _BASE), Layer("host.yaml", text)])
    assert said in str(fault.value)


def test_a_field_that_no_layer_has_is_told_of_the_first() -> None:
    with pytest.raises(ConfigError, match=r"^base.yaml:1: site: required field is missing"):
        render([Layer("base.yaml", _BASE.replace("site: lab\n", "")), Layer("host.yaml", "device: d\n")])


@pytest.mark.parametrize(
    "text",
    [
        "mqtt:\n  password: hunter2\n",
        "mqtt:\n  password: ${A}hunter2\n",
        "cameras:\n  - name: door\n    source: rtsp\n    url: rtsp://admin:hunter2@camera/\n",
        "cameras:\n  - name: door\n    source: rtsp\n    url: http://camera/video.cgi?user=admin&pwd=hunter2\n",
        "cameras:\n  - name: door\n    source: gstreamer\n"
        "    pipeline: rtspsrc location=rtsp://camera/ user-id=admin user-pw=hunter2 ! decodebin\n",
    ],
)
def test_a_secret_in_words_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^host.yaml:[24]: .*a secret in words") as fault:
        render([Layer("base.yaml", _BASE), Layer("host.yaml", text)])
    assert "hunter2" not in str(fault.value)
    assert "/etc/credstore/emotion-edge." in str(fault.value)


def test_a_secret_by_name_stays_a_name() -> None:
    url = "rtsp://admin:${DOOR}@camera/"
    layer = Layer("host.yaml", f"cameras:\n  - name: door\n    source: rtsp\n    url: {url}\n")
    text = as_yaml(render([Layer("base.yaml", _BASE), layer]).plain(), ["base.yaml", "host.yaml"]).decode()
    assert text.startswith("# Made by emotion-deploy out of base.yaml, host.yaml")
    assert yaml.safe_load(text)["cameras"][1]["url"] == url


@pytest.mark.parametrize(
    "text",
    [
        'http:\n  bind: "127.0.0.1:8080"\n  preview: {enabled: true, token: "${PREVIEW_TOKEN}"}\n',
        "http:\n  bind: ${BIND}\n",
        "cameras:\n  - {name: door, source: rtsp, url: '${DOOR_URL}'}\n",
        "cameras:\n  - {name: door, source: rtsp, url: 'http://camera/video.cgi?user=admin&pwd=${DOOR}'}\n",
    ],
)
def test_what_a_variable_holds_is_for_the_device_to_judge(text: str) -> None:
    render([Layer("base.yaml", _BASE), Layer("host.yaml", text)])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mqtt:\n  pasword: ${MQTT_PASSWORD}\n", "host.yaml:2: mqtt.pasword: unknown field"),
        (
            'http:\n  bind: "127.0.0.1:8080"\n  preview: {enabled: true, token: "${TOKEN}", fps: 999}\n',
            "host.yaml:3: http.preview.fps: ",
        ),
    ],
)
def test_a_variable_hides_no_fault_that_is_not_its_own(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        render([Layer("base.yaml", _BASE), Layer("host.yaml", text)])
    assert str(refused.value).startswith(said)
    assert len(str(refused.value).splitlines()) == 1


def test_a_health_record_that_the_agent_would_not_find_is_refused_where_it_is_asked_for() -> None:
    elsewhere = Layer("host.yaml", "health:\n  path: /data/health.json\n")
    with pytest.raises(ConfigError, match=r"^host.yaml:2: health.path: the agent looks"):
        render([Layer("base.yaml", _BASE), elsewhere])
    for right in ("null", "/run/emotion-edge/health.json"):
        render([Layer("base.yaml", _BASE), Layer("host.yaml", f"health:\n  path: {right}\n")])


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.yaml: cannot be read"):
        Layer.of(tmp_path / "nowhere.yaml")


_plain = st.recursive(
    st.none() | st.booleans() | st.integers(),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def tree(value: object, place: str) -> Placed:
    return Placed({k: tree(v, place) for k, v in value.items()} if isinstance(value, dict) else value, place)


@given(_plain, _plain)
def test_what_a_later_layer_says_holds(earlier: object, later: object) -> None:
    merged = tree(earlier, "one:1").merge(tree(later, "two:1"))
    values = {path: value for path, value, _ in merged.scalars()}
    for path, value, _ in tree(later, "two:1").scalars():
        assert values[path] == value


@given(_plain)
def test_a_layer_over_itself_changes_nothing(value: object) -> None:
    assert tree(value, "one:1").merge(tree(value, "one:1")) == tree(value, "one:1")
