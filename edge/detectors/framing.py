"""How large a detector draws its boxes, against the faces that classifiers learn from.

FER2013's crops were cut from boxes of OpenCV's cascade: they end at forehead and chin. The detectors
draw the same face up to a quarter larger, and a face that fills less of the crop than those that the
classifier has learnt costs accuracy.
"""

from __future__ import annotations

from dataclasses import replace

from edge.contract.preprocess import CropSpec

#: By detector, what its boxes are multiplied by so that the usual margin of 0.1 gives the crop that
#: FER2013 shows: medians of its Training faces pasted into photos (``training measure-crops --split
#: Training``), not chosen by accuracy. That of mtcnn, the slowest, is taken on PublicTest faces.
BOX_SCALES = {"haar": 0.87, "ssd": 0.83, "mtcnn": 0.81, "yunet": 0.83, "compact": 0.86}


def framed(spec: CropSpec, detector: str) -> CropSpec:
    """The crop for the boxes of one detector.

    Args:
        spec: As the classifier's manifest states it.
        detector: Its name; the boxes of one that is not known are taken as they are.
    """
    scale = BOX_SCALES.get(detector, 1.0)
    return replace(spec, margin=((1 + 2 * spec.margin) * scale - 1) / 2)
