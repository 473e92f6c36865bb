"""The command ``python -m training compare-detectors``: every detector on one table."""

# ruff: noqa: PLC0415 - everything heavy is imported inside: --help must not wait for OpenCV

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from training import out_folder
from training.detection.options import Boxed, Only, OurDetectors, Weights, is_chosen, none_chosen

if TYPE_CHECKING:
    from edge.protocols import FaceDetector
    from training.detection.comparing.comparison import Row
    from training.detection.comparing.contestants import Contestant
    from training.detection.photos import Photo

console = Console()

#: Larger than any photo.
_AS_STORED_PX = 100_000


def compare_detectors(
    data: Boxed,
    out: Annotated[Path, out_folder.option("the tables, the plot and the contact sheet")],
    weights: Weights = None,
    bundle: OurDetectors = None,
    input_px: Annotated[
        list[int] | None,
        typer.Option(help="Longer side that YuNet and ours look at, 0 for the photo's own; may be repeated."),
    ] = None,
    only: Only = None,
    min_face_px: Annotated[int, typer.Option(min=8, help="Shorter side from which faces count.")] = 24,
    photos: Annotated[
        Path | None, typer.Option(help="Folder with photos for a contact sheet with every detector's boxes.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only so many photos of --data: a first look.")
    ] = None,
) -> None:
    """Put every detector on one table: average precision, recall, speed, size."""
    import cv2

    from edge import weights as cache
    from training.detection import picture_folder, readers
    from training.detection.comparing import comparison_report, contact_sheet, contestants
    from training.detection.photos import decode

    cv2.setNumThreads(1)
    seen = decode([entry for folder in data for entry in readers.read(folder)][:limit], _AS_STORED_PX)
    every = contestants.contestants(
        weights or cache.cache_folder(), bundle or [], input_px or [320, 0], min_face_px
    )
    judged = list(_judged([one for one in every if is_chosen(one.name, only)], seen, min_face_px))
    if not judged:
        raise none_chosen(only)
    rows = [row for row, _, _ in judged]
    names = ", ".join(path.name for path in data)
    described = (
        f"{len(seen)} photos of {names}, {rows[0].whole.faces} faces whose shorter side has at least "
        f"{min_face_px} px, IoU .5, one thread."
    )
    comparison_report.write(out, rows, described)
    if photos is not None:
        detectors = [(row.name, detector, score) for row, detector, score in judged]
        contact_sheet.write(out / "contact", picture_folder.paths(photos), detectors)
    console.print(f"{out}: comparison.md, .csv, .json, precision-recall.png", highlight=False, soft_wrap=True)


def _judged(
    chosen: Sequence[Contestant], seen: Sequence[Photo], min_face_px: int
) -> Iterator[tuple[Row, FaceDetector, float]]:
    """Of each that can be had its row, the detector, and what a device would drop detections below."""
    from training.detection.comparing import comparison, contestants

    for contestant in chosen:
        # Sizes are the scoring's business: a filter would take boxes that are a pixel too small.
        detector = contestants.loaded(contestant, 0)
        if detector is None:
            continue
        row = comparison.judge(
            contestant.name, detector, seen, min_face_px, contestant.parameters, contestant.size_bytes
        )
        said = f"{row.name:<40} AP {row.whole.average_precision:.3f}  {row.ms:8.2f} ms"
        console.print(said, highlight=False)
        yield row, detector, contestant.score
