from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from edge.cameras import AnyCamera, FileCamera, V4l2Camera
from edge.contract import strict_yaml
from edge.contract.section import Entries, Section, at_least
from edge.contract.unique_names import named_apart
from edge.errors import ConfigError


class Broker(Section):
    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    password: Annotated[str, Field(min_length=8)] | None = None


class Waits(Section):
    shortest_s: float = 1.0
    longest_s: Annotated[float, at_least("shortest_s")] = 30.0
    repeat: bool = True
    times: int = 3


class Device(Section):
    site: str
    broker: Broker | None = None
    cameras: Annotated[Entries[AnyCamera], named_apart("cameras")] | None = None
    limits: dict[str, float] | None = None
    waits: Waits | None = None


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
        "1: site: must be text",
        "2: brokr: unknown field; check the spelling or remove it",
        "3: broker.host: required field is missing",
        "4: broker.port: Input should be less than or equal to 65535 (given: 99999)",
        "5: broker.user: unknown field; check the spelling or remove it",
        "9: cameras[0].size[1]: Input should be greater than or equal to 16 (given: 4)",
        "10: cameras[0].colour: unknown field; check the spelling or remove it",
        "11: cameras[1].name: String should match pattern '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$' (given: 'Gate')",
        "11: cameras[1].url: required field is missing",
        "14: limits.fps: must be a number (given: 'many')",
    ]


@pytest.mark.parametrize("device", ["{}", "true", "1.5", "null", "-3", "''"])
def test_a_video_device_is_a_number_or_a_path(device: str) -> None:
    (said,) = faults(f"site: a\ncameras:\n  - {{name: a, source: v4l2, device: {device}}}\n")
    assert said.startswith("3: cameras[0].device: ")


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
        (" door", "2: cameras: must be a list"),
    ],
)
def test_a_camera_list_of_the_wrong_type_is_named(cameras: str, said: str) -> None:
    (line,) = faults(f"site: a\ncameras:{cameras}\n")
    assert line.startswith(said)


def test_a_fault_of_a_whole_list_is_named_at_its_entry() -> None:
    text = "site: a\ncameras:\n  - {name: a, source: v4l2}\n  - source: v4l2\n    name: a\n"
    assert faults(text) == ["5: cameras[1].name: 'a' is already the name of cameras[0]; names must differ"]


def test_every_name_given_twice_is_named_beside_other_faults_of_the_entries() -> None:
    text = """\
site: a
cameras:
  - {name: a, source: v4l2, colour: red}
  - {name: b, source: file, path: 5}
  - {name: a, source: v4l2, size: [1, true]}
  - {source: v4l2}
  - {name: b, source: usb}
"""
    assert [line.split("; ")[0] for line in faults(text)] == [
        "3: cameras[0].colour: unknown field",
        "4: cameras[1].path: must be text",
        "5: cameras[2].name: 'a' is already the name of cameras[0]",
        "5: cameras[2].size[0]: Input should be greater than or equal to 16 (given: 1)",
        "5: cameras[2].size[1]: must be a whole number (given: True)",
        "6: cameras[3].name: required field is missing",
        "7: cameras[4].name: 'b' is already the name of cameras[1]",
        "7: cameras[4].source: 'usb' is none of 'v4l2', 'picamera2', 'rtsp', 'http', 'gstreamer', 'file', "
        "'images'",
    ]


@pytest.mark.parametrize(
    ("waits", "said"),
    [
        ("\n  shortest_s: 9\n  new: 1\n  longest_s: 3", ["4: waits.new", "5: waits.longest_s"]),
        ("\n  times: no\n  shortest_s: 40", ["3: waits.times", "4: waits.shortest_s"]),
        ("\n  shortest_s: 40\n  longest_s: long", ["4: waits.longest_s"]),
        ("\n  shortest_s: ten\n  longest_s: 3", ["3: waits.shortest_s"]),
    ],
)
def test_fields_that_do_not_fit_are_named_beside_other_faults_of_the_section(
    waits: str, said: list[str]
) -> None:
    assert [": ".join(line.split(": ")[:2]) for line in faults(f"site: a\nwaits:{waits}\n")] == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("site: 5", 'site: must be text; put it in quotes: "5" (given: 5)'),
        ("site: 3.10", 'site: must be text; put it in quotes: "3.10" (given: 3.1)'),
        ("site: yes", 'site: must be text; put it in quotes: "yes" (given: True)'),
        ("site: 2026-01-31", "site: YAML reads this as date; put it in quotes"),
        ("site: !!binary aGk=", "site: YAML reads this as bytes; put it in quotes"),
        ("broker: {host: a, password: 123456789}", "broker.password: must be text; put it in quotes"),
        ("broker: {host: a, port: true}", "broker.port: must be a whole number (given: True)"),
        ("broker: {host: a, port: 1883.0}", "broker.port: must be a whole number (given: 1883.0)"),
        (
            "broker: {host: a, port: '1'}",
            "broker.port: must be a whole number; remove the quotes (given: '1')",
        ),
        ("waits: {longest_s: true}", "waits.longest_s: must be a number (given: True)"),
        ("waits: {longest_s: '9'}", "waits.longest_s: must be a number; remove the quotes (given: '9')"),
        ("waits: {longest_s: .inf}", "waits.longest_s: must be a finite number (given: inf)"),
        ("waits: {longest_s: .nan}", "waits.longest_s: must be a finite number (given: nan)"),
        ("waits: {longest_s: null}", "waits.longest_s: must be a number"),
        (
            "waits: {longest_s: 1e6}",
            "waits.longest_s: must be a number; in YAML a power of ten has a point and a sign, as in 1.0e+6 "
            "(given: '1e6')",
        ),
        ("waits: {repeat: 'yes'}", "waits.repeat: must be true or false; remove the quotes (given: 'yes')"),
        ("waits: {repeat: 1}", "waits.repeat: must be true or false (given: 1)"),
        ("waits: {times: 0x" + "f" * 5000 + "}", "waits.times: the number is too large"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_what_to_write(line: str, said: str) -> None:
    text = line if line.startswith("site") else f"site: a\n{line}"
    assert faults(text) == [f"{len(text.splitlines())}: {said}"]


def test_whole_numbers_are_taken_for_others_lists_for_tuples_and_text_for_paths() -> None:
    text = (
        "site: a\nwaits: {longest_s: 9}\n"
        "cameras: [{name: a, source: file, path: f.mp4, fps: 5, roi: [0, 0, 8, 9]}]\n"
    )
    device = strict_yaml.parse(text, Device, "edge.yaml")
    (camera,) = device.cameras or ()
    assert isinstance(camera, FileCamera)
    assert (camera.path, camera.fps, camera.roi) == (Path("f.mp4"), 5.0, (0, 0, 8, 9))
    assert device.waits == Waits(longest_s=9.0)


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("site: a\nbroker: {host: a\n", ":3: not valid YAML: "),
        ("site: a\n\tbroker: b\n", ":2: not valid YAML: "),
        ("site: a\n---\nsite: b\n", ":2: not valid YAML: expected a single document"),
        ("site: *nobody\n", ":1: site: the alias *nobody is not supported"),
        ("site: a\nb: \x00\n", ":2: not valid YAML: holds the character U+0000; remove it"),
        ("", ":1: the file must be a mapping"),
        ("# nothing\n", ":1: the file must be a mapping"),
        ("- site\n", ":1: the file must be a mapping"),
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


def test_a_loop_of_aliases_and_a_key_that_is_no_text_are_faults_beside_the_others() -> None:
    assert faults("site: &a\n  - *a\n? [b]\n: 1\n*a : 2\nnew: 1\n") == [
        "1: site: must be text",
        "1: the anchor &a is not supported; write the values out",
        "2: site[0]: the alias *a is not supported; write the values out",
        "3: (key): a key must be plain text",
        "5: (key): a key must be plain text",
        "6: new: unknown field; check the spelling or remove it",
    ]


def test_a_merge_key_is_one_fault_and_its_fields_do_not_count_as_missing() -> None:
    text = """\
site: lab
broker: &home
  host: h
cameras:
  - {<<: *home, name: a, source: rtsp}
  - *home
  - {<<: {fps: 5}, name: b, source: v4l2}
"""
    assert faults(text) == [
        "2: the anchor &home is not supported; write the values out",
        "5: cameras[0].<<: merge keys are not supported; write the values out",
        "6: cameras[1]: the alias *home is not supported; write the values out",
        "7: cameras[2].<<: merge keys are not supported; write the values out",
    ]


def test_aliases_of_aliases_do_not_grow() -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 30))
    said = faults("site: a\nl0: &l0 [x]\n" + levels)
    assert "2: the anchor &l0 is not supported; write the values out" in said
    assert "31: l29[8]: the alias *l28 is not supported; write the values out" in said


@pytest.mark.parametrize("value", ["{host: ${HOST}}", "{host: a, password: x${HOST}}", "[${HOST}]"])
def test_a_variable_without_quotes_inside_braces_is_answered_with_a_hint(value: str) -> None:
    (said,) = faults(f"site: a\nbroker: {value}\n")
    assert said.startswith("2: not valid YAML: ")
    assert said.endswith("inside { } and [ ], put a value with ${...} in quotes")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.yaml", "none.yaml: cannot be read: no such file; check the path"),
        (".", ": cannot be read: it is a folder; give the path of the YAML file"),
        ("latin.yaml", "latin.yaml:2: cannot be read: not UTF-8 text (byte 0xf6); save the file as UTF-8"),
        ("model.bin", "model.bin:1: not valid YAML: holds the character U+0000; remove it, or give a text"),
        ("locked.yaml", "locked.yaml: cannot be read: permission denied; allow it to the user"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "latin.yaml").write_bytes("name: a\nsite: Köln".encode("latin-1"))
    (tmp_path / "model.bin").write_bytes(b"TFL3\0\0\0")
    (tmp_path / "locked.yaml").write_text("site: a")
    (tmp_path / "locked.yaml").chmod(0)
    if name == "locked.yaml" and os.access(tmp_path / name, os.R_OK):
        pytest.skip("this user (root) may read every file")
    with pytest.raises(ConfigError) as caught:
        strict_yaml.load(tmp_path / name, Device)
    assert said in str(caught.value)


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
