"""The ladder as Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from edge.errors import ContractError
from training.comparison.row import SPLITS


@dataclass(frozen=True)
class RungRow:
    """One rung and the figures of its runs.

    Attributes:
        number: From 1, the lowest.
        runs: What each run was judged at, in the order of the seeds.
    """

    number: int
    name: str
    runs: tuple[Mapping[str, Any], ...] = ()

    def with_run(self, metrics: Mapping[str, Any]) -> RungRow:
        """This row and one run more.

        Raises:
            ContractError: The run was judged on no split that is reported.
        """
        split = next((name for name in SPLITS if name in metrics), None)
        if split is None:
            raise ContractError(f"a ladder needs data with a split to report: {' or '.join(SPLITS.values())}")
        official, clean = metrics[split]["official"], metrics[split]["clean"] or {}
        run = {
            "seed": metrics["seed"],
            "split": SPLITS[split],
            "images": official["images"],
            "accuracy": official["accuracy"],
            "accuracy_clean": clean.get("accuracy"),
            "macro_f1": official["macro_f1"],
            "ece": official["ece"],
            "epochs": metrics["epochs"],
            "network": metrics["network"],
            "minutes": metrics["minutes"],
        }
        return replace(self, runs=(*self.runs, run))

    @property
    def accuracies(self) -> list[float]:
        """Official, 0..1, one a run."""
        return self.values("accuracy")

    def values(self, name: str) -> list[float]:
        """One figure of all runs that have it."""
        return [float(run[name]) for run in self.runs if run[name] is not None]

    def over(self, below: RungRow) -> list[float]:
        """Accuracy more than the rung below has with the same seed, for the seeds that both have."""
        before = {run["seed"]: run["accuracy"] for run in below.runs}
        return [run["accuracy"] - before[run["seed"]] for run in self.runs if run["seed"] in before]


def write(folder: Path, rows: Sequence[RungRow]) -> None:
    """Write ``ladder.md`` and ``ladder.json``."""
    plain = [{"rung": row.number, "name": row.name, "runs": [dict(run) for run in row.runs]} for row in rows]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ladder.md").write_text(markdown(rows), encoding="utf-8")
    whole = {"schema": "training-ladder/1", "rungs": plain}
    (folder / "ladder.json").write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


def markdown(rows: Sequence[RungRow]) -> str:
    """The rungs that have a run, from the lowest up; empty where none has."""
    done = [row for row in rows if row.runs]
    if not done:
        return ""
    lines = [
        "| rung | accuracy | over the rung below, points | clean | macro-F1 | ECE | minutes | seeds |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for below, row in zip([None, *done], done, strict=False):
        gained = row.over(below) if below else []
        cells = (
            f"{row.number}. {row.name}",
            _spread(row.accuracies, _percent),
            _spread(gained, lambda share: f"{100 * share:+.1f}"),
            _spread(row.values("accuracy_clean"), _percent),
            _spread(row.values("macro_f1"), lambda value: f"{value:.3f}"),
            _spread(row.values("ece"), lambda value: f"{value:.3f}"),
            _spread(row.values("minutes"), lambda value: f"{value:.0f}"),
            str(len(row.runs)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", _explained([run for row in done for run in row.runs]), ""])


def _explained(runs: Sequence[Mapping[str, Any]]) -> str:
    networks, epochs, images = (
        ", ".join(f"{value}" for value in dict.fromkeys(run[name] for run in runs))
        for name in ("network", "epochs", "images")
    )
    last = runs[-1]
    error = 100 * (last["accuracy"] * (1 - last["accuracy"]) / last["images"]) ** 0.5
    return (
        f"Network: {networks}; epochs a run: {epochs}; judged on {images} faces of {last['split']}: the "
        f"standard error of one accuracy from the choice of faces alone is {error:.1f} points. Each rung is "
        'the one below with one change; "clean" leaves out copies of Training images; '
        "+- is the standard deviation over the seeds."
    )


def _spread(values: Sequence[float], form: Callable[[float], str]) -> str:
    if not values:
        return "-"
    mean = form(fmean(values))
    return mean if len(values) == 1 else f"{mean} +- {form(stdev(values)).lstrip('+').rstrip('%')}"


def _percent(share: float) -> str:
    return f"{share:.1%}"
