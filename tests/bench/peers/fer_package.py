"""The ``fer`` package by its defaults, ``FER().detect_emotions(frame)``: Haar, mini-XCEPTION in TFLite."""

from __future__ import annotations

from fer.fer import FER
from turns import Analyse, serve


def load(_: int) -> Analyse:
    detector = FER()
    return lambda frame: len(detector.detect_emotions(frame))


serve(load)
