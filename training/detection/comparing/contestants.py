"""The detectors of the comparison: the seeds' settings, YuNet, and the project's own in both runtimes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from edge import weights
from edge.contract import manifest
from edge.detectors import compact
from edge.detectors.filtering import FilteredDetector
from edge.detectors.haar import HaarDetector
from edge.detectors.mtcnn import MtcnnDetector
from edge.detectors.settings import DEFAULT_SCORES
from edge.detectors.ssd import SsdDetector
from edge.detectors.yunet import YunetDetector
from edge.errors import ModelError
from edge.protocols import FaceDetector

log = logging.getLogger(__name__)

#: Average precision needs the uncertain detections too; SSD's settings are thresholds of the studies.
_LOWEST_SCORE = 0.02
#: No photo is larger, so none is shrunk.
_NATIVE_PX = 100_000
#: Weights of the third-party networks, counted from their architectures.
_SSD_PARAMETERS, _MTCNN_PARAMETERS = 2_700_000, 495_000
#: By row, the name of YuNet's weights, and how many there are.
_YUNETS = {"yunet-s": ("yunet", 54_608), "yunet-n": ("yunet-n", 75_856)}


@dataclass(frozen=True)
class Contestant:
    """One row of the comparison.

    Attributes:
        name: Of the row.
        load: Makes the detector; raises ModelError where it cannot be had.
        score: What a device would drop detections below; the detector itself may give lower ones.
        parameters: Number of weights; None where it is no network.
        size_bytes: Of its model files; None where they are hidden in a package.
    """

    name: str
    load: Callable[[], FaceDetector]
    score: float
    parameters: int | None
    size_bytes: int | None


def contestants(
    folder: Path, bundles: Sequence[Path], inputs_px: Sequence[int], min_face_px: int
) -> Iterator[Contestant]:
    """All rows, the seeds' first.

    Args:
        folder: Third-party weights.
        bundles: Folders of detectors of the project's own.
        inputs_px: Longer sides that YuNet and ours look at; 0 for the size that a photo has.
        min_face_px: What Haar searches from.
    """
    for factor in (1.05, 1.1, 1.2):
        load = partial(HaarDetector, factor, 5, min_face_px, 0.0)
        yield Contestant(f"haar {factor:.2f}", load, DEFAULT_SCORES["haar"], None, None)
    for network in ("tensorflow", "caffe"):
        for score in (0.2, 0.4, 0.6):
            name = f"ssd-{network}"
            yield Contestant(
                f"{name} {score:.1f}",
                partial(_ssd, name, folder, score),
                score,
                _SSD_PARAMETERS,
                _bytes(name, folder),
            )
    least = DEFAULT_SCORES["mtcnn"]
    yield Contestant("mtcnn", partial(MtcnnDetector, least), least, _MTCNN_PARAMETERS, None)
    for row, (network, parameters) in _YUNETS.items():
        for px in inputs_px:
            yield Contestant(
                f"{row} {_said(px)}",
                partial(_yunet, network, folder, px),
                DEFAULT_SCORES["yunet"],
                parameters,
                _bytes(network, folder),
            )
    for bundle in bundles:
        yield from _ours(bundle, inputs_px)


def loaded(contestant: Contestant, min_face_px: int) -> FaceDetector | None:
    """The detector with the options that all share, or None, logged, where it cannot be had."""
    try:
        return FilteredDetector(contestant.load(), min_face_px)
    except ModelError as err:
        log.warning("left out of the comparison detector='%s' reason='%s'", contestant.name, err)
        return None


def _ssd(name: str, folder: Path, score: float) -> FaceDetector:
    net, graph = weights.locate(name, folder)
    return SsdDetector(net, graph, score)


def _yunet(name: str, folder: Path, px: int) -> FaceDetector:
    (net,) = weights.locate(name, folder)
    return YunetDetector(net, _LOWEST_SCORE, px or _NATIVE_PX)


def _ours(folder: Path, inputs_px: Sequence[int]) -> Iterator[Contestant]:
    said = manifest.load(folder).manifest
    for runtime, file in said.files.items():
        scheme = said.quantization.scheme if runtime == "tflite" else "float32"
        for px in inputs_px:
            yield Contestant(
                f"{said.name} {runtime} {scheme} {_said(px)}",
                partial(compact.load_verified, folder, runtime, _LOWEST_SCORE, px or _NATIVE_PX),
                DEFAULT_SCORES["compact"],
                int(said.metrics.get("parameters", 0)),
                file.bytes,
            )


def _said(px: int) -> str:
    return f"{px} px" if px else "native"


def _bytes(name: str, folder: Path) -> int | None:
    if not weights.present(name, folder):
        return None
    return sum((folder / file.name).stat().st_size for file in weights.CATALOGUE[name].files)
