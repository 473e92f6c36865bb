"""Trains every rung with every seed, in processes of their own, and writes the table after each run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from edge.errors import ContractError
from training import plots
from training.comparison.row import metrics_of
from training.ladder import table
from training.ladder.spec import Climb, Step
from training.ladder.table import RungRow
from training.recipe import Recipe
from training.runs import own_process
from training.runs.folder import as_dict
from training.runs.own_process import Say


@dataclass(frozen=True)
class Request:
    """What to train.

    Attributes:
        climb: The ladder.
        data: Faces with a PublicTest or test split.
        votes: FER+ votes, for the rungs that use them.
        out: Holds ``recipes/``, ``runs/`` and the table.
    """

    climb: Climb
    data: Path
    votes: Path | None
    out: Path


def climb(request: Request, say: Say) -> list[RungRow]:
    """Make, or take from an earlier call, every run; all rungs with the first seed, then with the next.

    Returns:
        The rungs, from the lowest up.
    Raises:
        ContractError: ``out`` was begun with other data or votes, or holds a run of another recipe under a
            rung's name; or a rung needs votes and there are none.
        EmotionEdgeError: A run failed; names its log. Those before it are kept.
        KeyboardInterrupt: The same call goes on.
    """
    _claim(request)
    rows = [RungRow(step.number, step.name) for step in request.climb.steps]
    everything = len(rows) * len(request.climb.seeds)
    for turn, seed in enumerate(request.climb.seeds):
        for place, step in enumerate(request.climb.steps):
            say(f"{step.name}, seed {seed} ({turn * len(rows) + place + 1}/{everything})")
            rows[place] = rows[place].with_run(_run(step, seed, request, say))
            table.write(request.out, rows)
            plots.save_ladder(request.out / "ladder.png", [(row.name, row.accuracies) for row in rows])
    say(f"{request.out}: ladder.md, ladder.json, ladder.png")
    return rows


def _claim(request: Request) -> None:
    """Find before hours of training what would stop them, and keep runs of other faces out of the table."""
    for step in request.climb.steps:
        votes = Recipe.model_validate(step.fields).votes
        if request.votes is None and (votes.head_weight or votes.target_share):
            raise ContractError(f"rung {step.number} ({step.name}) learns from FER+ votes: give --votes")
    path = request.out / "request.json"
    votes_path = str(request.votes.resolve()) if request.votes else None
    now = {"data": str(request.data.resolve()), "votes": votes_path}
    if path.is_file() and (before := json.loads(path.read_text(encoding="utf-8"))) != now:
        raise ContractError(f"{request.out}: was begun with {before}, not {now}; choose another --out")
    request.out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")


def _run(step: Step, seed: int, request: Request, say: Say) -> dict[str, Any]:
    """The ``metrics.json`` of a rung's run with this seed."""
    name = f"{step.number:02d}-seed{seed}"
    folder, fields = request.out / "runs" / name, {**step.fields, "seed": seed}
    if not (folder / "metrics.json").is_file():
        recipe = request.out / "recipes" / f"{name}.yaml"
        recipe.parent.mkdir(parents=True, exist_ok=True)
        recipe.write_text(yaml.safe_dump(fields, sort_keys=False), encoding="utf-8")
        own_process.fit(folder, recipe, request.data, request.votes, (), say)
    metrics = metrics_of(folder)
    if metrics["recipe"] != as_dict(Recipe.model_validate(fields)):
        raise ContractError(
            f"{folder}: was trained by another recipe than rung {step.number} ({step.name}) has now; "
            "choose another --out, or remove the folder"
        )
    return metrics
