"""A network as one line of text, in the notation that the studies' summaries use, and its interpreter.

``C64k3s`` convolution, 64 filters of 3x3, same (``v`` valid), ``L2.01`` its weight penalty; ``BN`` batch
norm; ``relu``; ``MP`` max-pool 2x2 stride 2, ``MP5/2`` 5x5 stride 2, ``AP`` the average alike; ``dr.2``
dropout; ``F`` flatten; ``GAP`` global average pooling; ``D256`` dense.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from keras import layers, regularizers


def _convolution(filters: str, kernel: str, padding: str, decay: str | None) -> Any:
    return layers.Conv2D(
        int(filters),
        int(kernel),
        padding={"s": "same", "v": "valid"}[padding],
        kernel_regularizer=regularizers.L2(float(decay)) if decay else None,
    )


def _pooling(kind: str, size: str | None, stride: str | None) -> Any:
    pooling = {"MP": layers.MaxPooling2D, "AP": layers.AveragePooling2D}[kind]
    return pooling(int(size or 2), int(stride or 2))


_WORDS: tuple[tuple[re.Pattern[str], Callable[..., Any]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (r"C(\d+)k(\d+)([sv])(?:L2(\.\d+))?", _convolution),
        (r"(MP|AP)(?:(\d+)/(\d+))?", _pooling),
        (r"BN", layers.BatchNormalization),
        (r"relu", layers.ReLU),
        (r"dr(\.\d+)", lambda share: layers.Dropout(float(share))),
        (r"F", layers.Flatten),
        (r"GAP", layers.GlobalAveragePooling2D),
        (r"D(\d+)", lambda units: layers.Dense(int(units))),
    )
)


def layer(word: str) -> Any:
    """One Keras layer.

    Raises:
        ValueError: The word is not of the notation.
    """
    for pattern, make in _WORDS:
        if found := pattern.fullmatch(word):
            return make(*found.groups())
    raise ValueError(f"{word!r} is no layer of the notation (as C64k3s, BN, relu, MP, dr.2, F, GAP, D256)")


def applied(line: str, x: Any) -> Any:
    """The layers of a line, one after another, on a tensor."""
    for word in line.split():
        x = layer(word)(x)
    return x
