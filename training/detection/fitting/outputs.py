"""What a finished detector run leaves behind: model.keras, metrics.json, curves.png."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training import plots
from training.detection.fitting.cells import STRIDES
from training.detection.fitting.fit import SCORED_FROM_PX, Album
from training.detection.fitting.recipe import DetectorRecipe
from training.fitting.checkpoint import History
from training.networks.cost import multiply_accumulates
from training.revision import code_revision
from training.runs import folder as run_folder


@dataclass(frozen=True)
class Outcome:
    """A finished run.

    Attributes:
        datasets: Where the photos with human boxes came from.
        model: The bare network with its averaged weights.
        init_from: Name and version of the bundle that it went on from, if any.
        teacher: Name of the detector whose opinion it learnt too, if any.
    """

    recipe: DetectorRecipe
    datasets: Sequence[str]
    album: Album
    model: Any
    history: History
    init_from: str | None = None
    teacher: str | None = None


def write(folder: Path, outcome: Outcome) -> None:
    """Write all outputs; history.csv is there since the first epoch."""
    outcome.model.save(folder / "model.keras")
    (folder / "metrics.json").write_text(json.dumps(_metrics(outcome), indent=2) + "\n", encoding="utf-8")
    plots.save_curves(folder / "curves.png", outcome.history, ("loss", "ap"))


def _metrics(outcome: Outcome) -> dict[str, Any]:
    album, last = outcome.album, outcome.history[-1]
    return {
        "schema": "detector-metrics/1",
        "network": outcome.model.name,
        "strides": list(STRIDES),
        "parameters": outcome.model.count_params(),
        "multiply_accumulates": multiply_accumulates(outcome.model),
        "recipe": run_folder.as_dict(outcome.recipe),
        "dataset": {
            "names": [Path(name).name for name in outcome.datasets],
            "photos": len(album.kept),
            "faces": sum(len(photo.faces) for photo in album.kept),
            "machine_boxed_photos": len(album.portraits),
            "held_out_photos": len(album.held_out),
        },
        "seed": outcome.recipe.seed,
        "init_from": outcome.init_from,
        "teacher": outcome.teacher,
        "code": code_revision(),
        "epochs": len(outcome.history),
        "minutes": round(sum(record["minutes"] for record in outcome.history), 1),
        "held_out": {"average_precision": last["held_out_ap"], "faces_from_px": SCORED_FROM_PX}
        if "held_out_ap" in last
        else None,
    }
