"""The command ``python -m training fit-detector``."""

# ruff: noqa: PLC0415 - everything heavy is imported inside: --help must not wait for Keras

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.progress import track

from training.detection.options import Boxed, Weights

if TYPE_CHECKING:
    from training.detection.fitting.recipe import DetectorRecipe
    from training.detection.photos import Entry, Photo

console = Console()

#: What :class:`training.detection.fitting.teacher.Teacher` understands, as ``emotion-edge models`` lists it.
TeacherName = Literal["yunet", "yunet-n"]
#: Longest side that photos are kept at: views show faces of at most 220 px.
LONGEST_PX = 512
#: From this score on a teacher's detection is a face, whatever people drew.
_SURE_SCORE = 0.5


@dataclass(frozen=True)
class _Request:
    """What was asked for on the command line, but for ``--resume``."""

    recipe: Path
    data: Sequence[Path]
    out: Path
    machine_boxes: Sequence[Path]
    init_from: Path | None
    teacher: TeacherName | None
    weights: Path | None

    def command(self) -> str:
        """The same on a command line."""
        options = ["--recipe", str(self.recipe), "--out", str(self.out)]
        options += [text for path in self.data for text in ("--data", str(path))]
        options += [text for path in self.machine_boxes for text in ("--machine-boxes", str(path))]
        options += ["--init-from", str(self.init_from)] if self.init_from else []
        options += ["--teacher", self.teacher] if self.teacher else []
        options += ["--weights", str(self.weights)] if self.weights else []
        return shlex.join(["python", "-m", "training", "fit-detector", *options])


def fit_detector(
    recipe: Annotated[Path, typer.Option(help="The recipe, such as config/detector.yaml.")],
    data: Boxed,
    out: Annotated[Path, typer.Option(help="Folder for checkpoints and results; made where it is missing.")],
    machine_boxes: Annotated[
        list[Path] | None,
        typer.Option(help="Folder with boxes made by a machine: learnt from, never scored."),
    ] = None,
    init_from: Annotated[
        Path | None,
        typer.Option(help="Folder of a detector bundle to go on from, such as the shipped one; else random."),
    ] = None,
    teacher: Annotated[
        TeacherName | None,
        typer.Option(
            help="A detector whose opinion of every cell is learnt beside the boxes; faces that only it "
            "finds are not taken for background."
        ),
    ] = None,
    weights: Weights = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on after the last whole epoch in --out.")
    ] = False,
) -> None:
    """Train the project's own face detector; an interrupted run is continued with --resume."""
    request = _Request(recipe, data, out, machine_boxes or [], init_from, teacher, weights)
    try:
        _fit(request, resume)
    except KeyboardInterrupt:
        from training.fitting import checkpoint

        if checkpoint.exists(out):
            say = f"interrupted; go on after the last whole epoch with\n  {request.command()} --resume"
        else:
            say = (
                "interrupted before the first epoch was over, nothing saved; start again with\n  "
                + request.command()
            )
        typer.echo(f"\n{say}", err=True)
        raise typer.Exit(130) from None


def _fit(request: _Request, resume: bool) -> None:
    import math

    from edge import weights
    from edge.contract import strict_yaml
    from training import progress, quiet
    from training.detection.fitting.recipe import DetectorRecipe

    recipe = strict_yaml.load(request.recipe, DetectorRecipe)
    file = None
    if request.teacher is not None:
        (file,) = weights.locate(request.teacher, request.weights or weights.cache_folder())
    start = _start(request, resume)
    kept, machine, held_out = _claimed(recipe, request, start, resume)
    if file is not None:
        kept = _without_unlabelled(kept, file)
    quiet.import_keras()
    from training.detection.fitting import outputs
    from training.detection.fitting.fit import Album, fit

    album = Album(kept, machine, held_out)
    with progress.shown(math.ceil(recipe.steps / recipe.steps_per_epoch), console) as shown:
        model, history = fit(recipe, album, request.out, resume, shown, request.init_from, file)
    names = [str(path) for path in request.data]
    outputs.write(
        request.out,
        outputs.Outcome(recipe, names, album, model, history, start, request.teacher),
    )
    said = f"{request.out}: model.keras, metrics.json, history.csv, curves.png"
    console.print(said, highlight=False, soft_wrap=True)


def _start(request: _Request, resume: bool) -> str | None:
    """What the run goes on from; a run that is resumed does not read it again, so it may be gone."""
    from edge.errors import ModelError
    from training.runs import folder as run_folder

    if request.init_from is None:
        return None
    try:
        return _name_of(request.init_from)
    except ModelError:
        before = run_folder.begun_from(request.out)
        if not resume or before is None:
            raise
        return before


def _name_of(bundle: Path) -> str:
    """Name and version, read before the run: at its end another bundle may lie there."""
    from edge.contract import manifest
    from edge.contract.manifest import DetectorManifest
    from edge.errors import ModelError

    found = manifest.load(bundle).manifest
    if not isinstance(found, DetectorManifest):
        raise ModelError(f"{bundle}: is a {found.kind}; --init-from takes a bundle of kind face-detector")
    return f"{found.name} {found.version}"


def _claimed(
    recipe: DetectorRecipe, request: _Request, start: str | None, resume: bool
) -> tuple[list[Photo], list[Photo], list[Photo]]:
    """Photos to learn from, with machine boxes, and held out; the folder is this run's from now on."""
    from edge.errors import ContractError
    from training.detection import photos, readers
    from training.runs import folder as run_folder

    entries = [entry for folder in request.data for entry in readers.read(folder)]
    machine = [entry for folder in request.machine_boxes for entry in readers.read(folder)]
    kept, held_out = photos.hold_out(entries, recipe.held_out, recipe.seed)
    if not any(len(entry.faces) for entry in kept):
        raise ContractError("no face to learn from is left: lower held_out, or bring more data")
    identity = {"faces": photos.digest([*kept, *machine])}
    if start is not None:
        identity["init_from"] = start
    if request.teacher is not None:
        identity["teacher"] = request.teacher
    run_folder.claim_for(request.out, recipe, identity, resume)
    return (
        _decoded(kept, "photos"),
        _decoded(machine, "machine-boxed photos"),
        _decoded(held_out, "held-out photos"),
    )


def _without_unlabelled(kept: Sequence[Photo], teacher: Path) -> list[Photo]:
    from edge.detectors.yunet import YunetDetector
    from training.detection.fitting import unlabelled

    seen, number = unlabelled.set_aside(kept, YunetDetector(teacher, _SURE_SCORE, LONGEST_PX))
    console.print(f"{number} faces without a box set aside", highlight=False)
    return seen


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
