"""``python -m training compare-near``."""

# ruff: noqa: PLC0415 - everything heavy is imported inside: --help must not wait for OpenCV

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training import out_folder
from training.detection.options import Boxed, Only, OurDetectors, Weights, is_chosen, none_chosen

console = Console()
_SHARES = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)


def compare_near(
    data: Boxed,
    out: Annotated[Path, out_folder.option("near.md; made where it is missing")],
    weights: Weights = None,
    bundle: OurDetectors = None,
    only: Only = None,
    width: Annotated[int, typer.Option(min=64, help="Of the frames, pixels.")] = 640,
    height: Annotated[int, typer.Option(min=64, help="Of the frames, pixels.")] = 480,
    frames: Annotated[int, typer.Option(min=1, help="Of each size of the face.")] = 150,
    seed: Annotated[int, typer.Option(help="Of the frames.")] = 0,
) -> None:
    """Compare detectors on faces that fill the frame: found, or taken apart."""
    import cv2

    from edge import weights as cache
    from training.detection import readers
    from training.detection.comparing import contestants
    from training.detection.distances import near, near_comparison
    from training.detection.photos import decode

    cv2.setNumThreads(1)
    photos = decode([entry for folder in data for entry in readers.read(folder)], 100_000)
    made = {
        kind: near.frames(photos, kind, frames, seed)
        for kind in (near.Near(width, height, share) for share in _SHARES)
    }
    rows: dict[near.Near, list[near_comparison.NearRow]] = {kind: [] for kind in made}
    for one in near_comparison.every(weights or cache.cache_folder(), bundle or []):
        detector = contestants.loaded(one, 0) if is_chosen(one.name, only) else None
        if detector is not None:
            for kind, shown in made.items():
                rows[kind].append(near_comparison.judge(one.name, detector, one.score, shown))
            told = "  ".join(f"{of[-1].found:.0%} ({of[-1].parts:.2f})" for of in rows.values())
            console.print(f"{one.name:<40} {told}", highlight=False, soft_wrap=True)
    if not any(rows.values()):
        raise none_chosen(only)
    described = near_comparison.described(made, len(photos), ", ".join(path.name for path in data))
    out.mkdir(parents=True, exist_ok=True)
    (out / "near.md").write_text(near_comparison.markdown(rows, described), encoding="utf-8")
    console.print(f"{out / 'near.md'}", highlight=False, soft_wrap=True)
