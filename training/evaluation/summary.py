"""Several runs of one recipe as one figure: mean and standard deviation over seeds or folds."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from edge.errors import ContractError
from training.evaluation.group_names import names_of

#: Of metrics.json, in the order of the report.
SPLITS = ("public_test", "test", "fold_test", "held_out")


@dataclass(frozen=True)
class Spread:
    """One figure over several runs.

    Attributes:
        sd: Of the sample (n - 1); None for a single run.
    """

    mean: float
    sd: float | None

    def as_dict(self) -> dict[str, float | None]:
        """Plain values for JSON."""
        return {"mean": round(self.mean, 5), "sd": None if self.sd is None else round(self.sd, 5)}


@dataclass(frozen=True)
class Summary:
    """What the runs of one recipe achieve on one split.

    Attributes:
        recipe: Its network; where several groups of runs use it also what they started from or were
            limited to, and a number where that tells no difference.
        split: One of :data:`SPLITS`.
        variant: "official" or "clean".
        runs: How many folders.
        over: "seeds", "folds", or both.
        figures: accuracy, macro_f1, ece, and recall of each class that has faces in every run.
    """

    recipe: str
    split: str
    variant: str
    runs: int
    over: str
    figures: Mapping[str, Spread]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "recipe": self.recipe,
            "split": self.split,
            "variant": self.variant,
            "runs": self.runs,
            "over": self.over,
            **{name: spread.as_dict() for name, spread in self.figures.items()},
        }


def summarize(folders: Sequence[Path]) -> list[Summary]:
    """Summaries of all runs, one for each recipe, split and variant.

    Runs belong together when their recipes differ in nothing but the seed, and their data, what they
    started from and their limits agree.

    Raises:
        ContractError: A folder has no usable ``metrics.json``, or two hold the same seed and fold.
    """
    together: dict[str, list[tuple[Path, dict[str, Any]]]] = defaultdict(list)
    for folder in folders:
        metrics = _read(folder / "metrics.json")
        together[_kind(metrics)].append((folder, metrics))
    names = names_of([runs[0][1] for runs in together.values()])
    return [
        summary
        for name, runs in zip(names, together.values(), strict=True)
        for summary in _of_one_recipe(name, runs)
    ]


def _kind(metrics: dict[str, Any]) -> str:
    """Equal for runs that belong together."""
    recipe = {name: value for name, value in metrics["recipe"].items() if name != "seed"}
    data = metrics.get("dataset", {}).get("name")
    # Runs of earlier versions do not tell the last two, which then were as they are by default.
    began = [metrics.get("start", "scratch"), metrics.get("init_from"), metrics.get("limits") or {}]
    return json.dumps([recipe, data, metrics.get("labels"), *began], sort_keys=True)


def _of_one_recipe(name: str, runs: list[tuple[Path, dict[str, Any]]]) -> Iterator[Summary]:
    seen: dict[tuple[Any, Any], Path] = {}
    for folder, metrics in runs:
        key = (metrics.get("seed"), metrics.get("fold"))
        if key in seen:
            raise ContractError(
                f"{seen[key]} and {folder}: the same recipe, seed and fold; one run must not count twice"
            )
        seen[key] = folder
    varied = [
        part
        for part, values in zip(("seeds", "folds"), zip(*seen, strict=True), strict=True)
        if len(set(values)) > 1
    ]
    for split in SPLITS:
        for variant in ("official", "clean"):
            found = [figures for _, metrics in runs if (figures := _figures(metrics.get(split), variant))]
            if found:
                over = " and ".join(varied) or "one run"
                yield Summary(name, split, variant, len(found), over, _spreads(found))


def _figures(judged: dict[str, Any] | None, variant: str) -> dict[str, Any] | None:
    """The figures of a split; held_out is stored without variants, and has no copies anyway."""
    if judged is None or "official" in judged:
        return (judged or {}).get(variant)
    return judged if variant == "official" else None


def _spreads(found: list[dict[str, Any]]) -> dict[str, Spread]:
    rows = [
        {name: run[name] for name in ("accuracy", "macro_f1", "ece")}
        | {f"recall {name}": share for name, share in run["recall"].items()}
        for run in found
    ]
    columns = {name: [row.get(name) for row in rows] for name in rows[0]}
    return {
        name: Spread(fmean(numbers), stdev(numbers) if len(numbers) > 1 else None)
        for name, column in columns.items()
        if len(numbers := [float(value) for value in column if value is not None]) == len(rows)
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise ContractError(f"{path}: cannot be read: {err}; give folders of finished runs") from err
    if not isinstance(metrics, dict) or metrics.get("schema") != "training-metrics/1":
        raise ContractError(f"{path}: expected the schema training-metrics/1; give folders of finished runs")
    return metrics
