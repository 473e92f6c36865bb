"""What runs the compact network: OpenCV DNN on its ONNX file, or a TFLite runtime on its other one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage
from edge.detectors import opencv_dnn
from edge.detectors.opencv_dnn import DnnTarget
from edge.errors import ModelError
from edge.tflite import find_runtime, open_interpreter

Maps = list[npt.NDArray[np.float32]]


class Heads(Protocol):
    """Runs the network on one picture."""

    def run(self, image: BgrImage) -> Maps:
        """(height, width, 3) uint8 BGR -> one (1, H, W, channels) map an output, in any order.

        Raises:
            ValueError: The graph does not take such a picture.
        """


class OpencvHeads:
    """The bundle's ``opencv-dnn`` file, an ONNX graph that takes NCHW."""

    def __init__(self, path: Path, target: DnnTarget) -> None:
        self._net = opencv_dnn.read(target, path)
        self._names = self._net.getUnconnectedOutLayersNames()

    def run(self, image: BgrImage) -> Maps:
        self._net.setInput(cv2.dnn.blobFromImage(image))
        try:
            maps = self._net.forward(self._names)
        except cv2.error as err:
            raise ValueError(
                f"OpenCV cannot run it on {image.shape[1]}x{image.shape[0]} px: {err.err}"
            ) from err
        return [np.moveaxis(one, 1, -1) for one in maps]


class TfliteHeads:
    """The bundle's ``tflite`` file, which takes NHWC of any size."""

    def __init__(self, path: Path, threads: int) -> None:
        _, interpreter_class = find_runtime()
        self._interpreter: Any = open_interpreter(path, interpreter_class, threads)
        inputs = self._interpreter.get_input_details()
        if len(inputs) != 1 or np.dtype(inputs[0]["dtype"]) != np.float32 or inputs[0]["shape"][-1] != 3:
            raise ModelError(
                f"{path}: takes {[(tuple(i['shape']), np.dtype(i['dtype']).name) for i in inputs]} where a "
                "detector takes one float32 picture of 3 channels; convert the network again"
            )
        self._input = int(inputs[0]["index"])
        self._size: tuple[int, ...] = ()

    def run(self, image: BgrImage) -> Maps:
        if image.shape != self._size:  # a camera's frames are all of one size
            try:
                self._interpreter.resize_tensor_input(self._input, (1, *image.shape))
                self._interpreter.allocate_tensors()
            except (RuntimeError, ValueError) as err:
                raise ValueError(f"cannot take {image.shape[1]}x{image.shape[0]} px: {err}") from err
            self._size = image.shape
            self._outputs = [int(output["index"]) for output in self._interpreter.get_output_details()]
        # Straight into the interpreter's own memory; the view must be gone before it is invoked.
        np.copyto(self._interpreter.tensor(self._input)()[0], image)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(output) for output in self._outputs]
