"""The recipes that travel with the project, by name: ``config/recipes/<name>.yaml``."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from edge.errors import ConfigError, EmotionEdgeError

_CHECKOUT = Path(__file__).parent.parent / "config" / "recipes"


def all_recipes() -> dict[str, Path]:
    """Name -> file, by name.

    Raises:
        EmotionEdgeError: The installation is incomplete.
    """
    found = list(_CHECKOUT.glob("*.yaml")) or _installed()
    if not found:
        raise EmotionEdgeError("the recipes are missing from this installation; install emotion-edge again")
    return {path.stem: path for path in sorted(found)}


def named(name: str) -> Path:
    """The file of a recipe: one of ours by its name, or a path that ends in .yaml.

    Raises:
        ConfigError: There is none; lists those that there are.
    """
    if name.endswith(".yaml"):
        return Path(name)
    ours = all_recipes()
    if name not in ours:
        raise ConfigError(
            f"no recipe {name!r}; choose of {', '.join(ours)}, or give a path that ends in .yaml"
        )
    return ours[name]


def _installed() -> list[Path]:
    try:
        files = metadata.files("emotion-edge") or []
    except metadata.PackageNotFoundError:
        return []
    return [
        Path(str(file.locate())) for file in files if file.parent.name == "recipes" and file.suffix == ".yaml"
    ]
