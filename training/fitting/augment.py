"""Random views of face crops: one affine warp, then light, degradation and erasing, in plain OpenCV.

Tens of microseconds an image, so that augmentation never waits for the network. A view
depends only on the generator passed in: the same (seed, epoch, batch) gives the same view.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from training.recipe import Augmentation

FloatImage = npt.NDArray[np.float32]


def augmented(images: npt.NDArray[np.uint8], recipe: Augmentation, rng: np.random.Generator) -> FloatImage:
    """One random view of each image: (N, H, W) uint8 -> (N, H, W) float32, 0..255."""
    return np.stack([_view(image, recipe, rng) for image in images])


def _view(image: npt.NDArray[np.uint8], recipe: Augmentation, rng: np.random.Generator) -> FloatImage:
    side = image.shape[0]
    view = cv2.warpAffine(
        image, _warp(side, recipe, rng), (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    if rng.random() < recipe.light_share:
        view = _light(view, recipe.light, rng)
    if rng.random() < recipe.gamma_share:
        view = np.power(view / 255.0, _log_uniform(recipe.gamma, rng)).astype(np.float32) * 255.0
    if rng.random() < recipe.degrade_share:
        view = _degrade(view, rng)
    if rng.random() < recipe.erase_share:
        _erase(view, recipe.erase_area, rng)
    return view


def _log_uniform(bounds: tuple[float, float], rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(np.log(bounds[0]), np.log(bounds[1]))))


def _warp(side: int, recipe: Augmentation, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """(2, 3) affine about the image's centre: zoom, aspect, rotation, flip, shift."""
    zoom, aspect = _log_uniform(recipe.zoom, rng), _log_uniform(recipe.aspect, rng)
    angle = np.deg2rad(rng.uniform(-recipe.rotation_deg, recipe.rotation_deg))
    mirror = -1.0 if rng.random() < recipe.flip_share else 1.0
    scale = np.diag([mirror * zoom * np.sqrt(aspect), zoom / np.sqrt(aspect)])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ scale
    centre = np.full(2, (side - 1) / 2)
    offset = centre - linear @ centre + rng.uniform(-recipe.shift, recipe.shift, 2) * side
    return np.asarray(np.hstack([linear, offset[:, None]]), dtype=np.float32)


def _light(view: FloatImage, amount: float, rng: np.random.Generator) -> FloatImage:
    contrast, brightness = 1 + rng.uniform(-amount, amount), rng.uniform(-amount, amount) * 128
    mean = float(view.mean())
    lit = np.clip((view - mean) * contrast + (mean + brightness), 0, 255)
    return np.asarray(lit, dtype=np.float32)


def _degrade(view: FloatImage, rng: np.random.Generator) -> FloatImage:
    """What small and compressed faces go through: blur, low resolution, noise."""
    kind = rng.integers(3)
    if kind == 0:
        return np.asarray(cv2.GaussianBlur(view, (0, 0), rng.uniform(0.4, 1.2)), dtype=np.float32)
    if kind == 1:
        side = view.shape[0]
        small = cv2.resize(view, (int(side * rng.uniform(0.4, 0.8)),) * 2, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
    noise = rng.normal(0, rng.uniform(3, 12), view.shape).astype(np.float32)
    return np.asarray(np.clip(view + noise, 0, 255), dtype=np.float32)


def _erase(view: FloatImage, bounds: tuple[float, float], rng: np.random.Generator) -> None:
    """Fill a random rectangle with one grey value, in place (random erasing, arXiv:1708.04896)."""
    side = view.shape[0]
    area, aspect = rng.uniform(*bounds) * side * side, _log_uniform((0.4, 2.5), rng)
    height = min(side, max(1, round(float(np.sqrt(area * aspect)))))
    width = min(side, max(1, round(float(np.sqrt(area / aspect)))))
    top, left = rng.integers(side - height + 1), rng.integers(side - width + 1)
    view[top : top + height, left : left + width] = rng.uniform(0, 255)
