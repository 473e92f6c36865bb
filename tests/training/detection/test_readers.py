from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.errors import ContractError
from tests.training.detection.builders import boxes, photo, write_coco
from training.detection import photos, readers

WIDER = """\
0--Parade/one.jpg
2
10 20 30 40 0 0 0 0 0 0
50 60 5 6 0 0 0 1 0 0
0--Parade/none.jpg
0
0 0 0 0 0 0 0 0 0 0
0--Parade/two.jpg
1
1 2 3 4 0 0 0 0 0 0
"""


def test_coco_boxes_become_corners_and_crowds_are_ignored(tmp_path: Path) -> None:
    made = photo(faces=boxes((10, 20, 40, 60)), ignored=boxes((100, 100, 120, 110)))
    (entry,) = readers.read(write_coco(tmp_path / "set", [made]))
    assert entry.faces.tolist() == [[10, 20, 40, 60]]
    assert entry.ignored.tolist() == [[100, 100, 120, 110]]
    assert entry.source == "made"
    (decoded,) = photos.decode([entry], 1000)
    assert decoded.image.shape == (150, 200, 3)


def test_wider_boxes_are_read_and_invalid_ones_ignored(tmp_path: Path) -> None:
    (tmp_path / "wider_face_train_bbx_gt.txt").write_text(WIDER)
    one, none, two = readers.read(tmp_path)
    assert one.path == tmp_path / "images" / "0--Parade" / "one.jpg"
    assert one.faces.tolist() == [[10, 20, 40, 60]]
    assert one.ignored.tolist() == [[50, 60, 55, 66]]
    assert (len(none.faces), len(none.ignored)) == (0, 0)
    assert two.faces.tolist() == [[1, 2, 4, 6]]


def test_widers_own_layout_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "WIDER_train" / "images").mkdir(parents=True)
    (tmp_path / "wider_face_split").mkdir()
    (tmp_path / "wider_face_split" / "wider_face_train_bbx_gt.txt").write_text(WIDER)
    assert readers.read(tmp_path)[0].path == tmp_path / "WIDER_train" / "images" / "0--Parade" / "one.jpg"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a.jpg\nmany\n", r"line 1 \(a\.jpg\)"),
        ("a.jpg\n2\n1 2 3 4 0 0 0 0 0 0\n", r"line 1 \(a\.jpg\)"),
        ("a.jpg\n1\n1 2 3 4\n", "4 numbers where a face has 10"),
    ],
)
def test_a_malformed_wider_file_names_the_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "wider_face_train_bbx_gt.txt").write_text(text)
    with pytest.raises(ContractError, match=said):
        readers.read(tmp_path)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"images": []},
        {"images": [], "annotations": []},
        {"images": [{"id": 1}], "annotations": []},
        {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 2, "bbox": [0, 0, 1, 1]}]},
        {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": [{"image_id": 1, "bbox": [0, 0, 1]}]},
    ],
)
def test_malformed_coco_annotations_are_refused(document: object, tmp_path: Path) -> None:
    (tmp_path / "annotations.json").write_text(json.dumps(document))
    with pytest.raises(ContractError, match=r"annotations\.json: "):
        readers.read(tmp_path)


def test_a_folder_without_boxes_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"expected annotations\.json .* or wider_face_train_bbx_gt\.txt"):
        readers.read(tmp_path)


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    folder = write_coco(tmp_path / "set", [photo()])
    (folder / "images" / "0.jpg").unlink()
    with pytest.raises(ContractError, match=r"0\.jpg: missing, or no picture"):
        photos.decode(readers.read(folder), 512)


def test_large_photos_are_shrunk_and_their_boxes_with_them(tmp_path: Path) -> None:
    folder = write_coco(tmp_path / "set", [photo()])
    (decoded,) = photos.decode(readers.read(folder), 100)
    assert decoded.image.shape == (75, 100, 3)
    assert decoded.faces.tolist() == [[30, 20, 50, 45]]


def test_the_same_photos_are_held_out_whatever_their_order(tmp_path: Path) -> None:
    entries = readers.read(write_coco(tmp_path / "set", [photo(seed) for seed in range(20)]))
    kept, held = photos.hold_out(entries, 0.25, 3)
    again = photos.hold_out(entries[::-1], 0.25, 3)[1]
    assert len(held) == 5
    assert {e.path for e in held} == {e.path for e in again}
    assert not {e.path for e in held} & {e.path for e in kept}


def test_a_moved_box_is_another_data_set(tmp_path: Path) -> None:
    one = readers.read(write_coco(tmp_path / "one", [photo()]))
    other = readers.read(write_coco(tmp_path / "other", [photo(faces=boxes((61, 40, 101, 90)))]))
    assert photos.digest(one) != photos.digest(other)
