"""What frames would cost without a pipeline: the same decodes, crops and inferences in a bare loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from edge import shipped
from edge.bench.in_process import Cost, Device
from edge.build import Networks
from edge.cameras import FileCamera
from edge.contract import manifest
from edge.contract.preprocess import face_tensor
from edge.datatypes import BgrImage, Box, FaceTensor, Frame, Probabilities
from edge.detectors.compact_heads import OpencvHeads, TfliteHeads
from edge.detectors.near_faces import pictures
from edge.detectors.settings import DetectorSettings
from edge.pipeline import Analysis
from edge.protocols import EmotionClassifier
from edge.settings import Settings
from edge.sources.opencv_capture import open_capture
from edge.tflite import find_runtime, open_interpreter


class Work(NamedTuple):
    """What one frame took of the costly parts.

    Attributes:
        searched: Whether it was searched for faces.
        boxes: Of the faces that were cut out.
        classified: How many of them were classified.
    """

    searched: bool
    boxes: tuple[Box, ...]
    classified: int


class _CountingClassifier:
    """A classifier that counts the faces that it is given."""

    def __init__(self, classifier: EmotionClassifier) -> None:
        self._classifier, self.faces = classifier, 0

    @property
    def labels(self) -> tuple[str, ...]:
        return self._classifier.labels

    def classify(self, faces: FaceTensor) -> Probabilities:
        self.faces += len(faces)
        return self._classifier.classify(faces)


def work_of(settings: Settings, networks: Networks, frames: int) -> list[Work]:
    """Run the device once and write down what each frame needed."""
    counting = _CountingClassifier(networks.classifier)
    works: list[Work] = []

    def note(_: Frame, analysis: Analysis) -> None:
        searched = len(works) % settings.detector.every_n_frames == 0
        boxes = tuple(observation.track.box for observation in analysis.observations)
        works.append(Work(searched, boxes, counting.faces))
        counting.faces = 0

    with Device(settings, replace(networks, classifier=counting)) as device:
        device.run(frames, note)
    return works


class BareLoop:
    """The work of a recording, repeated without tracker, smoother, windows, slot or outbox.

    Detectors other than compact shrink and decode inside: their whole ``detect`` is the inference.
    """

    def __init__(self, settings: Settings, networks: Networks, works: Sequence[Work]) -> None:
        """Load networks of its own, so that it shares nothing with the device that it is compared to."""
        camera = settings.cameras[0]
        if not isinstance(camera, FileCamera) or camera.source != "file":
            raise ValueError("only a video file can be decoded again")
        self._path: Path = camera.path
        self._works, self._crop = works, networks.crop
        self._search = _search(settings.detector, networks)
        self._classify = _classify(shipped.bundle(settings.classifier.bundle, shipped.DEFAULT_CLASSIFIER))

    def run(self) -> Cost:
        """All frames once."""
        cpu_s, began_s = time.process_time(), time.perf_counter()
        capture = open_capture(str(self._path), cv2.CAP_FFMPEG)
        assert capture is not None  # noqa: S101 - the device has just read it
        sides = (capture.get(cv2.CAP_PROP_FRAME_HEIGHT), capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        canvas = np.empty((*map(int, sides), 3), np.uint8)
        faces = 0
        for work in self._works:
            capture.grab()
            _, image = capture.retrieve(canvas)
            if work.searched:
                self._search(image)
            for number, box in enumerate(work.boxes):
                face = face_tensor(image, box, self._crop)
                if number < work.classified:
                    self._classify(face)
            faces += len(work.boxes)
        capture.release()
        return Cost(len(self._works), time.process_time() - cpu_s, time.perf_counter() - began_s, faces)


def _search(settings: DetectorSettings, networks: Networks) -> Callable[[BgrImage], Any]:
    if networks.detector.name != "compact":
        return networks.detector.detect
    bundle = manifest.load(shipped.bundle(settings.bundle, shipped.DEFAULT_DETECTOR))
    said = bundle.manifest
    assert isinstance(said, manifest.DetectorManifest)  # noqa: S101 - it is loaded as one already
    runtime, multiple = settings.compact_runtime, max(said.strides)
    path = bundle.model_path(runtime)
    of_looks: list[OpencvHeads | TfliteHeads] = []

    def search(image: BgrImage) -> None:
        for look, seen in enumerate(pictures(image, settings.input_px, multiple)):
            if look == len(of_looks):
                of_looks.append(
                    TfliteHeads(path, 1) if runtime == "tflite" else OpencvHeads(path, settings.target)
                )
            of_looks[look].run(seen.image)

    return search


def _classify(folder: Path) -> Callable[[FaceTensor], Any]:
    interpreter = open_interpreter(manifest.load(folder).model_path("tflite"), find_runtime()[1], 1)
    (given,), (told,) = interpreter.get_input_details(), interpreter.get_output_details()
    dtype = np.dtype(given["dtype"])

    def classify(face: FaceTensor) -> Any:
        interpreter.set_tensor(given["index"], face.astype(dtype, copy=False))
        interpreter.invoke()
        return interpreter.get_tensor(told["index"])

    return classify
