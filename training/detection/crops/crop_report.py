"""What detectors' boxes cost the classifier, as a line on the terminal and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training.detection import tables
from training.detection.crops.crop_match import CropMatch


def line(row: CropMatch) -> str:
    """One detector on one line."""
    return (
        f"{row.name}: found {row.found:.1%}; accuracy {row.original:.1%} on the original crops, "
        f"{row.unframed:.1%} on its boxes as they are, {row.cut:.1%} as the device cuts them; "
        f"box side {row.box_side:.3f}"
    )


def write(folder: Path, rows: Sequence[CropMatch], described: str) -> None:
    """Write crops.md.

    Args:
        folder: Made where it is missing.
        rows: In the order of the table.
        described: What was measured on what.
    """
    header = (
        "detector",
        "found",
        "accuracy, original crops",
        "boxes as they are",
        "as the device cuts",
        "loss, points",
        "box side",
        "box lower by",
    )
    body = [
        (
            row.name,
            f"{row.found:.1%}",
            f"{row.original:.1%}",
            f"{row.unframed:.1%} ({100 * (row.unframed - row.original):+.1f})",
            f"{row.cut:.1%}",
            f"{100 * (row.original - row.cut):.1f} +- {196 * row.loss_sd:.1f}",
            f"{row.box_side:.3f}",
            f"{row.box_down:+.3f}",
        )
        for row in rows
    ]
    explained = (
        "Accuracies are those of the faces that the detector found; +- is the 95% interval of the loss. Side "
        "and place of the box are medians, as shares of the pasted crop's side."
    )
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n\n".join([described, tables.markdown(header, body), explained, ""])
    (folder / "crops.md").write_text(text.rstrip("\n") + "\n", encoding="utf-8")
