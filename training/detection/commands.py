"""The commands for detectors: ``python -m training fit-detector``."""

# ruff: noqa: PLC0415 - everything heavy is imported inside: --help must not wait for Keras

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track

from training.detection.options import Boxed, Only, OurDetectors, Weights, is_chosen, none_chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.detection.photos import Entry, Photo

console = Console()

#: Larger than any photo.
_AS_STORED_PX = 100_000
#: Longest side that photos are kept at: views show faces of at most 220 px.
LONGEST_PX = 512


def fit_detector(
    recipe: Annotated[Path, typer.Option(help="The recipe, such as config/detector.yaml.")],
    data: Boxed,
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and results; made where it is missing.")],
    machine_boxes: Annotated[
        list[Path] | None,
        typer.Option(help="Folder with boxes made by a machine: learnt from, never scored."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the last whole epoch in --out.")
    ] = False,
) -> None:
    """Train the project's own face detector; an interrupted run is continued with --resume."""
    try:
        _fit(recipe, data, machine_boxes or [], out, resume)
    except KeyboardInterrupt:
        from training.fitting import checkpoint

        options = ["--recipe", str(recipe), "--out", str(out)]
        options += [text for path in data for text in ("--data", str(path))]
        options += [text for path in machine_boxes or [] for text in ("--machine-boxes", str(path))]
        command = shlex.join(["python", "-m", "training", "fit-detector", *options])
        if checkpoint.exists(out):
            say = f"interrupted; go on after the last whole epoch with\n  {command} --resume"
        else:
            say = f"interrupted before the first epoch was over, nothing saved; start again with\n  {command}"
        typer.echo(f"\n{say}", err=True)
        raise typer.Exit(130) from None


def compare_detectors(
    data: Boxed,
    out: Annotated[Path, typer.Option(help="Folder for the tables, the plot and the contact sheet.")],
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
    from training.detection import (
        comparison,
        comparison_report,
        contact_sheet,
        contestants,
        picture_folder,
        readers,
    )
    from training.detection.photos import decode

    cv2.setNumThreads(1)
    entries = [entry for folder in data for entry in readers.read(folder)][:limit]
    seen = decode(entries, _AS_STORED_PX)
    folder = weights or cache.cache_folder()
    every = contestants.contestants(folder, bundle or [], input_px or [320, 0], min_face_px)
    rows, detectors = [], []
    for contestant in every:
        if not is_chosen(contestant.name, only):
            continue
        # Sizes are the scoring's business: a filter would take boxes that are a pixel too small.
        detector = contestants.loaded(contestant, 0)
        if detector is None:
            continue
        row = comparison.judge(
            contestant.name, detector, seen, min_face_px, contestant.parameters, contestant.size_bytes
        )
        console.print(
            f"{row.name:<40} AP {row.whole.average_precision:.3f}  {row.ms:8.2f} ms", highlight=False
        )
        rows.append(row)
        detectors.append((row.name, detector, contestant.score))
    if not rows:
        raise none_chosen(only)
    names = ", ".join(path.name for path in data)
    described = (
        f"{len(seen)} photos of {names}, {rows[0].whole.faces} faces whose shorter side has at least "
        f"{min_face_px} px, IoU .5, one thread."
    )
    comparison_report.write(out, rows, described)
    if photos is not None:
        contact_sheet.write(out / "contact", picture_folder.paths(photos), detectors)
    console.print(f"{out}: comparison.md, .csv, .json, precision-recall.png", highlight=False, soft_wrap=True)


def _fit(
    recipe_path: Path, data: Sequence[Path], machine_boxes: Sequence[Path], out: Path, resume: bool
) -> None:
    import math

    from edge.contract import strict_yaml
    from edge.errors import ContractError
    from training import progress, quiet
    from training.detection import photos, readers
    from training.detection.recipe import DetectorRecipe
    from training.runs import folder as run_folder

    recipe = strict_yaml.load(recipe_path, DetectorRecipe)
    entries = [entry for folder in data for entry in readers.read(folder)]
    machine = [entry for folder in machine_boxes for entry in readers.read(folder)]
    kept, held_out = photos.hold_out(entries, recipe.held_out, recipe.seed)
    if not any(len(entry.faces) for entry in kept):
        raise ContractError("no face to learn from is left: lower held_out, or bring more data")
    run_folder.claim_for(out, recipe, {"faces": photos.digest([*kept, *machine])}, resume)
    decoded = [
        _decoded(part, said)
        for part, said in ((kept, "photos"), (machine, "machine-boxed photos"), (held_out, "held-out photos"))
    ]
    quiet.import_keras()
    from training.detection import outputs
    from training.detection.fit import Album, fit

    album = Album(*decoded)
    with progress.shown(math.ceil(recipe.steps / recipe.steps_per_epoch), console) as shown:
        model, history = fit(recipe, album, out, resume, shown)
    outputs.write(out, outputs.Outcome(recipe, [str(path) for path in data], album, model, history))
    console.print(
        f"{out}: model.keras, metrics.json, history.csv, curves.png", highlight=False, soft_wrap=True
    )


def _decoded(entries: Sequence[Entry], said: str) -> list[Photo]:
    from training.detection import photos

    console.print(f"{len(entries)} {said}", highlight=False)
    shown = track(
        entries,
        description=f"reading {said}",
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    return [photo for entry in shown for photo in photos.decode([entry], LONGEST_PX)]
