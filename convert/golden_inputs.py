"""Inputs for the golden vectors: drawn from a seed, and cut from public-domain pictures."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from edge.contract.manifest import Scheme
from edge.contract.preprocess import CropSpec, face_tensor
from edge.datatypes import Box

Images = npt.NDArray[np.uint8]
_SYNTHETIC = 8

#: Allowed deviation as a share of the span of the golden outputs. Measured on two trained compact
#: networks, LiteRT 2.3 (XNNPACK) against tflite-runtime 2.14 (whose int8 kernels are other ones):
#: float32 and float16 1e-7, dynamic 0.0013, int8 0.016 on real faces and up to 0.037 on the
#: synthetic inputs. A network with other weights is off by most of the span.
TOLERANCE_SHARE: dict[Scheme, float] = {
    "float32": 0.002, "float16": 0.005, "dynamic": 0.02, "int8": 0.1, "full-int8": 0.1
}  # fmt: skip


class _Picture(NamedTuple):
    package: str
    file: str
    face: Box


#: Both in the public domain: NASA's portrait of Eileen Collins, the US Navy's of Grace Hopper.
_PICTURES = (
    _Picture("skimage", "data/astronaut.png", Box(177, 66, 272, 161)),
    _Picture("matplotlib", "mpl-data/sample_data/grace_hopper.jpg", Box(155, 105, 377, 327)),
)


def golden_inputs(spec: CropSpec, seed: int) -> Images:
    """(N, height, width, 1) uint8; the pictures are left out where their package is not installed."""
    rng = np.random.default_rng(seed)
    rows = [_blobs(rng, spec.height, spec.width) for _ in range(_SYNTHETIC)]
    for picture in _PICTURES:
        face = _face(picture, spec)
        if face is not None:
            rows += [face, face[:, ::-1], (face * 0.5).astype(np.uint8)]
    return np.stack(rows)[..., None]


def tolerance(outputs: npt.NDArray[np.float32], scheme: Scheme) -> float:
    """The largest deviation that another processor may show."""
    return TOLERANCE_SHARE[scheme] * float(np.ptp(outputs))


def _blobs(rng: np.random.Generator, height: int, width: int) -> Images:
    """Coarse noise made smooth: it moves the outputs as faces do, which white noise does not."""
    coarse = rng.uniform(0, 255, (6, 6)).astype(np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(smooth, 0, 255).astype(np.uint8)


def _face(picture: _Picture, spec: CropSpec) -> Images | None:
    found = importlib.util.find_spec(picture.package)
    if found is None or not found.submodule_search_locations:
        return None
    image = cv2.imread(str(Path(found.submodule_search_locations[0]) / picture.file))
    if image is None:
        return None
    crop = face_tensor(image.astype(np.uint8), picture.face, spec)[0, :, :, 0]
    return np.rint(crop).astype(np.uint8)
