"""Composes a view: a piece of a photo at a chosen scale, or four of them, with faces pasted in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np

from edge.datatypes import BgrImage
from edge.detectors.letterbox import PAD_VALUE
from training.detection.fitting.recipe import Views
from training.detection.photos import Boxes, Photo

#: A face of which less than this is in the view is not asked for; of which less than the
#: second is in the view leaves no mark that could be taken for one.
_SHOWN, _HINTED = 0.6, 0.15
#: Faces from this size on are worth pasting.
_PASTED_FROM_PX = 20.0
#: What is cut out round a pasted face, as shares of its sides: hair and shoulders belong to it.
_PASTE_MARGIN = 0.35


class View(NamedTuple):
    """A training picture: (S, S, 3) uint8 BGR, the boxes of its faces, and of what does not count."""

    image: BgrImage
    faces: Boxes
    ignored: Boxes


class Mistake(NamedTuple):
    """Where the network took something for a face wrongly: photo's index, and (x, y, side) there."""

    photo: int
    x: float
    y: float
    side: float


@dataclass
class Composer:
    """Draws views from photos.

    Attributes:
        photos: With boxes made by people.
        portraits: With boxes made by a machine; may be empty.
        recipe: How views are drawn.
        mistakes: Places to look at again; may be empty, and replaced at any time.
    """

    photos: Sequence[Photo]
    portraits: Sequence[Photo]
    recipe: Views
    mistakes: Sequence[Mistake] = field(default=())

    def __post_init__(self) -> None:
        self._pasted = [
            (photo, box)
            for photo in (*self.photos, *self.portraits)
            for box in photo.faces
            if min(box[2] - box[0], box[3] - box[1]) >= _PASTED_FROM_PX
        ]
        # Where each photo's share of the draws ends, of 0..1.
        shares = np.array([max(1, len(photo.faces)) for photo in self.photos]) ** self.recipe.crowd_power
        self._up_to = np.cumsum(shares / max(1.0, shares.sum()))

    def draw(self, rng: np.random.Generator) -> View:
        """One random view; a function of the generator alone."""
        size = self.recipe.size_px
        if rng.random() < self.recipe.mosaic_share:
            view = self._mosaic(size, rng)
        else:
            view = self._piece(size, size, rng)
        if rng.random() < self.recipe.rotation_share:
            drawn = rng.uniform(-1, 1)
            view = _rotated(view, drawn * abs(drawn) * self.recipe.rotation_deg)
        if self._pasted and rng.random() < self.recipe.paste_share:
            view = self._with_pasted(view, rng)
        if rng.random() < self.recipe.flip_share:
            view = _flipped(view)
        return view

    def _mosaic(self, size: int, rng: np.random.Generator) -> View:
        split_x, split_y = (int(rng.integers(size // 4, size * 3 // 4)) for _ in range(2))
        image = np.empty((size, size, 3), dtype=np.uint8)
        faces, ignored = [], []
        for left, right in ((0, split_x), (split_x, size)):
            for top, bottom in ((0, split_y), (split_y, size)):
                piece = self._piece(right - left, bottom - top, rng)
                image[top:bottom, left:right] = piece.image
                shift = np.array([left, top, left, top], dtype=np.float32)
                faces.append(piece.faces + shift)
                ignored.append(piece.ignored + shift)
        return View(image, np.concatenate(faces), np.concatenate(ignored))

    def _piece(self, width: int, height: int, rng: np.random.Generator) -> View:
        photo, x, y, side = self._anchor(rng)
        low, high = self.recipe.face_px
        wanted = float(
            np.exp(rng.uniform(np.log(low), np.log(max(low, min(high, 0.9 * min(width, height))))))
        )
        rows, columns = photo.image.shape[:2]
        # Not much smaller than the whole photo in the view: the rest would be empty.
        least = min(width / columns, height / rows) * rng.uniform(0.7, 1.0)
        scale = min(max(wanted / side, least), self.recipe.enlarge)
        # The anchor lies anywhere in the view, as long as its face does.
        slack_x, slack_y = (max(0.0, length - side * scale) for length in (width, height))
        left = x * scale - (width - slack_x) / 2 - rng.uniform(0, 1) * slack_x
        top = y * scale - (height - slack_y) / 2 - rng.uniform(0, 1) * slack_y
        left = _inside(left, width, columns * scale, rng)
        top = _inside(top, height, rows * scale, rng)
        image = _window(photo.image, left / scale, top / scale, scale, width, height)
        shift = np.array([left, top, left, top], dtype=np.float32)
        return _clipped(
            image, photo.faces * np.float32(scale) - shift, photo.ignored * np.float32(scale) - shift
        )

    def _anchor(self, rng: np.random.Generator) -> tuple[Photo, float, float, float]:
        """A photo, and the centre and longer side of what the view is drawn round."""
        drawn = rng.random()
        if self.mistakes and drawn < self.recipe.mistake_share:
            mistake = self.mistakes[int(rng.integers(len(self.mistakes)))]
            return self.photos[mistake.photo], mistake.x, mistake.y, mistake.side
        if self.portraits and rng.random() < self.recipe.portrait_share:
            photo = self.portraits[int(rng.integers(len(self.portraits)))]
        else:
            photo = self.photos[int(np.searchsorted(self._up_to[:-1], rng.random(), side="right"))]
        if not len(photo.faces) or rng.random() < self.recipe.background_share:
            rows, columns = photo.image.shape[:2]
            return (
                photo,
                rng.uniform(0, columns),
                rng.uniform(0, rows),
                rng.uniform(0.05, 0.4) * max(rows, columns),
            )
        x1, y1, x2, y2 = map(float, photo.faces[int(rng.integers(len(photo.faces)))])
        return photo, (x1 + x2) / 2, (y1 + y2) / 2, max(4.0, x2 - x1, y2 - y1)

    def _with_pasted(self, view: View, rng: np.random.Generator) -> View:
        image, faces, ignored = view.image.copy(), list(view.faces), view.ignored
        for _ in range(int(rng.integers(1, 4))):
            photo, box = self._pasted[int(rng.integers(len(self._pasted)))]
            placed = _paste(image, photo.image, box, np.array([*faces, *ignored]).reshape(-1, 4), rng)
            if placed is not None:
                faces.append(placed)
        return View(image, np.array(faces, dtype=np.float32).reshape(-1, 4), ignored)


def _inside(start: float, length: int, available: float, rng: np.random.Generator) -> float:
    """Where a window starts: within the photo where that is large enough, else round it."""
    if available >= length:
        return min(max(start, 0.0), available - length)
    return float(rng.uniform(available - length, 0.0))


def _window(image: BgrImage, x: float, y: float, scale: float, width: int, height: int) -> BgrImage:
    """The part of ``image`` from (x, y) on, scaled, as (height, width, 3); grey where there is none."""
    rows, columns = image.shape[:2]
    x1, y1 = max(0, round(x)), max(0, round(y))
    x2, y2 = min(columns, round(x + width / scale)), min(rows, round(y + height / scale))
    canvas = np.full((height, width, 3), PAD_VALUE, dtype=np.uint8)
    left, top = max(0, round((x1 - x) * scale)), max(0, round((y1 - y) * scale))
    right = min(width, max(left + 1, round((x2 - x) * scale)))
    bottom = min(height, max(top + 1, round((y2 - y) * scale)))
    if x2 <= x1 or y2 <= y1 or right <= left or bottom <= top:
        return canvas
    # Averaging, which the device uses to shrink, costs several times more: only where sampling would alias.
    how = cv2.INTER_AREA if scale < 0.7 else cv2.INTER_LINEAR
    canvas[top:bottom, left:right] = cv2.resize(
        image[y1:y2, x1:x2], (right - left, bottom - top), interpolation=how
    )
    return canvas


def _clipped(image: BgrImage, faces: Boxes, ignored: Boxes) -> View:
    """The view with the boxes that it shows; faces cut off by its edge do not count."""
    height, width = image.shape[:2]
    limit = np.array([width, height, width, height], dtype=np.float32)
    shown = np.clip(faces, 0, limit)
    share = _areas(shown) / np.maximum(_areas(faces), 1e-6)
    others = np.clip(ignored, 0, limit)
    hinted = shown[(share < _SHOWN) & (share >= _HINTED)]
    return View(image, shown[share >= _SHOWN], np.concatenate([hinted, others[_areas(others) > 0]]))


def _areas(boxes: Boxes) -> Boxes:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))


def _flipped(view: View) -> View:
    width = view.image.shape[1]

    def mirror(boxes: Boxes) -> Boxes:
        return np.stack([width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], axis=-1)

    return View(np.asarray(cv2.flip(view.image, 1), dtype=np.uint8), mirror(view.faces), mirror(view.ignored))


def _rotated(view: View, degrees: float) -> View:
    """Turned about its centre; the box of a turned face is that of the ellipse which filled it."""
    height, width = view.image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    border = (PAD_VALUE,) * 3
    image = cv2.warpAffine(view.image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=border)

    def turned(boxes: Boxes) -> Boxes:
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        moved = centres @ matrix[:, :2].T + matrix[:, 2]
        halves = np.sqrt(((boxes[:, 2:] - boxes[:, :2]) / 2) ** 2 @ (matrix[:, :2] ** 2).T)
        return np.hstack([moved - halves, moved + halves]).astype(np.float32)

    return _clipped(np.asarray(image, dtype=np.uint8), turned(view.faces), turned(view.ignored))


def _paste(
    image: BgrImage, source: BgrImage, box: Boxes, taken: Boxes, rng: np.random.Generator
) -> Boxes | None:
    """Put a face of another photo into ``image``, in place; its box there, or None for no room."""
    height, width = image.shape[:2]
    x1, y1, x2, y2 = (float(v) for v in box)
    margin_x, margin_y = _PASTE_MARGIN * (x2 - x1), _PASTE_MARGIN * (y2 - y1)
    left, top = max(0, int(x1 - margin_x)), max(0, int(y1 - margin_y))
    patch = source[top : int(y2 + margin_y) + 1, left : int(x2 + margin_x) + 1]
    side = max(x2 - x1, y2 - y1)
    scale = min(float(np.exp(rng.uniform(np.log(12.0), np.log(0.4 * width)))) / side, 1.2)
    columns, rows = max(2, round(patch.shape[1] * scale)), max(2, round(patch.shape[0] * scale))
    if columns >= width or rows >= height:
        return None
    at_x, at_y = int(rng.integers(width - columns)), int(rng.integers(height - rows))
    placed = (np.array([x1 - left, y1 - top, x2 - left, y2 - top]) * scale + [at_x, at_y, at_x, at_y]).astype(
        np.float32
    )
    room = np.array([at_x, at_y, at_x + columns, at_y + rows], dtype=np.float32)
    if (
        len(taken)
        and (np.minimum(taken[:, 2:], room[2:]) > np.maximum(taken[:, :2], room[:2])).all(axis=1).any()
    ):
        return None
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(patch, (columns, rows), interpolation=how).astype(np.float32)
    target = image[at_y : at_y + rows, at_x : at_x + columns]
    # Full inside the ellipse of the head, fading outside: no straight edge betrays the pasting.
    grid_y, grid_x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j].astype(np.float32)
    opacity = np.clip((1.0 - np.hypot(grid_x, grid_y)) * 5.0, 0.0, 1.0)[..., None]
    target[...] = (small * opacity + target * (1.0 - opacity)).astype(np.uint8)
    return placed
