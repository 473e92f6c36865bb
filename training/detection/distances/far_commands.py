"""The command for faces far from the camera: ``python -m training compare-far``."""

# ruff: noqa: PLC0415 - everything heavy is imported inside: --help must not wait for OpenCV

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training import out_folder
from training.detection.options import Boxed, Only, OurDetector, Weights, is_chosen, none_chosen

console = Console()


def compare_far(
    data: Boxed,
    bundle: OurDetector,
    out: Annotated[Path, out_folder.option("far.md; made where it is missing")],
    weights: Weights = None,
    only: Only = None,
    frames: Annotated[int, typer.Option(min=1, help="Of each size, with faces of each size.")] = 8,
    seed: Annotated[int, typer.Option(help="Of the frames.")] = 0,
) -> None:
    """Compare ways to find small faces in large frames: shrunk, whole, in tiles, and MTCNN's."""
    import cv2

    from edge import weights as cache
    from training.detection import readers
    from training.detection.distances import far, far_comparison
    from training.detection.photos import decode

    cv2.setNumThreads(1)
    photos = decode([entry for folder in data for entry in readers.read(folder)], 100_000)
    every = far_comparison.contestants(weights or cache.cache_folder(), bundle)
    chosen = [one for one in every if is_chosen(one.name, only)]
    if not chosen:
        raise none_chosen(only)
    kinds = {kind: far.frames(photos, kind, frames, seed) for kind in far.KINDS}
    rows: dict[far.Far, list[far_comparison.FarRow]] = {kind: [] for kind in kinds}
    for one in chosen:
        for kind, row in far_comparison.judge(one, kinds):
            rows[kind].append(row)
            console.print(
                f"{kind.name:<22} {row.name:<36} AP {row.average_precision:.3f}  recall {row.recall:.3f}  "
                f"{row.ms:8.1f} ms",
                highlight=False,
                soft_wrap=True,
            )
    if not any(rows.values()):
        raise typer.BadParameter("none of these detectors is here: see the warnings", param_hint="--only")
    names = ", ".join(path.name for path in data)
    described = (
        f"{frames} frames of each kind, made of the {len(photos)} photos of {names}: one enlarged to fill "
        "the frame, four shrunk into its quarters. AP at IoU .5 down to the lowest scores; ms: processor "
        "time of a whole search at the detector's own score, all threads (ours and YuNet have one)."
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "far.md").write_text(far_comparison.markdown(rows, described), encoding="utf-8")
