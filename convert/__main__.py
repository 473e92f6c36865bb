"""The command line of the conversion: ``bundle`` and ``verify``."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated

import typer

from edge.contract import command_line
from edge.contract.manifest import NAME_PATTERN, VERSION_PATTERN, Scheme

app = typer.Typer(
    name="emotion-convert",
    help="Turn a trained model.keras into a verified TFLite bundle.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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


@app.command()
def bundle(
    model: Annotated[Path, typer.Option(help="model.keras; metrics.json is read beside it.")],
    data: Annotated[Path, typer.Option(help="FER2013: csv (.gz, .zip), npz, or Kaggle's folders.")],
    out: Annotated[Path, typer.Option(help="Folder of the bundle; must not exist.")],
    scheme: Annotated[Scheme, typer.Option(help="Number format of the weights.")] = "int8",
    name: Annotated[
        str, typer.Option(callback=_matching(NAME_PATTERN), help="Of the bundle.")
    ] = "fer-compact",
    version: Annotated[
        str, typer.Option(callback=_matching(VERSION_PATTERN), help="Of the bundle.")
    ] = "1.0.0",
    calibration_images: Annotated[int, typer.Option(min=1, help="Faces that int8 ranges come from.")] = 1000,
    gate_split: Annotated[
        str, typer.Option(callback=_no_final_split, help="Split that the gate measures on.")
    ] = "PublicTest",
    min_agreement: Annotated[
        float, typer.Option(min=0, max=1, help="Least share of faces with Keras' own label.")
    ] = 0.98,
    max_drop_points: Annotated[
        float, typer.Option(help="Largest loss of accuracy, percentage points.")
    ] = 0.5,
    abstain_below: Annotated[
        float, typer.Option(min=0, max=0.99, help="Below this probability the device gives no label.")
    ] = 0.35,
    seed: Annotated[int, typer.Option(help="Of the calibration draw and the golden inputs.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing bundle.")] = False,
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
        created=datetime.now(timezone.utc).replace(microsecond=0),
        name=name,
        version=version,
        calibration_images=calibration_images,
        gate_split=gate_split,
        abstain_below=abstain_below,
        limits=Limits(min_agreement, max_drop_points),
        seed=seed,
        force=force,
    )
    made, found = assemble(request, lambda step: typer.echo(step, err=True))
    _table(
        [
            ("bundle", str(made.folder)),
            ("size", f"{made.manifest.files['tflite'].bytes:,} bytes, {scheme}"),
            ("accuracy", f"{found.accuracy:.2%} on {gate_split}, {found.images} faces"),
            ("clean", f"{found.accuracy_clean:.2%}, without exact copies of training faces"),
            ("Keras", f"{found.keras_accuracy:.2%}; drop {found.drop_points:+.2f} points"),
            ("agreement", f"{found.agreement:.2%}"),
        ]
    )


@app.command()
def verify(folder: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder of the bundle.")]) -> None:
    """Check a bundle's files, shapes and golden vectors on this machine."""
    from convert.verify import verified_rows

    _table(verified_rows(folder))


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
