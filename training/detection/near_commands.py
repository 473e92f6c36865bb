"""``python -m training compare-near``."""

# ruff: noqa: PLC0415 - everything heavy is imported inside: --help must not wait for OpenCV

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training.detection.options import Boxed, Only, OurDetectors, Weights, is_chosen, none_chosen

console = Console()
#: A usual frame, and the daemon's own input_px.
_WIDTH, _HEIGHT, _INPUT_PX = 640, 480, 480
_SHARES = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)


def compare_near(
    data: Boxed,
    out: Annotated[Path, typer.Option(help="Folder for near.md; made where it is missing.")],
    weights: Weights = None,
    bundle: OurDetectors = None,
    only: Only = None,
    frames: Annotated[int, typer.Option(min=1, help="Of each size of the face.")] = 150,
    seed: Annotated[int, typer.Option(help="Of the frames.")] = 0,
) -> None:
    """Compare detectors on faces that fill the frame: found, or taken apart."""
    import cv2

    from edge import weights as cache
    from training.detection import contestants, near, near_comparison, readers
    from training.detection.photos import decode

    cv2.setNumThreads(1)
    photos = decode([entry for folder in data for entry in readers.read(folder)], 100_000)
    kinds = [near.Near(_WIDTH, _HEIGHT, share) for share in _SHARES]
    made = {kind: near.frames(photos, kind, frames, seed) for kind in kinds}
    rows: dict[near.Near, list[near_comparison.NearRow]] = {kind: [] for kind in kinds}
    for contestant in contestants.contestants(weights or cache.cache_folder(), bundle or [], [_INPUT_PX], 0):
        detector = contestants.loaded(contestant, 0) if is_chosen(contestant.name, only) else None
        if detector is None:
            continue
        for kind in kinds:
            row = near_comparison.judge(contestant.name, detector, contestant.score, made[kind])
            rows[kind].append(row)
        told = "  ".join(f"{rows[kind][-1].found:.0%} ({rows[kind][-1].parts:.2f})" for kind in kinds)
        console.print(f"{contestant.name:<40} {told}", highlight=False, soft_wrap=True)
    if not any(rows.values()):
        raise none_chosen(only)
    described = (
        f"{frames} frames of {_WIDTH}x{_HEIGHT} for each size, made of the {len(photos)} photos of "
        f"{', '.join(path.name for path in data)}, seen at {_INPUT_PX} px: how many of the faces are found "
        "at each detector's own score, and in brackets how many boxes a frame are within the face and show "
        "neither it nor another. A size is the longer side of the face's box."
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "near.md").write_text(near_comparison.markdown(rows, described), encoding="utf-8")
    console.print(f"{out / 'near.md'}", highlight=False, soft_wrap=True)
