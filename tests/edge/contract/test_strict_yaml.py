from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge.cameras import FileCamera, V4l2Camera
from edge.contract import strict_yaml
from edge.errors import ConfigError
from tests.edge.contract.yaml_faults import Device, Waits, faults


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
