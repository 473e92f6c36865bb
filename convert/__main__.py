"""The command line of the conversion: ``bundle``, ``report`` and ``verify``."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.contract import command_line
from edge.contract.data_forms import FORMS
from edge.contract.manifest import NAME_PATTERN, VERSION_PATTERN, Scheme

if TYPE_CHECKING:
    from convert.bundle import Request
    from convert.compare import Comparison
    from edge.contract.manifest import Bundle

app = typer.Typer(
    name="emotion-convert",
    help="Turn a trained model.keras into a verified TFLite bundle.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

OutPath = Annotated[Path, typer.Option(help="Folder of the bundle; must not exist.")]
DataPath = Annotated[Path, typer.Option("--data", help=f"The faces: {FORMS}.")]
VotesPath = Annotated[
    Path | None, typer.Option("--votes", help="FER+ votes, for a network that learnt FER+'s labels.")
]


def _matching(pattern: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise typer.BadParameter(f"{value!r} does not match {pattern}")
        return value

    return check


def _no_final_split(value: str) -> str:
    if value == "PrivateTest":
        raise typer.BadParameter("is the final split: it is touched by `emotion-train evaluate --final` only")
    return value


def _with_float_ends(value: Scheme) -> Scheme:
    if value == "full-int8":
        raise typer.BadParameter("a detector takes and gives float32, which full-int8 does not; int8 does")
    return value


NameText = Annotated[str, typer.Option(callback=_matching(NAME_PATTERN), help="Of the bundle.")]
VersionText = Annotated[str, typer.Option(callback=_matching(VERSION_PATTERN), help="Of the bundle.")]
CalibrationImages = Annotated[int, typer.Option(min=1, help="Faces that int8 ranges come from.")]
ForceFlag = Annotated[bool, typer.Option("--force", help="Replace an existing bundle.")]


@app.command()
def bundle(
    model: Annotated[Path, typer.Option(help="model.keras; metrics.json is read beside it.")],
    data: DataPath,
    out: OutPath,
    votes: VotesPath = None,
    scheme: Annotated[Scheme, typer.Option(help="Number format of the weights.")] = "int8",
    name: NameText = "fer-compact",
    version: VersionText = "1.0.0",
    calibration_images: CalibrationImages = 2000,
    gate_split: Annotated[
        str, typer.Option(callback=_no_final_split, help="Split that the gate measures on.")
    ] = "PublicTest",
    min_agreement: Annotated[
        float, typer.Option(min=0, max=1, help="Least share of faces with Keras' own label.")
    ] = 0.98,
    max_drop_points: Annotated[
        float, typer.Option(help="Largest loss of accuracy, percentage points.")
    ] = 0.3,
    abstain_below: Annotated[
        float, typer.Option(min=0, max=0.99, help="Below this probability the device gives no label.")
    ] = 0.35,
    seed: Annotated[int, typer.Option(min=0, help="Of the calibration draw and the golden inputs.")] = 0,
    force: ForceFlag = False,
) -> None:
    """Convert a network, measure it, and write a bundle if it passes the gate."""
    # TensorFlow takes seconds to import, and only this command needs it.
    from convert.bundle import Request, assemble
    from convert.compare import Limits

    request = Request(
        model=model,
        data=data,
        out=out,
        scheme=scheme,
        created=_now(),
        name=name,
        version=version,
        calibration_images=calibration_images,
        gate_split=gate_split,
        abstain_below=abstain_below,
        limits=Limits(min_agreement, max_drop_points),
        seed=seed,
        force=force,
        votes=votes,
    )
    made, found = assemble(request, _say)
    _table(_figures(made, found, request))


def _figures(made: Bundle, found: Comparison, request: Request) -> list[tuple[str, str]]:
    return [
        ("bundle", str(made.folder)),
        ("size", f"{made.manifest.files['tflite'].bytes:,} bytes, {request.scheme}"),
        ("accuracy", f"{found.accuracy:.2%} on {request.gate_split}, {found.images} faces"),
        ("clean", f"{found.accuracy_clean:.2%}, without exact copies of training faces"),
        ("Keras", f"{found.keras_accuracy:.2%}; drop {found.drop_points:+.2f} points"),
        ("agreement", f"{found.agreement:.2%}"),
    ]


@app.command(name="detector-bundle")
def detector_bundle(
    model: Annotated[Path, typer.Option(help="model.keras of fit-detector; metrics.json is read beside it.")],
    photos: Annotated[Path, typer.Option(help="Folder with photos: for int8 ranges and for the gate.")],
    out: OutPath,
    scheme: Annotated[
        Scheme, typer.Option(callback=_with_float_ends, help="Number format of the TFLite file's weights.")
    ] = "int8",
    name: NameText = "face-compact",
    version: VersionText = "1.0.0",
    calibration_photos: Annotated[int, typer.Option(min=1, help="Photos that int8 ranges come from.")] = 200,
    gate_photos: Annotated[int, typer.Option(min=1, help="Photos that the gate looks at.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of the draw of photos and the golden inputs.")] = 0,
    force: ForceFlag = False,
) -> None:
    """Convert a trained face detector to ONNX and TFLite, and write a bundle if both pass the gate."""
    from convert.detector_bundle import DetectorRequest, assemble_detector

    request = DetectorRequest(
        model=model,
        photos=photos,
        out=out,
        created=_now(),
        scheme=scheme,
        name=name,
        version=version,
        calibration_photos=calibration_photos,
        gate_photos=gate_photos,
        seed=seed,
        force=force,
    )
    made, found = assemble_detector(request, _say)
    rows = [("bundle", str(made.folder))]
    for runtime, file in made.manifest.files.items():
        one = found[runtime]
        rows.append(
            (
                file.file,
                f"{file.bytes:,} bytes; {one.found:.2%} of {one.detections} faces found again, "
                f"{one.extra:.2%} more, boxes overlap by {one.mean_iou:.3f}",
            )
        )
    _table(rows)


@app.command()
def report(
    model: Annotated[Path, typer.Option(help="model.keras; metrics.json is read beside it.")],
    data: DataPath,
    out: Annotated[
        Path | None, typer.Option(help="Folder for conversion.md and conversion.json as well.")
    ] = None,
    schemes: Annotated[
        list[str] | None, typer.Option("--scheme", help="Only this one; may be repeated.")
    ] = None,
    calibration_images: CalibrationImages = 2000,
    gate_split: Annotated[
        str, typer.Option(callback=_no_final_split, help="Split to measure on.")
    ] = "PublicTest",
    votes: VotesPath = None,
) -> None:
    """Convert to every number format and show what each costs and keeps."""
    from convert.bundle import Request
    from convert.scheme_table import markdown
    from convert.schemes import SCHEMES, measure_schemes

    unknown = set(schemes or ()) - set(SCHEMES)
    if unknown:
        raise typer.BadParameter(f"{min(unknown)!r} is none of {', '.join(SCHEMES)}", param_hint="--scheme")
    request = Request(
        model=model,
        data=data,
        out=model.parent,
        scheme="float32",
        created=_now(),
        calibration_images=calibration_images,
        gate_split=gate_split,
        votes=votes,
    )
    chosen = [scheme for scheme in SCHEMES if not schemes or scheme in schemes]
    rows = measure_schemes(request, chosen, _say)
    table = markdown(rows, gate_split)
    typer.echo(table, nl=False)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "conversion.md").write_text(table, encoding="utf-8")
        plain = {"schema": "conversion-report/1", "model": str(model), "split": gate_split}
        document = plain | {"rows": [row.as_dict() for row in rows]}
        (out / "conversion.json").write_text(
            json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8"
        )


@app.command()
def verify(folder: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder of the bundle.")]) -> None:
    """Check a bundle's files, shapes and golden vectors on this machine."""
    from convert.verify import verified_rows

    _table(verified_rows(folder))


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


def _say(step: str) -> None:
    typer.echo(step, err=True)


def _table(rows: Sequence[tuple[str, str]]) -> None:
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        typer.echo(f"{name:<{width}}  {value}")


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    command_line.run(app)


if __name__ == "__main__":
    main()
