"""The pictures of a run; the only user of matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from training.metrics import Counts


def save_curves(path: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Loss and accuracy per epoch, on the augmented views and on the held-out faces."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for key, label in ((name, "training (augmented views)"), (f"held_out_{name}", "held out")):
            points = [(record["epoch"], record[key]) for record in history if key in record]
            if points:
                axes.plot(*zip(*points, strict=True), marker=".", label=label)
        axes.set_xlabel("epoch")
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.savefig(path, dpi=120)


def save_confusion(path: Path, counts: Counts, classes: Sequence[str], title: str) -> None:
    """Rows are true classes; colour and percentage are shares of the row, the count stands below."""
    figure = Figure(figsize=(7.5, 6.5), layout="constrained")
    axes = figure.subplots()
    shares = counts / counts.sum(axis=1, keepdims=True).clip(min=1)
    picture = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row in range(len(classes)):
        for column in range(len(classes)):
            share = shares[row, column]
            axes.text(
                column,
                row,
                f"{share:.0%}\n{counts[row, column]}",
                ha="center",
                va="center",
                fontsize=8,
                color="white" if share > 0.5 else "black",
            )
    axes.set_xticks(range(len(classes)), classes, rotation=45, ha="right")
    axes.set_yticks(range(len(classes)), classes)
    axes.set_xlabel("given by the network")
    axes.set_ylabel("true class")
    axes.set_title(title)
    figure.colorbar(picture, ax=axes, shrink=0.8, label="share of the true class")
    figure.savefig(path, dpi=120)
