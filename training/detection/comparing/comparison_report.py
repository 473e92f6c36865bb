"""A comparison as files: Markdown, CSV and JSON tables, and the precision-recall plot."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training import plots
from training.detection import tables
from training.detection.comparing.comparison import FALSE_PER_PHOTO, Row


def write(folder: Path, rows: Sequence[Row], described: str) -> None:
    """Write comparison.md, .csv, .json and precision-recall.png.

    Args:
        folder: Made where it is missing.
        rows: In the order of the table.
        described: What was compared on what, in one line.
    """
    folder.mkdir(parents=True, exist_ok=True)
    flat = [_flat(row) for row in rows]
    (folder / "comparison.md").write_text(markdown(rows, described), encoding="utf-8")
    with (folder / "comparison.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(flat[0]))
        writer.writeheader()
        writer.writerows(flat)
    document = {"schema": "detector-comparison/1", "described": described, "rows": flat}
    (folder / "comparison.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    curves = [(row.name, *row.whole.curve(), row.whole.average_precision) for row in rows]
    plots.save_precision_recall(folder / "precision-recall.png", curves, described)


def markdown(rows: Sequence[Row], described: str) -> str:
    """The figures as tables that a README can hold."""
    main = [
        (
            row.name,
            f"{row.whole.average_precision:.3f}",
            f"{row.whole.recall_at(FALSE_PER_PHOTO):.3f}",
            *(f"{scored.average_precision:.3f}" for scored in row.by_size.values()),
            f"{row.ms:.2f}",
            "-" if row.parameters is None else f"{row.parameters:,}",
            "-" if row.size_bytes is None else f"{row.size_bytes:,}",
        )
        for row in rows
    ]
    sizes = [f"AP {name}" for name in rows[0].by_size]
    recall = f"recall at {FALSE_PER_PHOTO:g} false a photo"
    header = ("detector", "AP", recall, *sizes, "ms", "parameters", "bytes")
    parts = list(rows[0].by_part)
    by_part = [(row.name, *(f"{row.by_part[part].average_precision:.3f}" for part in parts)) for row in rows]
    counts = ", ".join(
        f"{part}: {scored.photos} photos, {scored.faces} faces" for part, scored in rows[0].by_part.items()
    )
    return "\n\n".join(
        [
            described,
            tables.markdown(header, main),
            f"Average precision by source and condition ({counts}):",
            tables.markdown(("detector", *parts), by_part),
            "",
        ]
    )


def _flat(row: Row) -> dict[str, Any]:
    figures: dict[str, float] = {
        "average_precision": row.whole.average_precision,
        "recall_at_1_false_a_photo": row.whole.recall_at(FALSE_PER_PHOTO),
    }
    for name, scored in {**row.by_size, **row.by_part}.items():
        figures[f"average_precision {name}"] = scored.average_precision
        figures[f"recall {name}"] = scored.recall_at(FALSE_PER_PHOTO)
    plain = {name: round(value, 4) if math.isfinite(value) else None for name, value in figures.items()}
    return {
        "detector": row.name,
        **plain,
        "ms": round(row.ms, 3),
        "parameters": row.parameters,
        "bytes": row.size_bytes,
    }
