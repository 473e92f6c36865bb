"""What light, cameras and hands do to a view; the boxes stay where they are."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage
from training.detection.fitting.composing import View
from training.detection.fitting.recipe import Degradation
from training.detection.photos import Boxes

_NOISE_PX = 768
#: Drawn once: drawing a view's worth of normal numbers takes longer than all the rest.
_NOISE: npt.NDArray[np.int16] = (
    np.random.default_rng(0).normal(0, 64, (_NOISE_PX, _NOISE_PX, 3)).astype(np.int16)
)


def degraded(view: View, recipe: Degradation, rng: np.random.Generator) -> View:
    """One random degradation of a view; a function of the generator alone."""
    image = view.image
    if len(view.faces) and rng.random() < recipe.occlusion_share:
        image = _occluded(image, view.faces, rng)
    if rng.random() < recipe.blur_share:
        image = _blurred(image, rng)
    if rng.random() < recipe.grey_share:
        image = _image(cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR))
    if rng.random() < recipe.tint_share:
        image = _tinted(image, rng)
    curve = _light_curve(recipe, rng)
    if curve is not None:
        image = _image(cv2.LUT(image, curve))
    if rng.random() < recipe.noise_share:
        image = _noisy(image, rng)
    if rng.random() < recipe.jpeg_share:
        _, packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 75))])
        image = _image(cv2.imdecode(packed, cv2.IMREAD_COLOR))
    return View(image, view.faces, view.ignored)


def _image(array: Any) -> BgrImage:
    """What OpenCV gives, with the type that it has."""
    return np.asarray(array, dtype=np.uint8)


def _light_curve(recipe: Degradation, rng: np.random.Generator) -> npt.NDArray[np.uint8] | None:
    """(1, 256, 3) table: gamma, contrast, brightness, darkness and a cast of colour in one step."""
    light, cast, dark = (rng.random() < s for s in (recipe.light_share, recipe.cast_share, recipe.dark_share))
    if not (light or cast or dark):
        return None
    values = np.linspace(0.0, 1.0, 256)[:, None] * np.ones((1, 3))
    if light:
        values = values ** np.exp(rng.uniform(*np.log(recipe.gamma)))
        values = (values - 0.5) * (1 + rng.uniform(-recipe.light, recipe.light)) + 0.5
        values = values + rng.uniform(-recipe.light, recipe.light) / 2
    if cast:
        values = values * (1 + rng.uniform(-recipe.cast, recipe.cast, 3))
    if dark:
        values = np.clip(values, 0, 1) ** rng.uniform(1.2, 2.0) * rng.uniform(0.2, 0.6)
    return np.asarray(np.clip(values * 255, 0, 255).astype(np.uint8)[None])


def _tinted(image: BgrImage, rng: np.random.Generator) -> BgrImage:
    """Towards two colours, a dark and a bright one: old prints, posters, the light of a stage."""
    dark, bright = rng.uniform(0, 120, 3), rng.uniform(90, 255, 3)
    bright = np.maximum(bright, dark + 40)
    shades = np.linspace(0.0, 1.0, 256)[:, None] * (bright - dark) + dark
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    two_colours = cv2.LUT(grey, np.clip(shades, 0, 255).astype(np.uint8)[None])
    share = rng.uniform(0.4, 1.0)
    return _image(cv2.addWeighted(two_colours, share, image, 1 - share, 0))


def _blurred(image: BgrImage, rng: np.random.Generator) -> BgrImage:
    """Out of focus, moved, or enlarged from few pixels."""
    kind = rng.integers(3)
    if kind == 0:
        return _image(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.6)))
    if kind == 1:
        length = int(rng.integers(3, 8))
        kernel = np.zeros((length, length), dtype=np.float32)
        tilt = rng.uniform(-1, 1) * (length - 1) / 2
        middle = (length - 1) / 2
        start, end = (0, round(middle - tilt)), (length - 1, round(middle + tilt))
        if rng.random() < 0.5:
            start, end = start[::-1], end[::-1]
        cv2.line(kernel, start, end, 1.0)
        return _image(cv2.filter2D(image, -1, kernel / kernel.sum()))
    height, width = image.shape[:2]
    share = rng.uniform(0.45, 0.8)
    small = cv2.resize(image, (int(width * share), int(height * share)), interpolation=cv2.INTER_AREA)
    return _image(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def _noisy(image: BgrImage, rng: np.random.Generator) -> BgrImage:
    height, width = image.shape[:2]
    y, x = int(rng.integers(_NOISE_PX - height + 1)), int(rng.integers(_NOISE_PX - width + 1))
    noise = _NOISE[y : y + height, x : x + width]
    return np.asarray(np.clip(image + (noise * np.float32(rng.uniform(3, 14) / 64)), 0, 255), dtype=np.uint8)


def _occluded(image: BgrImage, faces: Boxes, rng: np.random.Generator) -> BgrImage:
    """Cover up to two fifths of some faces: a mask, a hand, sunglasses, somebody else's shoulder."""
    image = image.copy()
    for x1, y1, x2, y2 in faces:
        if rng.random() < 0.5:
            continue
        width, height = x2 - x1, y2 - y1
        kind = rng.integers(3)
        if kind == 0:  # the lower part, as masks do
            covered = (x1, y2 - height * rng.uniform(0.2, 0.45), x2, y2)
        elif kind == 1:  # one side
            part = width * rng.uniform(0.2, 0.4)
            covered = (x1, y1, x1 + part, y2) if rng.random() < 0.5 else (x2 - part, y1, x2, y2)
        else:  # a band, as sunglasses and hats do
            start = y1 + height * rng.uniform(0.0, 0.4)
            covered = (x1, start, x2, start + height * rng.uniform(0.12, 0.28))
        left, top, right, bottom = (round(float(v)) for v in covered)
        left, top = max(left, 0), max(top, 0)
        patch = image[top:bottom, left:right]
        if patch.size:
            patch[...] = _cover(image, patch.shape[:2], rng)
    return image


def _cover(image: BgrImage, shape: tuple[int, int], rng: np.random.Generator) -> BgrImage:
    """A plain colour, or a piece of the same view."""
    rows, columns = shape
    height, width = image.shape[:2]
    if rng.random() < 0.5 or rows >= height or columns >= width:
        return np.broadcast_to(rng.integers(0, 256, 3).astype(np.uint8), (rows, columns, 3))
    y, x = int(rng.integers(height - rows)), int(rng.integers(width - columns))
    return _image(image[y : y + rows, x : x + columns].copy())
