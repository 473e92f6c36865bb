"""Files that travel inside the wheel: the project's own bundles and the annotated configuration."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from edge.errors import EmotionEdgeError

BUNDLES = Path(__file__).parent / "models"
DEFAULT_CLASSIFIER = BUNDLES / "fer-compact"
DEFAULT_DETECTOR = BUNDLES / "face-compact"
_EXAMPLE = "edge.yaml"
_SCHEMA = Path(__file__).parent / "schemas" / "edge-1.json"


def systemd_unit() -> str:
    """The daemon's unit file, hardened."""
    return (Path(__file__).parent / "unit" / "emotion-edge.service").read_text(encoding="utf-8")


def examples() -> list[Path]:
    """Files for other tools that show what devices publish, by name."""
    return sorted(path for path in (Path(__file__).parent / "examples").iterdir() if path.is_file())


def bundles() -> list[Path]:
    """The shipped bundle folders, by name."""
    return sorted(path.parent for path in BUNDLES.glob("*/manifest.json"))


def bundle(named: Path | None, default: Path) -> Path:
    """The folder of the bundle that a configuration names; one's own folder goes before a shipped name.

    Args:
        named: A folder, or one of :func:`bundles` by its name, as ``fer-tiny``; None for the default.
        default: One of the shipped ones.
    """
    if named is None:
        return default
    ours = BUNDLES / named
    return ours if len(named.parts) == 1 and ours in bundles() and not named.is_dir() else named


def example_configuration() -> str:
    """The annotated ``edge.yaml``, every field with its default; editors find its schema where it is here.

    Raises:
        EmotionEdgeError: The installation is incomplete.
    """
    checkout = Path(__file__).parent.parent / "config" / _EXAMPLE
    installed = [Path(str(file.locate())) for file in _installed_files() if file.name == _EXAMPLE]
    for path in (checkout, *installed):
        if path.is_file():
            return path.read_text(encoding="utf-8").replace(f"../edge/schemas/{_SCHEMA.name}", str(_SCHEMA))
    raise EmotionEdgeError(f"{_EXAMPLE} is missing from this installation; install emotion-edge again")


def _installed_files() -> list[metadata.PackagePath]:
    try:
        return metadata.files("emotion-edge") or []
    except metadata.PackageNotFoundError:
        return []
