"""Whether a loaded network computes here what it computed when it was made, by its golden vectors."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from edge.contract import golden, manifest
from edge.contract.manifest import Bundle
from edge.errors import ModelError

log = logging.getLogger(__name__)


class GoldenRunner(Protocol):
    """A network of either kind, loaded from a bundle."""

    @property
    def bundle(self) -> Bundle:
        """Where it came from."""

    @property
    def runtime(self) -> str:
        """What runs it here."""

    def golden_outputs(self, inputs: npt.NDArray[np.uint8]) -> Sequence[npt.NDArray[np.float32]]:
        """What the graph gives, raw, for :attr:`edge.contract.golden.Golden.inputs`: one (N, ...) an output.

        Raises:
            ValueError: The inputs have another shape than the network's.
        """


_Runner = TypeVar("_Runner", bound=GoldenRunner)


def verified(runner: _Runner, what: str) -> _Runner:
    """The network itself, once it has proved itself; that it is loaded is logged as ``what``.

    Raises:
        ModelError: See :func:`deviation`.
    """
    found = deviation(runner)
    said = runner.bundle.manifest
    log.info(
        "%s loaded name=%s version=%s runtime=%s golden_deviation=%.2g",
        what,
        said.name,
        said.version,
        runner.runtime,
        found,
    )
    return runner


def deviation(runner: GoldenRunner) -> float:
    """The largest difference from the bundle's golden vectors.

    Raises:
        ModelError: It is above the tolerance (the message says by how much), or there are no
            usable golden vectors.
    """
    path = runner.bundle.folder / manifest.GOLDEN
    expected = golden.read(path)
    try:
        outputs = runner.golden_outputs(expected.inputs)
    except ValueError as err:
        raise ModelError(f"{path}: of another network: {err}; fetch the bundle again") from err
    return golden.check(expected, outputs, f"{runner.bundle.folder} ({runner.runtime})")
