"""The table as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import json
import os
import platform
from collections.abc import Callable, Sequence
from pathlib import Path

from training.comparison.published import CONTEXT
from training.comparison.row import Missing, Row


def _trained_on(row: Row) -> str:
    votes = " with votes" if "votes" in row.dataset else ""
    return f"{row.epochs} x {row.training_images:,}{votes}" if row.epochs else "-"


def _or_dash(value: float | None, form: str, unit: float = 1.0) -> str:
    return "-" if value is None else format(value / unit, form)


_COLUMNS: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("network", lambda row: f"`{row.name}`"),
    ("accuracy", lambda row: f"{row.accuracy:.1%}"),
    ("clean", lambda row: "-" if row.accuracy_clean is None else f"{row.accuracy_clean:.1%}"),
    ("macro-F1", lambda row: f"{row.macro_f1:.3f}"),
    (
        "equal budget",
        lambda row: "-" if row.equal_budget_accuracy is None else f"{row.equal_budget_accuracy:.1%}",
    ),
    ("classes", lambda row: str(len(row.labels))),
    ("judged on", lambda row: f"{row.images:,}"),
    ("parameters", lambda row: f"{row.parameters:,}"),
    ("MMACs", lambda row: f"{row.multiply_accumulates / 1e6:,.1f}"),
    (".keras, MB", lambda row: _or_dash(row.footprint.keras_bytes, ".2f", 1e6)),
    ("int8, MB", lambda row: f"{row.footprint.int8_bytes / 1e6:.2f}"),
    ("int8, ms", lambda row: f"{row.footprint.int8_ms:.2f}"),
    ("Keras, ms", lambda row: _or_dash(row.footprint.keras_ms, ".1f")),
    ("trained on", _trained_on),
    ("minutes", lambda row: _or_dash(row.minutes if row.epochs else None, ".1f")),
    ("start", lambda row: row.start),
    ("budget", lambda row: row.budget),
)


def best_first(rows: Sequence[Row]) -> list[Row]:
    """By accuracy on the official split."""
    return sorted(rows, key=lambda row: (-row.accuracy, row.name))


def write(folder: Path, rows: Sequence[Row], missing: Sequence[Missing], equal_budget: str) -> None:
    """Write ``comparison.md``, ``comparison.csv`` and ``comparison.json``."""
    ordered = best_first(rows)
    (folder / "comparison.md").write_text(markdown(ordered, missing, equal_budget), encoding="utf-8")
    plain = {
        "schema": "training-comparison/1",
        "equal_budget": equal_budget,
        "machine": machine(),
        "rows": [row.as_dict() for row in ordered],
        "missing": [{"name": gap.name, "reason": gap.reason} for gap in missing],
    }
    (folder / "comparison.json").write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
    with (folder / "comparison.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(ordered[0].as_dict() if ordered else ["name"])
        writer.writerows([_cell(value) for value in row.as_dict().values()] for row in ordered)


def _cell(value: object) -> object:
    return " ".join(value) if isinstance(value, list) else value


def markdown(rows: Sequence[Row], missing: Sequence[Missing], equal_budget: str) -> str:
    """The table, the rows that are missing, and what others report."""
    head = [title for title, _ in _COLUMNS]
    lines = [
        _line(head),
        _line(["---"] + ["---:"] * (len(head) - 3) + ["---"] * 2),
        *(_line([cell(row) for _, cell in _COLUMNS]) for row in rows),
        "",
        f"Equal budget: accuracy after {equal_budget} of training on this machine, each network by its own "
        'recipe shortened to that. "trained on" is passes x faces; "judged on" is faces of '
        f'{" or ".join(sorted({row.split for row in rows})) or "PublicTest"}, "clean" leaves out those that '
        "are copies of Training images. A network with six classes is judged on faces without disgust, "
        "which is easier. int8 runs on LiteRT with one thread, Keras on all cores, one face at a time, on "
        f"{machine()}; minutes are those of the machine that trained.",
    ]
    if missing:
        lines += ["", "Not in the table:", "", *(f"- `{gap.name}`: {gap.reason}" for gap in missing)]
    return "\n".join([*lines, "", CONTEXT])


def machine() -> str:
    """The processor that measured, and how many cores it lends."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
