"""Files that travel inside the wheel: the project's own bundles and the annotated configuration."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

BUNDLES = Path(__file__).parent / "models"
DEFAULT_CLASSIFIER = BUNDLES / "fer-compact"


def bundles() -> list[Path]:
    """The shipped bundle folders, by name."""
    return sorted(path.parent for path in BUNDLES.glob("*/manifest.json"))


def example_configuration() -> str:
    """The annotated ``edge.yaml``, every field with its default."""
    checkout = Path(__file__).parent.parent / "config" / "edge.yaml"
    if checkout.is_file():
        return checkout.read_text(encoding="utf-8")
    return (resources.files("edge.config_examples") / "edge.yaml").read_text(encoding="utf-8")
