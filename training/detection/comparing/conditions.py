"""The parts of a set of photos that a comparison tells apart: by source, and by what is hard about them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.detection.photos import Photo

#: Mean brightness below which a photo is dark, 0..255.
_DARK = 70.0
_GROUP_FACES = 5
#: A portrait's one face covers at least this share of the photo's shorter side.
_PORTRAIT_SHARE = 0.25


def parts(photos: Sequence[Photo]) -> dict[str, list[int]]:
    """Name of a part -> the numbers of its photos; parts without a photo are left out."""
    found: dict[str, list[int]] = {}
    for index, photo in enumerate(photos):
        for name in (f"source {photo.source}", *_conditions(photo)):
            found.setdefault(name, []).append(index)
    return dict(sorted(found.items()))


def _conditions(photo: Photo) -> list[str]:
    names = []
    if "mask" in photo.source.lower():
        names.append("masked")
    if len(photo.faces) >= _GROUP_FACES:
        names.append("group")
    if len(photo.faces) == 1:
        x1, y1, x2, y2 = photo.faces[0]
        if min(x2 - x1, y2 - y1) >= _PORTRAIT_SHARE * min(photo.image.shape[:2]):
            names.append("portrait")
    if float(np.mean(photo.image)) < _DARK:
        names.append("dark")
    return names
