from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from edge.cameras import AnyCamera, Section, V4l2Camera
from edge.contract import strict_yaml
from edge.errors import ConfigError


class Broker(Section):
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    password: Annotated[str, Field(min_length=8)] | None = None


class Device(Section):
    site: str
    broker: Broker | None = None
    cameras: tuple[AnyCamera, ...] = ()
    limits: dict[str, float] | None = None

    @field_validator("cameras")
    @classmethod
    def _unique(cls, cameras: tuple[AnyCamera, ...], info: ValidationInfo) -> tuple[AnyCamera, ...]:
        names = [camera.name for camera in cameras]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise PydanticCustomError("duplicate", "given twice", {"at": (index, "name")})
        return cameras


def faults(text: str) -> list[str]:
    """The lines of the refusal, without the file's name."""
    with pytest.raises(ConfigError) as caught:
        strict_yaml.parse(text, Device, "edge.yaml")
    lines = str(caught.value).splitlines()
    assert all(line.startswith("edge.yaml:") for line in lines)
    return [line.removeprefix("edge.yaml:") for line in lines]


def test_a_correct_file_becomes_the_model(tmp_path: Path) -> None:
    path = tmp_path / "edge.yaml"
    path.write_text(
        "site: lab\ncameras:\n  - {name: door, source: v4l2, size: [640, 480]}\n", encoding="utf-8"
    )
    device = strict_yaml.load(path, Device)
    assert device.cameras == (V4l2Camera(name="door", source="v4l2", size=(640, 480)),)


def test_all_faults_are_named_at_once_in_the_order_of_the_file() -> None:
    text = """\
site: [lab]
brokr: {}
broker:
  port: 99999
  user: me
cameras:
  - name: door
    source: v4l2
    size: [640, 4]
    colour: red
  - name: Gate
    source: rtsp
limits:
  fps: many
"""
    assert faults(text) == [
        "1: site: Input should be a valid string",
        "2: brokr: unknown field; check the spelling or remove it",
        "3: broker.host: required field is missing",
        "4: broker.port: Input should be less than or equal to 65535 (given: 99999)",
        "5: broker.user: unknown field; check the spelling or remove it",
        "9: cameras[0].size[1]: Input should be greater than or equal to 16 (given: 4)",
        "10: cameras[0].colour: unknown field; check the spelling or remove it",
        "11: cameras[1].name: String should match pattern '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' (given: 'Gate')",
        "11: cameras[1].url: required field is missing",
        "14: limits.fps: Input should be a valid number, unable to parse string as a number (given: 'many')",
    ]


def test_a_wrong_value_of_a_plain_union_has_the_path_of_its_field() -> None:
    said = faults("site: a\ncameras:\n  - {name: a, source: v4l2, device: {}}\n")
    assert {line.split(": ")[1] for line in said} == {"cameras[0].device"}


def test_an_unknown_kind_of_camera_is_named_at_its_own_line() -> None:
    (said,) = faults("site: a\ncameras:\n  - name: a\n    source: usb\n")
    assert said.startswith("4: cameras[0].source: 'usb' is none of 'v4l2', 'picamera2'")


def test_a_camera_without_a_kind_is_named() -> None:
    assert faults("site: a\ncameras:\n  - name: a\n") == ["3: cameras[0].source: required field is missing"]


@pytest.mark.parametrize(
    ("cameras", "said"),
    [
        ("\n  - door", "3: cameras[0]: must be a mapping of fields to values"),
        ("\n  - {name: a, source: v4l2}\n  -", "4: cameras[1]: must be a mapping of fields to values"),
        (" door", "2: cameras: Input should be a valid tuple"),
    ],
)
def test_a_camera_list_of_the_wrong_type_is_named(cameras: str, said: str) -> None:
    (line,) = faults(f"site: a\ncameras:{cameras}\n")
    assert line.startswith(said)


def test_a_fault_of_a_whole_list_is_named_at_its_entry() -> None:
    text = "site: a\ncameras:\n  - {name: a, source: v4l2}\n  - source: v4l2\n    name: a\n"
    assert faults(text) == ["5: cameras[1].name: given twice"]


def test_a_key_given_twice_is_a_fault_beside_the_others() -> None:
    assert faults("site: a\nbroker:\n  host: x\n  host: y\nsite: b\nnew: 1\n") == [
        "4: broker.host: given twice; keep one",
        "5: site: given twice; keep one",
        "6: new: unknown field; check the spelling or remove it",
    ]


def test_variables_are_filled_in_inside_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_SITE", "lab")
    monkeypatch.setenv("EDGE_PORT", "1884")
    text = "site: north-${EDGE_SITE}-2\nbroker: {host: '$HOME', port: '${EDGE_PORT}'}\n"
    device = strict_yaml.parse(text, Device, "edge.yaml")
    assert device.site == "north-lab-2"
    assert device.broker == Broker(host="$HOME", port=1884)


def test_a_variable_that_is_not_set_is_one_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDGE_PASSWORD", raising=False)
    text = "site: a\nbroker:\n  host: x\n  password: ${EDGE_PASSWORD}\nnew: 1\n"
    assert faults(text) == [
        "4: broker.password: environment variable EDGE_PASSWORD is not set",
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("site: a\nbroker: {host: a\n", ":3: not valid YAML: "),
        ("site: a\n\tbroker: b\n", ":2: not valid YAML: "),
        ("site: a\n---\nsite: b\n", ":2: not valid YAML: expected a single document"),
        ("site: *nobody\n", ":1: not valid YAML: found undefined alias 'nobody'"),
        ("site: a\x00\n", ": not valid YAML: "),
        ("", ":1: the file must be a mapping"),
        ("# nothing\n", ":1: the file must be a mapping"),
        ("- site\n", ":1: the file must be a mapping"),
        ("site: &a [*a]\n", ": nested too deeply"),
        ("site: " + "[" * 5000, ": nested too deeply"),
    ],
)
def test_text_that_is_no_document_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        strict_yaml.parse(text, Device, "edge.yaml")
    assert f"edge.yaml{said}" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("!gold 3", "1: site: could not determine a constructor for the tag '!gold'"),
        ("2026-02-31", "1: site: day"),
        ("!!int many", "1: site: invalid literal"),
    ],
)
def test_a_value_that_yaml_cannot_build_is_a_fault_of_its_field(value: str, said: str) -> None:
    first, second = faults(f"site: {value}\nnew: 1\n")
    assert first.startswith(said)
    assert second.startswith("2: new: unknown field")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("site: Köln".encode("latin-1"))
    for name in ("none.yaml", "latin.yaml", "."):
        with pytest.raises(ConfigError, match="cannot be read"):
            strict_yaml.load(tmp_path / name, Device)
