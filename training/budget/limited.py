"""A run fitted into its limits before it starts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from edge.contract.facesets import FaceSet
from training.budget import plan as budget
from training.budget.plan import Limits, Plan
from training.recipe import Recipe


@dataclass(frozen=True)
class Run:
    """What a run starts from.

    Attributes:
        faces: All that was read.
        kept: What the network is trained on.
        held_out: What it does not see of Training; None where the recipe holds nothing out.
    """

    recipe: Recipe
    faces: FaceSet
    kept: FaceSet
    held_out: FaceSet | None


def plan(run: Run, limits: Limits, folder: Path, resume: bool) -> Plan:
    """The plan of the run to be resumed, or a new one; minutes are turned into batches by a measurement.

    Raises:
        ContractError: The run to be resumed was begun with other limits.
    """
    stored = budget.load(folder, limits) if resume else None
    if stored is not None:
        return stored
    speed = None
    if limits.minutes is not None or limits.eval_minutes is not None:
        from training.budget import probe  # noqa: PLC0415 - loads Keras

        speed = probe.measure(run.recipe, run.kept)
    return budget.plan(run.recipe, len(run.kept), limits, speed)


def within(run: Run, planned: Plan) -> Run:
    """The run with as many epochs and faces as planned."""
    seed, held_out = run.recipe.seed, run.held_out
    return replace(
        run,
        recipe=budget.shortened(run.recipe, planned),
        faces=budget.judged_part(run.faces, planned.eval_images, seed),
        kept=budget.drawn(run.kept, planned.train_images, seed),
        held_out=None if held_out is None else budget.drawn(held_out, planned.eval_images, seed),
    )
