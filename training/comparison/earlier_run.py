"""A finished run that is found where one is about to be made: is it the one that was asked for?"""

from __future__ import annotations

from pathlib import Path

from edge.contract import strict_yaml
from edge.errors import ContractError
from training.budget import plan as budget
from training.budget.plan import Limits
from training.comparison.row import metrics_of
from training.recipe import Recipe
from training.runs.folder import as_dict, differences


def require_recipe(folder: Path, recipe: Path, limits: Limits) -> None:
    """Nothing where no run is finished in the folder: it will be made.

    Args:
        folder: Of the run.
        recipe: The file as it is now.
        limits: Those that the run was made within.
    Raises:
        ContractError: The run was trained by another recipe, or it cannot be read.
        ConfigError: The recipe cannot be read.
    """
    if not (folder / "metrics.json").is_file():
        return
    now = strict_yaml.load(recipe, Recipe)
    planned = budget.load(folder, limits) if limits.as_dict() else None
    if planned is not None:
        now = budget.shortened(now, planned)
    changed = differences(metrics_of(folder).get("recipe"), as_dict(now))
    if changed:
        raise ContractError(
            f"{folder}: was trained by another recipe than {recipe} is now: {', '.join(changed)}; "
            "set these fields back, choose another --out, or remove the folder to train anew"
        )
