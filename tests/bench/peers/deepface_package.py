"""DeepFace as its README uses it: ``DeepFace.analyze(frame, actions=["emotion"])``, OpenCV's detector.

Its weights lie on a server and not on PyPI: the network is the package's own with random numbers in it,
so what it says is worth nothing and what it costs is right.
"""

from __future__ import annotations

import deepface.commons.weight_utils as weights
from turns import Analyse, serve

weights.download_weights_if_necessary = lambda **_: ""
weights.load_model_weights = lambda model, **_: model

from deepface import DeepFace  # noqa: E402


def load(_: int) -> Analyse:
    def analyse(frame: object) -> int:
        found = DeepFace.analyze(frame, actions=["emotion"], enforce_detection=False, silent=True)
        return sum(one["face_confidence"] > 0 for one in found)

    return analyse


serve(load)
