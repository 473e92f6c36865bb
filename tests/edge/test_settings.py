from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from edge import settings
from edge.bench.source import bench_settings
from edge.cameras import FileCamera, GstreamerCamera, PiCamera, StreamCamera, V4l2Camera
from edge.commands.replay import replay_settings
from edge.errors import ConfigError
from edge.settings import Settings
from tests.cameras import parse_camera

EXAMPLE = Path(__file__).parent.parent.parent / "config" / "edge.yaml"
MINIMAL = """\
schema: edge/1
site: home
device: pi
purpose: personal
cameras:
  - {name: door, source: v4l2}
mqtt: {host: localhost}
"""


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "edge.yaml"
    path.write_text(text)
    return settings.load(path)


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)
    return [line.removeprefix(f"{tmp_path / 'edge.yaml'}:") for line in str(caught.value).splitlines()]


def test_six_lines_are_a_configuration(tmp_path: Path) -> None:
    loaded = load(tmp_path, MINIMAL)
    assert (loaded.site, loaded.cameras[0].name, loaded.k_min) == ("home", "door", 1)


def field_paths(model: type[BaseModel]) -> set[str]:
    """Every field that a file may name, dotted; sections are followed."""
    paths = set()
    for name, field in model.model_fields.items():
        key = field.alias or name
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        sections = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        paths.add(key)
        for section in sections:
            paths |= {f"{key}.{inner}" for inner in field_paths(section)}
    return paths


def written_paths(document: dict[str, Any], prefix: str = "") -> set[str]:
    paths = set()
    for key, value in document.items():
        paths.add(prefix + key)
        if isinstance(value, dict):
            paths |= written_paths(value, f"{prefix}{key}.")
    return paths


def test_the_annotated_example_is_valid_and_names_every_field() -> None:
    document = yaml.safe_load(EXAMPLE.read_text())
    example = settings.load(EXAMPLE)
    # tls is shown as a comment: an example that switches it on would need certificates.
    expected = {path for path in field_paths(Settings) if not path.startswith("mqtt.tls.")}
    assert written_paths({**document, "cameras": None}) == expected
    for kind in (V4l2Camera, PiCamera, StreamCamera, GstreamerCamera, FileCamera):
        shown: set[str] = set()
        for camera, fields in zip(example.cameras, document["cameras"], strict=True):
            if isinstance(camera, kind):
                shown |= set(fields)
        assert shown == set(kind.model_fields), kind


def test_the_example_states_the_defaults() -> None:
    document = yaml.safe_load(EXAMPLE.read_text())
    minimal = Settings.model_validate(yaml.safe_load(MINIMAL))
    example = settings.load(EXAMPLE)
    for section in (
        "capture",
        "detector",
        "classifier",
        "tracker",
        "smoothing",
        "aggregate",
        "mqtt",
        "home_assistant",
        "http",
        "health",
        "load",
        "watchdog",
    ):
        assert getattr(example, section) == getattr(minimal, section), section
    assert document["outbox"]["max_bytes"] == minimal.outbox.max_bytes
    assert document["outbox"]["max_age_s"] == minimal.outbox.max_age_s


def test_all_faults_are_named_at_once_with_line_and_field(tmp_path: Path) -> None:
    text = MINIMAL.replace("site: home", "site: Home Sweet").replace(
        "  - {name: door, source: v4l2}",
        "  - {name: door, source: v4l2, colour: red}\n"
        "  - {name: hall, source: rtsp, url: rtsp://h/, fps: fast}",
    )
    found = faults(tmp_path, text + "detektor: {name: haar}\naggregate: {window_s: 0}\n")
    assert [line.split(":", 2)[:2] for line in found] == [
        ["2", " site"],
        ["6", " cameras[0].colour"],
        ["7", " cameras[1].fps"],
        ["9", " detektor"],
        ["10", " aggregate.window_s"],
    ]
    assert "unknown field" in found[1]
    assert "given: 'fast'" in found[2]


@pytest.mark.parametrize(
    ("own", "limit"), [("open_timeout_s", "open_within_s"), ("read_timeout_s", "kill_after_s")]
)
def test_a_timeout_that_a_kill_would_forestall_is_refused_with_both_names(
    tmp_path: Path, own: str, limit: str
) -> None:
    text = MINIMAL.replace(
        "  - {name: door, source: v4l2}", f"  - {{name: door, source: rtsp, url: rtsp://h/, {own}: 60}}"
    )
    (fault,) = faults(tmp_path, text)
    assert f"camera door: its {own} of 60 s" in fault
    assert f"raise capture.{limit}" in fault
    load(tmp_path, f"{text}capture: {{{limit}: 61}}\n")


def test_a_default_timeout_stands_back_behind_a_limit_that_was_lowered(tmp_path: Path) -> None:
    text = MINIMAL.replace("source: v4l2", "source: rtsp, url: rtsp://h/")
    load(tmp_path, f"{text}capture: {{stalled_after_s: 2, kill_after_s: 3}}\n")


def test_two_cameras_of_one_name_are_refused_at_the_second(tmp_path: Path) -> None:
    text = MINIMAL.replace("mqtt", "  - {name: hall, source: v4l2}\n  - {name: door, source: v4l2}\nmqtt")
    assert faults(tmp_path, text) == [
        "8: cameras[2].name: 'door' is already the name of cameras[0]; names must differ"
    ]


def test_all_faults_of_all_kinds_are_named_at_once(tmp_path: Path) -> None:
    text = """\
schema: edge/1
site: 5
device: pi
purpose: workplace
cameras:
  - {name: door, source: v4l2, device: -3}
  - {name: door, source: v4l2, fps: true, enabled: "yes", roi: [9, 0, 9, 5]}
  - {name: door, source: v4l2, colour: red, roi: [0, 0, 8]}
capture:
  stalled_after_s: 20
  backoff_min_s: -1
mqtt:
  host: a..b
  port: true
  password: x
  tls:
    cert: c.pem
aggregate: {window_s: "10", k_min: true}
outbox: {max_age_s: .inf}
"""
    assert [line.split(":", 2)[:2] for line in faults(tmp_path, text)] == [
        ["2", " site"],
        ["4", " purpose"],
        ["6", " cameras[0].device"],
        ["7", " cameras[1].enabled"],
        ["7", " cameras[1].fps"],
        ["7", " cameras[1].name"],
        ["7", " cameras[1].roi"],
        ["8", " cameras[2].colour"],
        ["8", " cameras[2].name"],
        ["8", " cameras[2].roi[3]"],
        ["10", " capture.stalled_after_s"],
        ["11", " capture.backoff_min_s"],
        ["13", " mqtt.host"],
        ["14", " mqtt.port"],
        ["15", " mqtt.password"],
        ["17", " mqtt.tls.cert"],
        ["18", " aggregate.k_min"],
        ["18", " aggregate.window_s"],
        ["19", " outbox.max_age_s"],
    ]


def test_a_justification_that_is_too_short_is_one_fault(tmp_path: Path) -> None:
    text = MINIMAL.replace("personal", "workplace") + "medical_or_safety_justification: safety\n"
    (fault,) = faults(tmp_path, text)
    assert fault.startswith("8: medical_or_safety_justification: ")


def test_settings_survive_the_way_through_plain_values() -> None:
    example = settings.load(EXAMPLE)
    assert Settings.model_validate(example.model_dump(by_alias=True)) == example
    for camera in example.cameras:
        assert parse_camera(json.loads(camera.model_dump_json())) == camera


@pytest.mark.parametrize("roi", ["[5, 0, 5, 9]", "[0, 9, 5, 5]", "[-1, 0, 5, 9]", "[0, 0, 5.5, 9]"])
def test_a_part_of_the_picture_that_holds_no_pixel_is_refused(tmp_path: Path, roi: str) -> None:
    (fault,) = faults(tmp_path, MINIMAL.replace("source: v4l2", f"source: v4l2, roi: {roi}"))
    assert fault.startswith("6: cameras[0].roi")
    loaded = load(tmp_path, MINIMAL.replace("source: v4l2", "source: v4l2, roi: [0, 2, 5, 9]"))
    assert loaded.cameras[0].roi == (0, 2, 5, 9)


@pytest.mark.parametrize("name", ["set", "result", "status", "stats"])
def test_a_camera_cannot_take_the_name_of_a_topic(tmp_path: Path, name: str) -> None:
    (fault,) = faults(tmp_path, MINIMAL.replace("door", name))
    assert "topic of its own" in fault


@pytest.mark.parametrize("purpose", ["workplace", "education"])
def test_work_and_education_need_a_medical_or_safety_justification(tmp_path: Path, purpose: str) -> None:
    text = MINIMAL.replace("personal", purpose)
    (fault,) = faults(tmp_path, text)
    assert fault.startswith("4: purpose: ")
    assert "AI Act" in fault
    reason = "medical_or_safety_justification: drivers falling asleep at the wheel\n"
    assert load(tmp_path, text + reason).purpose == purpose


@pytest.mark.parametrize(("purpose", "k_min"), [("personal", 1), ("retail", 5), ("public-space", 5)])
def test_passers_by_are_reported_in_groups(tmp_path: Path, purpose: str, k_min: int) -> None:
    assert load(tmp_path, MINIMAL.replace("personal", purpose)).k_min == k_min


def test_a_device_without_a_camera_is_refused(tmp_path: Path) -> None:
    text = MINIMAL.replace("cameras:\n  - {name: door, source: v4l2}", "cameras: []")
    assert faults(tmp_path, text) == ["5: cameras: at least one entry is needed"]


@pytest.mark.parametrize("bind", ["8080", "localhost", "localhost:0", "localhost:99999", "a b:80", "[::1:80"])
def test_an_address_that_cannot_be_listened_to_is_refused(tmp_path: Path, bind: str) -> None:
    (fault,) = faults(tmp_path, MINIMAL + f"http: {{bind: '{bind}'}}\n")
    assert fault.startswith("8: http.bind: ")


@pytest.mark.parametrize(
    ("bind", "address"),
    [("127.0.0.1:8080", ("127.0.0.1", 8080)), ("'[::1]:80'", ("::1", 80)), ("null", None)],
)
def test_an_address_has_host_and_port(tmp_path: Path, bind: str, address: tuple[str, int] | None) -> None:
    assert load(tmp_path, MINIMAL + f"http: {{bind: {bind}}}\n").http.address == address


def test_the_health_record_lies_where_systemd_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    text = MINIMAL + "outbox: {path: /var/lib/o/outbox.sqlite3}\n"
    assert load(tmp_path, text).health_path == Path("/var/lib/o/health.json")
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/emotion-edge")
    assert load(tmp_path, text).health_path == Path("/run/emotion-edge/health.json")
    assert load(tmp_path, text + "health: {path: /x/y.json}\n").health_path == Path("/x/y.json")


def test_a_missing_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read"):
        settings.load(tmp_path / "nowhere.yaml")


def test_tiles_that_would_be_enlarged_and_shrunk_again_are_refused(tmp_path: Path) -> None:
    tiles = "detector: {tiling: {tile_px: %d, enlarge: 2}}\n"
    assert load(tmp_path, MINIMAL + tiles % 240).detector.tiling.enlarge == 2
    (said,) = faults(tmp_path, MINIMAL + tiles % 360)
    assert "detector.tiling: tiling.tile_px times tiling.enlarge, 720 px, exceeds input_px 480" in said


def test_options_that_do_not_fit_the_file_are_a_fault_of_the_configuration_with_the_field(
    tmp_path: Path,
) -> None:
    config = tmp_path / "edge.yaml"
    config.write_text(
        "schema: edge/1\nsite: lab\ndevice: pi\npurpose: personal\nmqtt: {host: localhost}\n"
        "cameras: [{name: desk, source: v4l2, device: 0}]\n"
        "detector: {name: haar, tiling: {tile_px: 480, enlarge: 2}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match=r"do not fit the rest of the configuration: detector\.tiling"):
        replay_settings(tmp_path / "film.mp4", config, "compact", None)
    with pytest.raises(ConfigError, match=r"do not fit the rest of the configuration: detector\.tiling"):
        bench_settings("rtsp://192.0.2.1/s", config, detector={"name": "compact"})


def test_a_secret_in_the_query_of_a_url_is_not_repeated_by_a_fault(tmp_path: Path) -> None:
    url = "rtmp://cam/live?user=a&password=s3cret"
    (fault,) = faults(tmp_path, MINIMAL.replace("source: v4l2", f"source: rtsp, url: '{url}'"))
    assert "cameras[0].url" in fault
    assert "s3cret" not in fault
