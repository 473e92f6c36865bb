"""Real public-domain faces that packages ship, and third-party files where the workplace has them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.datatypes import BgrImage, Box

SHARED = Path(__file__).parent.parent.parent / "shared"


def shared(path: str) -> Path:
    """A file or folder beside the checkout; the test is skipped where it is absent."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"{path} is not beside this checkout (third-party data, never committed)")
    return found


def astronaut() -> BgrImage:
    """(512, 512, 3): Eileen Collins, NASA, public domain; shipped by scikit-image."""
    return _packaged("skimage", "data/astronaut.png")


#: Where her face is in that picture, forehead to chin.
ASTRONAUT_FACE = Box(178, 72, 270, 200)


def _packaged(package: str, path: str) -> BgrImage:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        pytest.skip(f"{package} is not installed (extra: demo)")
    picture = cv2.imread(str(Path(spec.origin).parent / path))
    if picture is None:
        pytest.skip(f"{package} no longer ships {path}")
    return np.asarray(picture, dtype=np.uint8)
