from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.console import Console

from edge.contract.facesets import FaceSet
from edge.contract.labels import FERPLUS_VOTES
from tests.training.builders import face_set, joined
from training.data import report as data_report
from training.data import table as data_table


def repeated(faces: FaceSet, rows: list[int], split: str, shift: int = 0) -> FaceSet:
    again = faces.select(np.array(rows))
    return replace(again, splits=np.full(len(rows), split), labels=(again.labels + shift) % 7)


def test_copies_are_counted_within_and_across_splits_with_their_conflicts() -> None:
    training = face_set(14)
    faces = joined(
        training,
        repeated(training, [0, 0], "Training"),
        repeated(training, [0, 5], "PublicTest", shift=1),
        face_set(3, "PublicTest", seed=4),
    )
    report = data_report.examine(faces)
    assert report.exact == data_report.CopyCount(
        groups=2,
        surplus=4,
        having={
            ("Training", "Training"): 3,
            ("Training", "PublicTest"): 4,
            ("PublicTest", "Training"): 2,
            ("PublicTest", "PublicTest"): 0,
        },
        conflicting=2,
    )
    assert report.counts == {"Training": [4, 2, 2, 2, 2, 2, 2], "PublicTest": [1, 2, 1, 0, 0, 0, 1]}


def test_near_copies_are_counted_with_the_exact_ones() -> None:
    training = face_set(7)
    faded = replace(training.select(np.arange(2)), images=training.images[:2] // 2 + 60)
    report = data_report.examine(joined(training, repeated(training, [6], "Training"), faded))
    assert report.copies is not None
    assert (report.exact.surplus, report.copies.surplus, report.copies.groups) == (1, 3, 3)


def test_near_copies_are_not_looked_for_where_subjects_are_known() -> None:
    report = data_report.examine(replace(face_set(7), groups=np.array(list("aabbccd"))))
    assert (report.copies, report.subjects) == (None, 4)


def test_black_flat_and_text_images_are_told_apart() -> None:
    images = face_set(6).images.copy()
    images[1] = 3
    images[2] = 130 + np.arange(48, dtype=np.uint8) % 3
    images[4] = 255
    cv2.putText(images[4], "moved", (2, 26), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 0)
    report = data_report.examine(replace(face_set(6), images=images))
    assert (report.black, report.flat, report.flat_ground) == ([1], [1, 2], [4])


def test_faces_that_the_voters_call_none_are_told() -> None:
    votes = np.eye(10, dtype=np.uint8)[[0, FERPLUS_VOTES.index("NF"), 3]]
    assert data_report.examine(replace(face_set(3), votes=votes)).not_a_face == [1]
    assert data_report.examine(face_set(3)).not_a_face is None


def test_the_json_has_a_schema_and_plain_values() -> None:
    plain = data_report.examine(face_set(14)).as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["schema"] == "data-report/1"
    assert plain["counts"]["Training"]["angry"] == 2


def test_the_table_tells_counts_before_and_after_dropping() -> None:
    console = Console(width=120)
    with console.capture() as captured:
        data_table.show(console, data_report.examine(face_set(14)), ["disgust"])
    said = captured.get()
    assert "disgust (dropped)" in said
    assert [line.split()[-2:] for line in said.splitlines() if "after dropping" in line] == [["12", "85.7%"]]


def test_the_files_of_a_report_are_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the training or demo extra")
    from training.data import files as data_files  # noqa: PLC0415 - after the skip

    faces = joined(face_set(14), face_set(7, "test", seed=2))
    data_files.write(tmp_path / "out", data_report.examine(faces), faces, ["disgust"])
    plain = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert plain["dropped_classes"] == ["disgust"]
    for name in ("distribution.png", "samples.png"):
        picture = cv2.imread(str(tmp_path / "out" / name))
        assert picture is not None
        assert np.ptp(picture) > 100
