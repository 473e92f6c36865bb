"""What runs networks under OpenCV DNN: the processor, or a graphics chip where this OpenCV can use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import cv2

from edge.errors import ModelError
from edge.native_path import native_path

DnnTarget = Literal["cpu", "opencl", "cuda"]

_NUMBERS: dict[str, tuple[int, int]] = {
    "cpu": (cv2.dnn.DNN_BACKEND_OPENCV, cv2.dnn.DNN_TARGET_CPU),
    "opencl": (cv2.dnn.DNN_BACKEND_OPENCV, cv2.dnn.DNN_TARGET_OPENCL),
    "cuda": (cv2.dnn.DNN_BACKEND_CUDA, cv2.dnn.DNN_TARGET_CUDA),
}


def backend_and_target(target: DnnTarget) -> tuple[int, int]:
    """OpenCV's numbers for a target.

    Raises:
        ModelError: This OpenCV or this machine has no such target: OpenCV itself would fall
            back to the processor without a word.
    """
    backend, number = _NUMBERS[target]
    if number not in cv2.dnn.getAvailableTargets(backend):
        raise ModelError(
            f"detector.target is {target}, which this OpenCV cannot use on this machine; "
            "set it to cpu, or install an OpenCV that was built with it (pip's is not)"
        )
    return backend, number


def read(target: DnnTarget, *files: Path) -> Any:
    """A network of one or two files (weights, and the graph where it is apart).

    Raises:
        ModelError: OpenCV cannot load them, or has no such target.
    """
    backend, number = backend_and_target(target)
    weights = files[0]
    paths = [native_path(file, ModelError) for file in files]
    try:
        if weights.suffix == ".caffemodel":
            net = cv2.dnn.readNetFromCaffe(paths[1], paths[0])
        elif weights.suffix == ".onnx":
            net = cv2.dnn.readNetFromONNX(paths[0])
        else:
            net = cv2.dnn.readNetFromTensorflow(*paths)
    except cv2.error as err:
        beside = f" with {files[1].name}" if len(files) > 1 else ""
        raise ModelError(
            f"{weights}: OpenCV cannot load it{beside}: {err.err}; fetch the file again"
        ) from err
    net.setPreferableBackend(backend)
    net.setPreferableTarget(number)
    return net
