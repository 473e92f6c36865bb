"""Copies of the same photograph in a set of faces: exact ones, and near ones.

A near copy is the same photograph again: recompressed, brighter, with another watermark, moved
by a pixel or so. FER2013 is full of them. Two people, or one person twice, are none; but in
pictures that one laboratory took in one light and pose (CK+) they look like it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import cv2
import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
#: (P, 2): pairs of rows, the smaller first.
Pairs = npt.NDArray[np.int64]

#: Least correlation of the coarse details of two images for a closer look at the pair...
_CANDIDATE = 0.7
#: ...and of their fine details, one moved over the other, for a copy. Of FER2013's 2,984 such pairs
#: 96 drawn at random were all the same photograph; of 64 drawn below 0.65 three were not.
_COPY = 0.6
_MOVED_PX = 2
_COARSE = 16
_BLOCK = 2048
#: Pairs that are compared at once: 60 MB.
_PAIRS = 4096
#: Grey levels: below this an image has no details that could be compared.
_LEAST_DETAIL = 1.0


def digests(images: Images) -> npt.NDArray[np.str_]:
    """One digest an image: equal exactly where the pixels are equal. (N, H, W) -> (N,)."""
    return np.array([hashlib.blake2b(image.tobytes(), digest_size=12).hexdigest() for image in images])


def exact_pairs(keys: npt.NDArray[np.str_]) -> Pairs:
    """Each row with an equal key, paired with the first of them."""
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    pairs = np.stack([first[place], np.arange(len(keys))], axis=1)
    return np.asarray(pairs[pairs[:, 0] != pairs[:, 1]], dtype=np.int64)


def near_pairs(images: Images) -> Pairs:
    """Pairs of near copies among distinct images; mirrored ones are not looked for.

    Exact copies are near copies too: give each image once (about 5 s for 30,000 images).

    Args:
        images: (N, 48, 48).
    """
    coarse = _unit(_details(images.reshape(-1, _COARSE, 3, _COARSE, 3).mean((2, 4), dtype=np.float32), 2))
    found = [np.empty((0, 2), dtype=np.int64)]
    for candidates in _candidates(coarse):
        rows, place = np.unique(candidates, return_inverse=True)
        fine = _details(images[rows].astype(np.float32), 3)
        one, other = place.reshape(candidates.shape).T
        found.append(candidates[_best_correlation(fine, one, other) > _COPY])
    return np.concatenate(found)


def components(count: int, pairs: Iterable[Pairs]) -> npt.NDArray[np.int64]:
    """(count,) the smallest row of all that are connected with each row by pairs."""
    root = np.arange(count)

    def find(row: int) -> int:
        while root[row] != row:
            root[row] = root[root[row]]
            row = int(root[row])
        return row

    for one, other in np.concatenate([np.empty((0, 2), dtype=np.int64), *pairs]).tolist():
        low, high = sorted((find(one), find(other)))
        root[high] = low
    return np.array([find(row) for row in range(count)], dtype=np.int64)


def _candidates(unit: Floats) -> Iterator[Pairs]:
    for start in range(0, len(unit), _BLOCK):
        alike = unit[start : start + _BLOCK] @ unit[start:].T
        one, other = np.nonzero(np.triu(alike > _CANDIDATE, 1))
        if len(one):
            yield np.stack([one, other], axis=1) + start


def _details(images: Floats, radius: int) -> Floats:
    """What is left without the mean of the (2 radius + 1)^2 neighbourhood: edges, not light."""
    window = (2 * radius + 1,) * 2
    means = [cv2.blur(image, window, borderType=cv2.BORDER_REPLICATE) for image in images]
    return images - np.array(means, dtype=np.float32).reshape(images.shape)


def _unit(details: Floats) -> Floats:
    """(N, ...) -> (N, D), each row of mean 0 and length 1, or all zero where it has no details."""
    flat = details.reshape(len(details), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    least = _LEAST_DETAIL * np.sqrt(flat.shape[1])
    return np.where(length < least, 0.0, flat / np.maximum(length, least)).astype(np.float32)


def _best_correlation(fine: Floats, one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> Floats:
    """Largest correlation of each pair over all moves of up to ``_MOVED_PX`` px each way."""
    side = fine.shape[1]
    still = slice(_MOVED_PX, side - _MOVED_PX)
    middle = _unit(fine[:, still, still])
    best = np.full(len(one), -1.0, dtype=np.float32)
    for dy in range(2 * _MOVED_PX + 1):
        for dx in range(2 * _MOVED_PX + 1):
            moved = _unit(fine[:, dy : dy + side - 2 * _MOVED_PX, dx : dx + side - 2 * _MOVED_PX])
            # Of a film every frame may be like every other: the pairs at once would fill the memory.
            for start in range(0, len(one), _PAIRS):
                some = slice(start, start + _PAIRS)
                found = np.einsum("nd,nd->n", middle[one[some]], moved[other[some]])
                np.maximum(best[some], found, out=best[some])
    return best
