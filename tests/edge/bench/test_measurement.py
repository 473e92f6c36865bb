from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import pytest
from jsonschema import Draft202012Validator

import edge
from edge.bench.limit import work_of
from edge.bench.measurement import Measurement, measure
from edge.bench.plot import draw_stages
from edge.bench.source import bench_settings
from edge.build import build_networks
from edge.settings import Settings
from tests.faces import astronaut, shared

SCHEMA = json.loads((Path(edge.__file__).parent / "bench" / "bench-1.json").read_text(encoding="utf-8"))
COMPACT: dict[str, Any] = {"name": "compact"}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of one real face, 10 fps."""
    path = tmp_path_factory.mktemp("film") / "face.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (400, 400))
    for shift in range(20):
        writer.write(astronaut()[20:420, 20 + shift : 420 + shift])
    writer.release()
    return path


def measured(settings: Settings, frames: int = 100, rounds: int = 2) -> Measurement:
    return measure(
        settings, build_networks(settings.detector, settings.classifier), frames=frames, rounds=rounds
    )


def test_a_film_gives_every_stage_and_the_distance_to_the_limit(film: Path) -> None:
    found = measured(bench_settings(str(film), detector=COMPACT))
    assert [stage.stage for stage in found.stages] == SCHEMA["$defs"]["stage"]["properties"]["stage"]["enum"]
    assert (found.frames, found.width, found.height) == (20, 400, 400)
    assert found.faces_per_frame == pytest.approx(
        19 / 20, abs=1e-3
    )  # a track is confirmed at its second frame
    assert found.overhead is not None
    assert found.overhead.limit_cpu_ms_per_frame.median > 0
    calls = {stage.stage: stage.calls for stage in found.stages}
    assert (calls["detect"], calls["classify"], calls["crop"]) == (20, 19, 19)


@pytest.mark.parametrize("name", ["ssd", "yunet"])
def test_shrinking_is_a_stage_of_its_own_in_other_detectors_too(name: str, film: Path) -> None:
    detector = {"name": name, "weights": str(shared("models")), "input_px": 320}
    found = measured(bench_settings(str(film), detector=detector), frames=5, rounds=1)
    stages = {stage.stage: stage for stage in found.stages}
    assert stages["resize"].calls == stages["detect"].calls == 5
    assert 0 < stages["resize"].total_ms < stages["detect"].total_ms


def test_the_json_is_what_its_schema_says(film: Path) -> None:
    told: Any = json.loads(json.dumps(measured(bench_settings(str(film), detector=COMPACT)).as_json()))
    Draft202012Validator(SCHEMA).validate(told)


def test_pictures_have_no_limit_since_they_are_no_film(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), astronaut())
    found = measured(bench_settings(str(tmp_path), detector=COMPACT))
    assert (found.frames, found.overhead) == (1, None)
    Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(found.as_json())))


def test_the_limit_repeats_what_the_pipeline_did_and_no_more(film: Path) -> None:
    settings = bench_settings(str(film), detector=COMPACT | {"every_n_frames": 4})
    works = work_of(settings, build_networks(settings.detector, settings.classifier), 20)
    assert [work.searched for work in works] == [True, False, False, False] * 5
    assert [len(work.boxes) for work in works] == [0] * 4 + [1, 0, 0, 0] * 4
    assert [work.classified for work in works] == [len(work.boxes) for work in works]


def test_the_plot_has_one_bar_a_stage(film: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    draw_stages(
        measured(bench_settings(str(film), detector=COMPACT), frames=10, rounds=1), tmp_path / "bars.svg"
    )
    drawn = (tmp_path / "bars.svg").read_text(encoding="utf-8")
    assert all(f"<!-- {stage} -->" in drawn for stage in ("decode", "forward", "outbox"))
