"""The commands for what lies between detector and classifier: ``python -m training measure-crops``."""

# ruff: noqa: PLC0415 - everything heavy is imported inside: --help must not wait for OpenCV

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from training import out_folder
from training.detection.options import Only, OurDetector, OurDetectors, Weights, is_chosen, none_chosen

if TYPE_CHECKING:
    from edge.contract.facesets import FaceSet
    from edge.datatypes import BgrImage

console = Console()

#: As the device's defaults.
_MIN_FACE_PX, _INPUT_PX, _MAX_OUTSIDE = 32, 480, 0.3

Data = Annotated[Path, typer.Option(help="Faces, as for fit.")]
Classifier = Annotated[Path, typer.Option(help="Bundle of the classifier.")]
Split = Annotated[str, typer.Option(help="Of the faces.")]
Photos = Annotated[Path | None, typer.Option(help="Folder with photos to paste into; else grey.")]
Limit = Annotated[int, typer.Option(min=1, help="So many faces, drawn at random.")]
Seed = Annotated[int, typer.Option(help="Of the draw, the places and the sizes.")]


def measure_crops(
    data: Data,
    classifier: Classifier,
    split: Split = "PublicTest",
    photos: Photos = None,
    weights: Weights = None,
    bundle: OurDetectors = None,
    only: Only = None,
    limit: Limit = 1000,
    seed: Seed = 0,
    out: Annotated[Path | None, out_folder.option("crops.md; made where it is missing")] = None,
) -> None:
    """Measure what each detector's boxes cost the classifier, against its original crops."""
    import cv2

    from edge import weights as cache
    from edge.classifier import load_verified
    from training.detection.comparing import contestants
    from training.detection.crops import crop_match, crop_report

    cv2.setNumThreads(1)
    runner = load_verified(classifier)
    faces, backgrounds = _faces(data, split, runner.labels, limit, seed), _backgrounds(photos)
    rows = []
    every = contestants.contestants(weights or cache.cache_folder(), bundle or [], [_INPUT_PX], _MIN_FACE_PX)
    for contestant in every:
        if not is_chosen(contestant.name, only):
            continue
        detector = contestants.loaded(contestant, _MIN_FACE_PX)
        if detector is not None:
            rows.append(
                crop_match.measure(
                    contestant.name, detector, contestant.score, runner, faces, backgrounds, seed
                )
            )
            console.print(crop_report.line(rows[-1]), highlight=False, soft_wrap=True)
    if not rows:
        raise none_chosen(only)
    if out is not None:
        described = (
            f"{len(faces)} faces of {faces.name}, {split}, each pasted into a photo "
            f"({len(backgrounds)} photos, 640x480) at 64 to 260 px, read by {runner.manifest.name} "
            f"{runner.manifest.version}."
        )
        crop_report.write(out, rows, described)


def measure_gate(
    data: Data,
    classifier: Classifier,
    bundle: OurDetector,
    out: Annotated[Path, out_folder.option("quality-gate.md; made where it is missing")],
    split: Split = "PublicTest",
    photos: Photos = None,
    films: Annotated[
        Path | None, typer.Option(help="Folder with films whose faces are judged too; every fifth frame.")
    ] = None,
    min_sharpness: Annotated[float, typer.Option(help="Of the quality gate.")] = 0.1,
    limit: Limit = 1000,
    seed: Seed = 0,
) -> None:
    """Measure from which faces the quality gate abstains, and whether they could have been read."""
    import cv2

    from edge.classifier import load_verified
    from edge.detectors import compact
    from edge.detectors.filtering import FilteredDetector
    from edge.detectors.settings import DEFAULT_SCORES
    from edge.quality import QualityLimits
    from training.detection import films as reading
    from training.detection.crops import gate_effect, gate_report

    if films is not None:
        reading.paths(films)  # refuses a folder without films before the minutes that the faces take
    cv2.setNumThreads(1)
    runner, limits = load_verified(classifier), QualityLimits(_MIN_FACE_PX, _MAX_OUTSIDE, min_sharpness)
    # Faces too small are the gate's business here: a device's detector drops them first.
    detector = FilteredDetector(
        compact.load_verified(bundle, "tflite", DEFAULT_SCORES["compact"], _INPUT_PX), 8
    )
    faces, backgrounds = _faces(data, split, runner.labels, limit, seed), _backgrounds(photos)
    rows = [
        gate_effect.measure(condition, detector, runner, faces, backgrounds, limits, seed)
        for condition in gate_effect.CONDITIONS
    ]
    real = {"photos": gate_effect.judged(backgrounds, detector, runner.crop_spec, limits)}
    if films is not None:
        frames = reading.frames(films, every=5)
        real["films"] = gate_effect.judged(frames, detector, runner.crop_spec, limits)
    said = gate_report.markdown(rows, real, limits, f"{len(faces)} faces of {faces.name}, {split}")
    out.mkdir(parents=True, exist_ok=True)
    (out / "quality-gate.md").write_text(said, encoding="utf-8")
    console.print(said, markup=False, highlight=False, soft_wrap=True)


def _faces(data: Path, split: str, labels: Sequence[str], limit: int, seed: int) -> FaceSet:
    import numpy as np

    from edge.contract import class_choice
    from training.commands.terminal import read
    from training.evaluation.evaluate import named

    faces = class_choice.for_network(named(read(data, None), split), labels)
    return faces.select(np.random.default_rng(seed).permutation(len(faces))[:limit])


def _backgrounds(photos: Path | None) -> list[BgrImage]:
    from training.detection import picture_folder

    return picture_folder.images(photos) if photos else []
