"""An evaluation as tables on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from training.evaluation.evaluate import Evaluation
from training.evaluation.metrics import Figures


def show(console: Console, evaluation: Evaluation, classes: Sequence[str]) -> None:
    """Accuracy official and clean, recall, and the confusion matrix."""
    console.print(_headline(evaluation))
    if evaluation.copies is None:
        console.print("copies of Training images not looked for: that split is not there to compare with")
    console.print(_confusion(evaluation.official, classes))


def _headline(evaluation: Evaluation) -> Table:
    table = Table(title=evaluation.split, box=box.SIMPLE)
    for column in ("", "images", "accuracy", "95% interval", "macro-F1", "ECE"):
        table.add_column(column, justify="left" if not column else "right")
    _add_row(table, "official", evaluation.official)
    if evaluation.copies and evaluation.clean is not None:
        _add_row(table, f"clean ({evaluation.copies} copies out)", evaluation.clean)
    return table


def _add_row(table: Table, name: str, figures: Figures) -> None:
    low, high = figures.accuracy_95
    table.add_row(
        name,
        str(figures.images),
        f"{figures.accuracy:.2%}",
        f"{low:.2%} .. {high:.2%}",
        f"{figures.macro_f1:.3f}",
        f"{figures.ece:.3f}",
    )


def _confusion(figures: Figures, classes: Sequence[str]) -> Table:
    table = Table(
        box=box.SIMPLE, pad_edge=False, title="confusion, official (rows: true class, columns: given)"
    )
    table.add_column("")
    for name in (*classes, "recall"):
        table.add_column(name, justify="right")
    for row, name in enumerate(classes):
        recall = figures.recall[name]
        counts = [
            f"[bold]{n}[/]" if column == row else str(n) for column, n in enumerate(figures.confusion[row])
        ]
        table.add_row(name, *counts, "-" if recall is None else f"{recall:.1%}")
    return table
