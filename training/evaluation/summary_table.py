"""Summaries of runs as a table on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from training.evaluation.summary import Spread, Summary

_RECALL = "recall "


def show(console: Console, summaries: Sequence[Summary]) -> None:
    """One table of the figures, and one of the recall of each class."""
    console.print(_figures(summaries))
    for classes in dict.fromkeys(_classes(summary) for summary in summaries):
        console.print(_recall([s for s in summaries if _classes(s) == classes], classes))


def _figures(summaries: Sequence[Summary]) -> Table:
    table = Table(title="mean +- sd", box=box.SIMPLE)
    _add_heads(table, ("accuracy", "macro-F1", "ECE"))
    for summary in summaries:
        accuracy, f1, ece = (summary.figures[name] for name in ("accuracy", "macro_f1", "ece"))
        table.add_row(*_head(summary), _percent(accuracy), _plain(f1), _plain(ece))
    return table


def _recall(summaries: Sequence[Summary], classes: Sequence[str]) -> Table:
    table = Table(title="recall, mean +- sd", box=box.SIMPLE)
    _add_heads(table, [name.removeprefix(_RECALL) for name in classes])
    for summary in summaries:
        table.add_row(*_head(summary), *(_percent(summary.figures[name]) for name in classes))
    return table


def _add_heads(table: Table, figures: Sequence[str]) -> None:
    for name in ("recipe", "split", ""):
        table.add_column(name)
    for name in ("runs", *figures):
        table.add_column(name, justify="right")


def _head(summary: Summary) -> tuple[str, str, str, str]:
    return summary.recipe, summary.split, summary.variant, f"{summary.runs} ({summary.over})"


def _classes(summary: Summary) -> tuple[str, ...]:
    return tuple(name for name in summary.figures if name.startswith(_RECALL))


def _percent(spread: Spread) -> str:
    return f"{spread.mean:.2%}" + ("" if spread.sd is None else f" +- {100 * spread.sd:.2f}")


def _plain(spread: Spread) -> str:
    return f"{spread.mean:.3f}" + ("" if spread.sd is None else f" +- {spread.sd:.3f}")
