"""The emotion classifier: a TFLite graph on the CPU."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.contract import manifest
from edge.contract.manifest import Bundle, ClassifierManifest
from edge.contract.preprocess import CropSpec
from edge.datatypes import FaceTensor, Probabilities
from edge.errors import ModelError
from edge.golden_check import verified
from edge.tflite import find_runtime, open_interpreter


class TfliteClassifier:
    """Runs the bundle's ``tflite`` file; satisfies ``EmotionClassifier``. Not for several threads at once.

    Args:
        bundle: An ``emotion-classifier``; its files are taken as they are (see :func:`load_verified`).
        threads: Of the interpreter. Two gave no gain over one with networks this small.
    Raises:
        ModelError: No runtime, not a TFLite file, or a graph that is not what the manifest says.
    """

    def __init__(self, bundle: Bundle, threads: int = 1) -> None:
        if not isinstance(bundle.manifest, ClassifierManifest):
            raise ModelError(
                f"{bundle.folder}: is a {bundle.manifest.kind}; configure a bundle of kind emotion-classifier"
            )
        self.bundle = bundle
        self.manifest: ClassifierManifest = bundle.manifest
        self.runtime, interpreter_class = find_runtime()
        self._interpreter = open_interpreter(bundle.model_path("tflite"), interpreter_class, threads)
        self._input, self._output = _check_graph(
            self._interpreter, self.manifest, bundle.model_path("tflite")
        )
        self._scale, self._zero_point = _dequantization(self._interpreter)
        # Read once: what a manifest says is found by way of several objects.
        given, told = self.manifest.input, self.manifest.output
        self._face_shape, self._takes_bytes = (
            (given.height, given.width, given.channels),
            given.dtype == "uint8",
        )
        self._classes, self._temperature = len(told.labels), told.temperature
        self._gives_logits = told.activation != "probabilities"

    @property
    def labels(self) -> tuple[str, ...]:
        return self.manifest.output.labels

    @property
    def crop_spec(self) -> CropSpec:
        """How the faces for :meth:`classify` must be cut."""
        return self.manifest.crop_spec

    @property
    def abstain_below(self) -> float:
        """The probability below which the bundle's makers advise to give no label."""
        return self.manifest.output.abstain_below

    def classify(self, faces: FaceTensor) -> Probabilities:
        raw = self.raw_outputs(faces)
        return softmax(raw, self._temperature) if self._gives_logits else raw

    def raw_outputs(self, faces: FaceTensor) -> npt.NDArray[np.float32]:
        """What the graph gives, before temperature and softmax.

        Args:
            faces: (N, height, width, channels) float32, 0..255; N may be 0.
        Returns:
            (N, C) float32.
        Raises:
            ValueError: The faces have another shape.
        """
        if faces.shape[1:] != self._face_shape:
            height, width, channels = self._face_shape
            raise ValueError(f"faces are {faces.shape}; expected (N, {height}, {width}, {channels})")
        if self._takes_bytes:
            rows: npt.NDArray[Any] = np.clip(np.rint(faces), 0, 255).astype(np.uint8)
        else:
            rows = np.ascontiguousarray(faces, dtype=np.float32)
        outputs = np.empty((len(rows), self._classes), dtype=np.float32)
        # One face an invocation. Measured on the compact network (x86, one thread, time per face
        # over that of single invocations): a batch of 2 to 16 in one invocation is at 0.96 to 1.01
        # with LiteRT, at 0.87 to 1.02 with tflite-runtime; with the resize that another number of
        # faces needs at 0.98 to 1.02 with LiteRT, but at 1.1 to 2.5 with tflite-runtime in float
        # (it packs the weights again). Padding to a bucket pays a whole invocation for each empty
        # row. So single invocations lose at most 4% with LiteRT, never stall when faces come and
        # go, and memory stays that of one face.
        for index in range(len(rows)):
            self._interpreter.set_tensor(self._input, rows[index : index + 1])
            self._interpreter.invoke()
            outputs[index] = self._interpreter.get_tensor(self._output)[0]
        return outputs if self._scale is None else (outputs - self._zero_point) * self._scale

    def golden_outputs(self, inputs: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.float32]]:
        """See :class:`edge.golden_check.GoldenRunner`."""
        return [self.raw_outputs(inputs.astype(np.float32))]


def load_verified(folder: Path, threads: int = 1) -> TfliteClassifier:
    """Load a bundle and prove that it computes here what it computed when it was made.

    Raises:
        ModelError: A file is missing or altered, the graph is another one, or the golden
            vectors deviate (the message says by how much).
    """
    return verified(TfliteClassifier(manifest.load(folder), threads), "classifier")


def softmax(logits: npt.NDArray[np.float32], temperature: float) -> Probabilities:
    """(N, C) logits -> (N, C) float32 probabilities of ``logits / temperature``."""
    # In plain numbers: for a few faces of seven classes, six calls of NumPy cost more than what they compute.
    shares = []
    for row in logits.tolist():
        largest = max(row)
        exponentials = [math.exp((logit - largest) / temperature) for logit in row]
        total = sum(exponentials)
        shares.append([one / total for one in exponentials])
    return np.array(shares, np.float32).reshape(logits.shape)


def _check_graph(interpreter: Any, expected: ClassifierManifest, path: Path) -> tuple[int, int]:
    """The tensor numbers of the one input and the one output, checked against the manifest."""
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    given = expected.input
    if (given.layout, given.channels, given.color) != ("NHWC", 1, "gray"):
        raise ModelError(
            f"{path}: takes {given.layout} {given.color} with {given.channels} channels; the device cuts "
            "grey faces (NHWC, 1 channel): put the conversion into the network's graph"
        )
    output_dtype = "int8" if expected.quantization.scheme == "full-int8" else "float32"
    for what, details, shape, dtype in (
        ("input", inputs, (1, given.height, given.width, given.channels), given.dtype),
        ("output", outputs, (1, len(expected.output.labels)), output_dtype),
    ):
        found = [(tuple(int(n) for n in d["shape"]), np.dtype(d["dtype"]).name) for d in details]
        if found != [(shape, dtype)]:
            said = ", ".join(f"{s} {d}" for s, d in found)
            raise ModelError(
                f"{path}: the graph's {what} is {said} where {manifest.MANIFEST} says {shape} {dtype}; "
                "the file and the manifest belong to different networks: convert again"
            )
    return int(inputs[0]["index"]), int(outputs[0]["index"])


def _dequantization(interpreter: Any) -> tuple[np.float32 | None, np.float32]:
    """Scale and zero point of the output; the scale is None where it is float already."""
    (output,) = interpreter.get_output_details()
    scale, zero_point = output["quantization"]
    quantized = np.dtype(output["dtype"]).kind in "iu"
    return (np.float32(scale) if quantized else None), np.float32(zero_point)
