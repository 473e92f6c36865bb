"""Hand-written stand-ins that satisfy the pipeline's Protocols."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edge.datatypes import BgrImage, Detection, FaceTensor, Probabilities
from tests.builders import LABELS


class ScriptedDetector:
    """Gives the detections of a script, one entry a call, then nothing."""

    name = "scripted"

    def __init__(self, script: Sequence[Sequence[Detection]]) -> None:
        self._script = list(script)
        self.calls = 0

    def detect(self, image: BgrImage) -> list[Detection]:
        self.calls += 1
        return list(self._script[self.calls - 1]) if self.calls <= len(self._script) else []


class ConstantClassifier:
    """Every face shows one emotion with one probability; keeps the batch sizes that it was asked for."""

    labels = LABELS

    def __init__(self, label: str = "happy", probability: float = 0.9) -> None:
        row = np.full(len(LABELS), (1 - probability) / (len(LABELS) - 1), np.float32)
        row[LABELS.index(label)] = probability
        self._row = row
        self.batches: list[int] = []

    def classify(self, faces: FaceTensor) -> Probabilities:
        self.batches.append(len(faces))
        return np.tile(self._row, (len(faces), 1))
