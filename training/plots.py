"""The pictures of a run; the only user of matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from edge.contract.facesets import FaceSet
from training.evaluation.metrics import Counts, Floats

_SAMPLE_ROWS, _SAMPLE_COLUMNS = 5, 8


def save_curves(
    path: Path, history: Sequence[Mapping[str, float]], figures: tuple[str, str] = ("loss", "accuracy")
) -> None:
    """Two figures per epoch, on the augmented views and on what is held out, where the history has them."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    for axes, name in zip(figure.subplots(1, 2), figures, strict=True):
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


def save_distribution(path: Path, counts: Mapping[str, Mapping[str, int]], dropped: Sequence[str]) -> None:
    """Images a class and split, before and (where classes are dropped) after dropping.

    Args:
        path: Of the picture.
        counts: split -> class -> images.
        dropped: Classes that the second panel leaves out.
    """
    panels = [("all classes", ()), (f"without {', '.join(dropped)}", dropped)][: 2 if dropped else 1]
    figure = Figure(figsize=(6.5 * len(panels), 4.5), layout="constrained")
    for axes, (title, left_out) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
    ):
        width = 0.8 / len(counts)
        for place, (split, of_class) in enumerate(counts.items()):
            shown = {name: count for name, count in of_class.items() if name not in left_out}
            left = [number - 0.4 + width * (place + 0.5) for number in range(len(shown))]
            axes.bar_label(axes.bar(left, list(shown.values()), width, label=split), fontsize=7)
            axes.set_xticks(range(len(shown)), list(shown), rotation=45, ha="right")
        axes.set_ylabel("images")
        axes.set_title(title)
        axes.legend()
    figure.savefig(path, dpi=120)


def save_class_sheet(path: Path, rows: Mapping[str, npt.NDArray[np.uint8]]) -> None:
    """Sample faces of each class, a row a class.

    Args:
        path: Of the picture.
        rows: class -> (n, 48, 48) uint8 faces.
    """
    columns = max(map(len, rows.values()))
    figure = Figure(figsize=(0.8 * columns + 1.2, 0.85 * len(rows) + 0.2), layout="constrained")
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for axes_row, (name, faces) in zip(grid, rows.items(), strict=True):
        for axes, face in zip(axes_row, faces, strict=False):
            axes.imshow(face, cmap="gray", vmin=0, vmax=255)
        for axes in axes_row:
            axes.set(xticks=[], yticks=[])
            axes.set_frame_on(False)
        axes_row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.savefig(path, dpi=120)


def save_samples(path: Path, faces: FaceSet, probabilities: Floats, title: str) -> None:
    """Some of the faces, drawn at random, each under its true class and the one that it was given.

    Args:
        path: The picture to write.
        faces: N faces.
        probabilities: (N, C), columns in the order of the faces' classes.
        title: Above all.
    """
    figure = Figure(figsize=(12, 9), layout="constrained")
    figure.suptitle(f"{title}\ntrue class > given class, with its probability")
    drawn = np.random.default_rng(0).permutation(len(faces))
    grid = figure.subplots(_SAMPLE_ROWS, _SAMPLE_COLUMNS, squeeze=False).ravel()
    for axes in grid:
        axes.set_axis_off()
    for axes, row in zip(grid, drawn, strict=False):
        true, given = int(faces.labels[row]), int(probabilities[row].argmax())
        axes.imshow(faces.images[row], cmap="gray", vmin=0, vmax=255)
        axes.set_title(
            f"{faces.classes[true]} >\n{faces.classes[given]} {probabilities[row, given]:.0%}",
            fontsize=9,
            color="tab:green" if given == true else "tab:red",
        )
    figure.savefig(path, dpi=100)


def save_accuracy_over_size(path: Path, series: Mapping[str, Sequence[tuple[str, int, float]]]) -> None:
    """One point a network, one colour a series.

    Args:
        path: The picture to write.
        series: Its title -> (name, int8 bytes, accuracy 0..1) of each network.
    """
    figure = Figure(figsize=(12, 7), layout="constrained")
    axes = figure.subplots()
    for title, points in series.items():
        sizes_mb = [size_bytes / 1e6 for _, size_bytes, _ in points]
        axes.plot(sizes_mb, [100 * accuracy for *_, accuracy in points], "o", label=title)
        for (name, _, accuracy), size_mb in zip(points, sizes_mb, strict=True):
            axes.annotate(name, (size_mb, 100 * accuracy), (5, 3), textcoords="offset points", fontsize=8)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(LogFormatter())
    axes.xaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1, 0.4)))
    axes.margins(x=0.12)
    axes.set_xlabel("int8 .tflite, MB")
    axes.set_ylabel("accuracy, %")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


def save_ladder(path: Path, rungs: Sequence[tuple[str, Sequence[float]]]) -> None:
    """Accuracy over the rungs of a ladder, the lowest at the top; one dot a run, a line through the means.

    Args:
        path: The picture to write.
        rungs: (name, accuracies 0..1) of each rung; those without a run are left out.
    """
    done = [(name, [100 * value for value in values]) for name, values in rungs if values]
    figure = Figure(figsize=(9, 0.5 * len(done) + 1.5), layout="constrained")
    axes = figure.subplots()
    places = range(len(done))
    for place, (_, values) in zip(places, done, strict=True):
        axes.plot(values, [place] * len(values), "o", color="tab:blue")
    axes.plot([float(np.mean(values)) for _, values in done], places, color="tab:blue", alpha=0.5)
    axes.set_yticks(places, [name for name, _ in done])
    axes.invert_yaxis()
    axes.set_xlabel("accuracy, %")
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)


def save_precision_recall(
    path: Path, curves: Sequence[tuple[str, Floats, Floats, float]], title: str
) -> None:
    """One line a detector: (name, recall, precision, average precision), in the order of the legend."""
    figure = Figure(figsize=(9, 7), layout="constrained")
    axes = figure.subplots()
    for name, recall, precision, average in curves:
        axes.plot(recall, precision, label=f"{average:.3f}  {name}")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("recall")
    axes.set_ylabel("precision")
    axes.set_title(title, fontsize=9)
    axes.grid(alpha=0.3)
    axes.legend(title="AP at IoU .5", fontsize=8, loc="lower left")
    figure.savefig(path, dpi=120)
