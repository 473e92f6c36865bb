"""How good detections are: matched to the true boxes and summed up by pycocotools, as the field does it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.datatypes import Box, Detection
from training.detection.photos import Boxes

IOU = 0.5
_MOST_DETECTIONS = 300
_LARGEST_AREA = 1e10


@dataclass(frozen=True)
class Truth:
    """What a photo shows: see :class:`training.detection.photos.Photo`."""

    faces: Boxes
    ignored: Boxes


@dataclass(frozen=True)
class Scored:
    """Detections of a set of photos against its truth.

    Attributes:
        faces: How many counted.
        photos: How many there were.
        average_precision: At IoU .5, COCO's 101 recall points; NaN where no face counted.
        scores: (D,) of the detections that counted, best first.
        correct: (D,) bool, whether each shows a face that no better one had shown.
    """

    faces: int
    photos: int
    average_precision: float
    scores: npt.NDArray[np.float64]
    correct: npt.NDArray[np.bool_]

    def curve(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Recall and precision (D,) as the threshold falls."""
        hits = np.cumsum(self.correct)
        return hits / max(1, self.faces), hits / np.arange(1, len(hits) + 1)

    def recall_at(self, false_per_photo: float) -> float:
        """Recall at the lowest threshold with so many false positives a photo, 0..1."""
        allowed = np.cumsum(~self.correct) <= false_per_photo * self.photos
        return float(self.correct[allowed].sum() / max(1, self.faces))


def score(
    truths: Sequence[Truth],
    found: Sequence[Sequence[Detection]],
    sides_px: tuple[float, float] = (0.0, float("inf")),
) -> Scored:
    """Compare what was found with the truth, photo by photo.

    Args:
        truths: One a photo.
        found: Detections of the same photos.
        sides_px: Only faces whose shorter side is from low to high count; others are not
            asked for, and detections of other sizes that show no face are not held against anybody.
    """
    evaluation = _evaluated(truths, found, sides_px)
    images = [image for image in evaluation.evalImgs if image is not None]
    precision = evaluation.eval["precision"][0, :, 0, 0, 0]
    scores, correct, faces = [], [], 0
    for image in images:
        counted = ~image["dtIgnore"][0].astype(bool)
        scores.append(np.asarray(image["dtScores"], dtype=np.float64)[counted])
        correct.append(image["dtMatches"][0][counted] > 0)
        faces += int(np.count_nonzero(~np.asarray(image["gtIgnore"], dtype=bool)))
    all_scores = np.concatenate([*scores, np.empty(0)])
    order = np.argsort(-all_scores, kind="mergesort")
    return Scored(
        faces,
        len(truths),
        float(precision.mean()) if faces else float("nan"),
        all_scores[order],
        np.concatenate([*correct, np.empty(0, dtype=bool)])[order],
    )


def scaled(one: Detection, factor: float) -> Detection:
    """The same detection in a picture of another size."""
    return one._replace(box=Box(*(side * factor for side in one.box)))


def _evaluated(
    truths: Sequence[Truth], found: Sequence[Sequence[Detection]], sides_px: tuple[float, float]
) -> Any:
    from pycocotools.coco import COCO  # noqa: PLC0415 - of the training extra; only scoring needs it
    from pycocotools.cocoeval import COCOeval  # noqa: PLC0415

    with contextlib.redirect_stdout(io.StringIO()):  # it reports to the terminal
        truth, detections = COCO(), COCO()
        truth.dataset = _dataset(
            len(truths),
            [
                _annotation(photo, box, iscrowd=crowd)
                for photo, shown in enumerate(truths)
                for crowd, boxes in enumerate((shown.faces, shown.ignored))
                for box in boxes
            ],
        )
        detections.dataset = _dataset(
            len(truths),
            [
                _annotation(photo, one.box, iscrowd=0) | {"score": one.score}
                for photo, shown in enumerate(found)
                for one in shown
            ],
        )
        truth.createIndex()
        detections.createIndex()
        evaluation = COCOeval(truth, detections, "bbox")
        evaluation.params.iouThrs = np.array([IOU])
        evaluation.params.areaRng = [[sides_px[0] ** 2, min(sides_px[1] ** 2, _LARGEST_AREA)]]
        evaluation.params.areaRngLbl = ["counted"]
        evaluation.params.maxDets = [_MOST_DETECTIONS]
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation


def _dataset(photos: int, annotations: list[dict[str, Any]]) -> dict[str, Any]:
    for number, annotation in enumerate(annotations, start=1):  # 0 would read as "unmatched"
        annotation["id"] = number
    return {
        "images": [{"id": photo} for photo in range(photos)],
        "categories": [{"id": 1, "name": "face"}],
        "annotations": annotations,
    }


def _annotation(photo: int, box: Sequence[float], iscrowd: int) -> dict[str, Any]:
    x1, y1, x2, y2 = map(float, box)
    width, height = x2 - x1, y2 - y1
    return {
        "image_id": photo,
        "category_id": 1,
        "bbox": [x1, y1, width, height],
        "area": min(width, height) ** 2,  # so that pycocotools' bounds on the area bound the shorter side
        "iscrowd": iscrowd,
    }
