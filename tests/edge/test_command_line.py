from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.builders import image
from tests.faces import astronaut, shared

ROOT = Path(__file__).parent.parent.parent
CONFIG = """\
schema: edge/1
site: home
device: pi
purpose: personal
cameras: [{name: door, source: file, path: nowhere.mp4}]
mqtt: {host: 127.0.0.1, port: 1}
"""


def emotion_edge(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edge", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Two seconds of a real face that wanders, 10 fps."""
    path = tmp_path / "face.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (400, 400))
    for shift in range(20):
        writer.write(astronaut()[20:420, 20 + shift : 420 + shift])
    writer.release()
    return path


def test_help_and_version_need_no_network_and_no_opencv() -> None:
    said = emotion_edge("--version")
    assert (said.returncode, said.stdout[:13]) == (0, "emotion-edge ")
    assert "replay" in emotion_edge("--help").stdout


def test_a_wrong_configuration_ends_with_78_and_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "edge.yaml"
    path.write_text(CONFIG + "colour: red\n")
    for command in ("run", "check"):
        said = emotion_edge(command, "--config", path)
        assert said.returncode == 78
        assert said.stderr == f"{path}:7: colour: unknown field; check the spelling or remove it\n"


def test_an_altered_bundle_ends_with_78_and_says_which_file(tmp_path: Path) -> None:
    path = tmp_path / "edge.yaml"
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for file in (ROOT / "edge" / "models" / "fer-compact").iterdir():
        (bundle / file.name).write_bytes(file.read_bytes())
    network = bytearray((bundle / "model.tflite").read_bytes())
    network[-1] ^= 1
    (bundle / "model.tflite").write_bytes(network)
    path.write_text(CONFIG + f"classifier: {{bundle: {bundle}}}\n")
    said = emotion_edge("run", "--config", path)
    assert said.returncode == 78
    assert "model.tflite" in said.stderr
    assert "sha256" in said.stderr
    assert "Traceback" not in said.stderr


def test_check_goes_on_after_a_bad_part_and_names_each(tmp_path: Path, video: Path) -> None:
    path = tmp_path / "edge.yaml"
    film = f"{{name: film, source: file, path: {video}}}]"
    path.write_text(
        CONFIG.replace("nowhere.mp4}]", "nowhere.mp4}, " + film) + f"outbox: {{path: {tmp_path}/o}}\n"
    )
    said = emotion_edge("check", "--config", path)
    verdicts = [line.split(":")[0].split(maxsplit=1) for line in said.stdout.splitlines()]
    assert said.returncode == 1
    assert verdicts[1:] == [
        ["ok", "classifier"],
        ["ok", "detector"],
        ["ok", "outbox"],
        ["BAD", "broker"],
        ["BAD", "camera door"],
        ["ok", "camera film"],
    ]
    assert "is the broker running" in said.stdout
    assert "nowhere.mp4" in said.stdout
    assert "gives 400x400" in said.stdout


def test_doctor_goes_on_too_and_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "edge.yaml"
    path.write_text(CONFIG + f"outbox: {{path: {tmp_path}/o}}\n")
    said = emotion_edge("doctor", "--config", path)
    assert said.returncode == 1
    assert (
        "fail  broker reached: broker 127.0.0.1:1: connection refused\n      -> is the broker" in said.stdout
    )
    assert "fail  camera door: " in said.stdout
    assert "ok    classifier: fer-compact" in said.stdout
    assert said.stdout.splitlines()[-1].endswith("2 fail")


def test_check_tells_that_the_preview_has_no_token_before_the_daemon_ends_over_it(tmp_path: Path) -> None:
    path = tmp_path / "edge.yaml"
    preview = f"{{enabled: true, token_file: {tmp_path}/token}}"
    path.write_text(
        CONFIG + f"outbox: {{path: {tmp_path}/o}}\nhttp: {{bind: 127.0.0.1:1, preview: {preview}}}\n"
    )
    said = emotion_edge("check", "--no-cameras", "--config", path)
    assert (said.returncode, "BAD   preview: " in said.stdout) == (78, True)
    (tmp_path / "token").write_text("correct-horse-battery")
    said = emotion_edge("check", "--no-cameras", "--config", path)
    assert (said.returncode, "ok    preview: its token can be read" in said.stdout) == (1, True)


def test_config_validate_names_the_faults_of_all_files_and_asks_nothing_else(tmp_path: Path) -> None:
    emotion_edge("config", "init", tmp_path / "good.yaml")
    bad, worse = tmp_path / "bad.yaml", tmp_path / "worse.yaml"
    bad.write_text((tmp_path / "good.yaml").read_text() + "spelt: wrong\n")
    worse.write_text("schema: edge/9\n")
    assert emotion_edge("config", "validate", tmp_path / "good.yaml").returncode == 0
    refused = emotion_edge("config", "validate", bad, tmp_path / "good.yaml", worse)
    assert refused.returncode == 78
    assert f"{bad}:" in refused.stderr
    assert ": spelt: unknown field" in refused.stderr
    assert f"{worse}:1: schema: edge/9 is newer than this software" in refused.stderr


def test_config_init_writes_a_valid_file_and_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "edge.yaml"
    assert emotion_edge("config", "init", path).returncode == 0
    before = path.read_text()
    again = emotion_edge("config", "init", path)
    assert again.returncode == 1
    assert "exists already" in again.stderr
    assert path.read_text() == before


def without_ids(line: str) -> dict[str, object]:
    event = json.loads(line)
    return {key: value for key, value in event.items() if key not in {"id", "boot_id"}}


def test_replay_sees_the_face_and_gives_the_same_events_twice(video: Path) -> None:
    first, second = (emotion_edge("replay", video, "--detector", "haar", "--window-s", "1") for _ in range(2))
    events = [without_ids(line) for line in first.stdout.splitlines()]
    assert events == [without_ids(line) for line in second.stdout.splitlines()]
    assert len(events) == 2
    assert all(event["dominant"] for event in events)
    assert "20 frames" in first.stderr


def test_replay_writes_the_annotated_video(video: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    said = emotion_edge("replay", video, "--detector", "haar", "--annotate", out)
    assert said.returncode == 0
    capture = cv2.VideoCapture(str(out))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 20
    capture.release()
    assert emotion_edge("replay", video, "--annotate", video).returncode == 2


def test_replay_counts_a_face_in_a_folder_of_pictures(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.jpg"), astronaut())
    cv2.imwrite(str(tmp_path / "2.jpg"), image(100, 100))
    said = emotion_edge("replay", tmp_path, "--detector", "haar")
    (event,) = [json.loads(line) for line in said.stdout.splitlines()]
    assert event["capture"]["frames"] == 2
    assert event["faces"]["tracks"] >= 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "no such file"), (b"", "empty"), (b"not a video at all" * 99, "not a video")],
)
def test_an_unreadable_recording_ends_with_1_and_says_which(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    path = tmp_path / "film.mp4"
    if content is not None:
        path.write_bytes(content)
    said = emotion_edge("replay", path, "--detector", "haar")
    assert said.returncode == 1
    assert said.stdout == ""
    assert "film.mp4" in said.stderr
    assert reason in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("option", [("--detector", "magic"), ("--window-s", "0"), ("--window-s", "9999")])
def test_a_wrong_option_is_refused(video: Path, option: tuple[str, str]) -> None:
    said = emotion_edge("replay", video, *option)
    assert said.returncode == 2
    assert option[0] in said.stderr


def test_one_picture_is_no_film_its_face_counts_at_once(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "face.jpg"), astronaut())
    said = emotion_edge("replay", tmp_path / "face.jpg", "--detector", "haar")
    (event,) = [json.loads(line) for line in said.stdout.splitlines()]
    assert event["faces"]["tracks"] >= 1


def test_models_can_be_listed_pulled_from_a_folder_and_verified(tmp_path: Path) -> None:
    assert "fer-compact" in emotion_edge("models", "list").stdout
    assert "golden vectors agree" in emotion_edge("models", "verify").stdout
    said = emotion_edge("models", "pull", "yunet", "--from", tmp_path, "--into", tmp_path / "cache")
    assert said.returncode == 1
    assert "face_detection_yunet_2023mar.onnx" in said.stderr
    assert emotion_edge("models", "pull", "resnet").returncode == 2


def test_a_folder_need_not_hold_every_network(tmp_path: Path) -> None:
    source = shared("models")
    said = emotion_edge("models", "pull", "--from", source, "--into", tmp_path)
    assert said.returncode == 0
    assert "yunet: verified" in said.stdout
    assert "ssd-caffe: not in" in said.stdout
    assert not (tmp_path / "deploy.prototxt").exists()


def test_the_examples_are_written_once_and_never_over_others(tmp_path: Path) -> None:
    folder = tmp_path / "for" / "tools"
    assert emotion_edge("config", "examples", folder).returncode == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {"grafana-dashboard.json", "node-red-flow.json", "subscriber.py"}
    again = emotion_edge("config", "examples", folder)
    assert (again.returncode, again.stderr.endswith("exists already; choose another name\n")) == (1, True)
    in_the_way = emotion_edge("config", "examples", folder / "subscriber.py")
    assert "cannot be made a folder" in in_the_way.stderr


_ON_A_FULL_DISK = """
import resource, sys
from edge.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
sys.argv = ["emotion-edge", "config", "init", sys.argv[1]]
main()
"""


def test_a_configuration_that_the_disk_had_no_room_for_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "edge.yaml"
    command = [sys.executable, "-c", _ON_A_FULL_DISK, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "cannot be written" in done.stderr) == (1, True), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_dashboard_s_history_has_an_end() -> None:
    refused = emotion_edge("dashboard", "--keep-days", "inf")
    assert refused.returncode == 2
    assert "--keep-days" in refused.stderr


@pytest.mark.parametrize("command", [("run", "--config"), ("check", "--config"), ("config", "validate")])
def test_a_configuration_that_may_not_be_read_is_a_bad_one(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Else systemd starts the daemon again and again: 2 is wrong usage."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed: apt install util-linux")
    path = tmp_path / "edge.yaml"
    path.write_text(CONFIG)
    path.chmod(0)
    powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    said = subprocess.run(
        [*powerless, sys.executable, "-m", "edge", *command, str(path)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (said.returncode, "permission denied; allow it" in said.stderr) == (78, True)
