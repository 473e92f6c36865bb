"""What a run starts from instead of random numbers: an earlier run's network, or a classifier's bundle."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from edge import shipped
from edge.contract import manifest
from edge.contract.manifest import ClassifierManifest
from edge.errors import ModelError


class Start(NamedTuple):
    """How a start is told apart from others.

    Attributes:
        identity: Within this machine: a resumed run must have the same.
        title: For others: name and version of a bundle, folder and name of a file.
    """

    identity: str
    title: str


def resumed(path: Path, before: str | None) -> Start:
    """The start of a run that goes on: it is not read again, so it may be gone by now.

    Args:
        path: As :func:`of` takes it.
        before: Identity of the start that the run notes; None where it notes none.
    Raises:
        ModelError: As :func:`of`, where the run notes no start.
    """
    try:
        return of(path)
    except ModelError:
        if before is None:
            raise
        return Start(before, _title(Path(before)) if "/" in before else before)


def of(path: Path) -> Start:
    """Look at what ``fit --init-from`` was given.

    Args:
        path: A ``model.keras``; a bundle's folder, or a shipped one's name.
    Raises:
        ModelError: There is no such file, or no classifier's bundle.
    """
    folder = shipped.bundle(path, path)
    if folder.is_dir():
        _, found = classifier(folder)
        title = f"{found.name} {found.version}"
        return Start(title, title)
    if not path.is_file():
        raise ModelError(
            f"{path}: no such file or folder; --init-from takes a model.keras, or a bundle's folder or name"
        )
    return Start(str(path.resolve()), _title(path.resolve()))


def _title(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


def classifier(folder: Path) -> tuple[Path, ClassifierManifest]:
    """The TFLite file and the manifest of a bundle that fine-tuning can start from.

    Raises:
        ModelError: It is damaged, or no classifier's.
    """
    bundle = manifest.load(folder)
    if not isinstance(bundle.manifest, ClassifierManifest):
        raise ModelError(
            f"{folder}: is a {bundle.manifest.kind}; --init-from takes a bundle of kind "
            "emotion-classifier, or a model.keras"
        )
    return bundle.model_path("tflite"), bundle.manifest
