"""Readers for CK+ as its authors publish it, and as one npz of 48x48 crops.

The third layout, Kaggle's "CK+48" with a folder a class, is read by
:mod:`edge.contract.class_folders`. All tell whose face it is: the few subjects of CK+ must not
stand on both sides of a split.

Source: Lucey et al. 2010, doi:10.1109/CVPRW.2010.5543262. 327 labelled sequences of 118 subjects.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from edge.contract.facesets import SIDE_PX, FaceSet
from edge.contract.gathering import Row, gather
from edge.contract.image_files import crop_of, picture_files, subfolders
from edge.contract.labels import CKPLUS_LABELS, same_classes
from edge.contract.preprocess import CropSpec
from edge.detectors.framing import framed
from edge.detectors.haar import HaarDetector
from edge.errors import ContractError
from edge.native_path import native_path

IMAGES, EMOTIONS = "cohn-kanade-images", "Emotion"
#: A sequence ends at the peak of its expression; the last three frames are the usual choice (981 images).
_PEAK_FRAMES = 3
#: In the files 0 is neutral (no sequence has it) and 1..7 are CK+'s classes in their order.
_NUMBERS = {number: label for label, number in enumerate(range(1, len(CKPLUS_LABELS) + 1))}


def read_npz(path: Path) -> FaceSet:
    """pixels (N, 48, 48) uint8, label (N,) names of emotions, subject (N,) text.

    Raises:
        ContractError: The file cannot be used.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            pixels, names, subjects = arrays["pixels"], arrays["label"], arrays["subject"]
    except (OSError, EOFError, KeyError, ValueError, AttributeError, zipfile.BadZipFile, zlib.error) as err:
        raise ContractError(f"{path}: expected the arrays pixels, label and subject: {err}") from err
    if pixels.dtype != np.uint8 or pixels.shape[1:] != (SIDE_PX, SIDE_PX) or not len(pixels):
        raise ContractError(f"{path}: pixels must be uint8 (N, 48, 48), found {pixels.dtype} {pixels.shape}")
    if not (names.shape == subjects.shape == (len(pixels),)) or names.dtype.kind != "U":
        raise ContractError(f"{path}: label must name, and subject tell, each of the {len(pixels)} images")
    labels = same_classes(names.tolist(), CKPLUS_LABELS)
    rows: list[Row | str] = [
        f"image {number}: {name!r} is none of {', '.join(CKPLUS_LABELS)}"
        if label is None
        else Row(image, label, group=subject)
        for number, (image, label, name, subject) in enumerate(
            zip(pixels, labels, names.tolist(), subjects.astype(str).tolist(), strict=True)
        )
    ]
    return gather(rows, CKPLUS_LABELS, str(path), "ckplus")


def read_sequences(path: Path) -> FaceSet:
    """The authors' folders: ``cohn-kanade-images/S005/001/*.png`` and ``Emotion/S005/001/*_emotion.txt``.

    The last three frames of each labelled sequence; the largest face that the Haar cascade finds,
    cut as a device cuts it.

    Raises:
        ContractError: No labelled sequence with a face is there.
    """
    return gather(_sequence_rows(path), CKPLUS_LABELS, str(path), "ckplus")


def _sequence_rows(path: Path) -> Iterator[Row | str]:
    detector = HaarDetector(scale_factor=1.1, min_neighbors=5, min_face_px=100, score=0.0)
    for subject in subfolders(path / EMOTIONS):
        for sequence in subfolders(subject):
            files = sorted(sequence.glob("*_emotion.txt"))
            if not files:
                continue  # most sequences carry no label
            place = f"{subject.name}/{sequence.name}"
            label = _label(files[0])
            frames_folder = path / IMAGES / place
            if label is None:
                yield f"{EMOTIONS}/{place}/{files[0].name}: expected a number from 1 to {len(CKPLUS_LABELS)}"
                continue
            if not frames_folder.is_dir():
                yield f"{IMAGES}/{place}: missing, although {EMOTIONS}/{place} labels it"
                continue
            for file in picture_files(frames_folder)[-_PEAK_FRAMES:]:
                crop = _face(file, detector)
                where = f"{IMAGES}/{place}/{file.name}"
                yield f"{where}: {crop}" if isinstance(crop, str) else Row(crop, label, group=subject.name)


def _label(file: Path) -> int | None:
    try:
        return _NUMBERS.get(round(float(file.read_text(encoding="ascii"))))
    except (ValueError, OverflowError):
        return None


def _face(file: Path, detector: HaarDetector) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | str:
    picture = cv2.imread(native_path(file, ContractError), cv2.IMREAD_COLOR)
    if picture is None:
        return "not a readable image"
    image = np.asarray(picture, dtype=np.uint8)
    found = detector.detect(image)
    if not found:
        return "no face found"
    largest = max(found, key=lambda detection: detection.box.area)
    return crop_of(image, largest.box, framed(CropSpec(), detector.name).margin)
