"""Starts a detector from a bundle instead of from random numbers: fine-tuning, or going on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.contract import manifest
from edge.errors import ModelError
from training.networks import folded
from training.networks.folded import Folded


def from_bundle(bare: Any, bundle: Path, views: npt.NDArray[np.uint8]) -> None:
    """Give ``bare`` the weights of a bundle.

    Args:
        bare: Of :func:`training.detection.fitting.network.build`.
        bundle: Folder of a detector with this network.
        views: (N, S, S, 3) uint8 BGR training views of the size that ``bare`` takes; batch norms start
            with the mean and variance of what they see there.
    Raises:
        ModelError: The bundle is damaged, or of another network.
    """
    path = manifest.load(bundle).model_path("opencv-dnn")
    given = _read(path)
    if not folded.fits(bare, given):
        raise ModelError(f"{path}: is of another network than the one to train; start without --init-from")
    # Those with a bias of their own are the last of each head; each other one has its batch norm.
    folded.unfold(bare, given, views)


def _read(path: Path) -> list[Folded]:
    """Every convolution, in the order in which they were built."""
    try:
        import onnx  # noqa: PLC0415 - of the convert extra; only a start from a bundle needs it
        from onnx import numpy_helper  # noqa: PLC0415
    except ImportError as err:
        raise ModelError(f"{path}: needs the convert extra: pip install 'emotion-edge[convert]'") from err
    try:
        every = {one.name: numpy_helper.to_array(one) for one in onnx.load(str(path)).graph.initializer}
        names = sorted((name for name in every if name.endswith(".weights")), key=folded.natural)
        return [
            Folded(
                np.ascontiguousarray(every[name].transpose(2, 3, 1, 0)),
                every[name.removesuffix("weights") + "bias"],
            )
            for name in names
        ]
    except (KeyError, ValueError) as err:
        raise ModelError(f"{path}: cannot be read as a detector's ONNX file: {err}") from err
