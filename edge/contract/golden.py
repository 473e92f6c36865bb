"""Golden vectors: inputs, the outputs that they must give on every processor, and how near is near.

They tell a damaged or mistaken model, or a runtime that computes it wrongly, from a good one
at start, before the first frame. One ``golden.npz`` a bundle.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.contract.manifest import FORBIDDEN
from edge.errors import ModelError


@dataclass(frozen=True)
class Golden:
    """What ``golden.npz`` holds.

    Attributes:
        inputs: (N, ...) uint8, one row an input of the graph, 0..255, in the manifest's layout.
        outputs: One (N, ...) float32 array for each output of the graph, raw (before softmax
            or decoding).
        tolerance: Largest allowed absolute deviation of any output value.
    """

    inputs: npt.NDArray[np.uint8]
    outputs: tuple[npt.NDArray[np.float32], ...]
    tolerance: float


def write(path: Path, golden: Golden) -> None:
    """Write the arrays, compressed."""
    arrays: dict[str, Any] = {f"outputs_{index}": output for index, output in enumerate(golden.outputs)}
    np.savez_compressed(path, inputs=golden.inputs, tolerance=np.float64(golden.tolerance), **arrays)


def read(path: Path) -> Golden:
    """Read the arrays.

    Raises:
        ModelError: The file is missing, damaged or lacks an array.
    """
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as arrays:
            names = sorted((n for n in arrays.files if n.startswith("outputs_")), key=lambda n: int(n[8:]))
            golden = Golden(
                arrays["inputs"],
                tuple(arrays[name].astype(np.float32) for name in names),
                float(arrays["tolerance"]),
            )
    except FileNotFoundError as err:
        raise ModelError(f"{path}: the golden vectors are missing; fetch the bundle again") from err
    except PermissionError as err:
        raise ModelError(f"{path}: {FORBIDDEN}") from err
    except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as err:
        raise ModelError(f"{path}: damaged golden vectors: {err}; fetch the bundle again") from err
    rows = {len(golden.inputs), *(len(output) for output in golden.outputs)}
    # Written so that a tolerance which is not a number is refused too.
    if (
        golden.inputs.dtype != np.uint8
        or not golden.outputs
        or rows == {0}
        or len(rows) > 1
        or not 0 < golden.tolerance < float("inf")
    ):
        raise ModelError(
            f"{path}: golden vectors must be uint8 inputs, as many outputs, and a tolerance above 0; "
            "fetch the bundle again"
        )
    return golden


def deviation(golden: Golden, outputs: Sequence[npt.NDArray[np.float32]]) -> float:
    """Largest absolute difference between the outputs and the golden ones.

    Infinite where an output is missing, has another shape, or is not a number.
    """
    if [o.shape for o in outputs] != [o.shape for o in golden.outputs]:
        return float("inf")
    largest = max(float(np.abs(a - b).max()) for a, b in zip(outputs, golden.outputs, strict=True))
    return largest if np.isfinite(largest) else float("inf")


def check(golden: Golden, outputs: Sequence[npt.NDArray[np.float32]], origin: str) -> float:
    """The deviation, where it is within the tolerance.

    Args:
        golden: What is expected.
        outputs: What the graph gave for ``golden.inputs``.
        origin: The bundle's name for messages.
    Raises:
        ModelError: It is not; the message has both figures.
    """
    found = deviation(golden, outputs)
    if found > golden.tolerance:
        raise ModelError(
            f"{origin}: the golden vectors deviate by {found:.4g} where {golden.tolerance:.4g} is allowed; "
            "the model does not compute here what it computed when it was converted: fetch the bundle again "
            "or install another TFLite runtime"
        )
    return found
