"""``python -m training data-report``: what a data set holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edge.contract.data_forms import LabelSet
from training import out_folder
from training.commands.options import DataPath, VotesPath
from training.commands.terminal import console, read, say


def data_report(
    data: DataPath,
    votes: VotesPath = None,
    labels: Annotated[LabelSet, typer.Option(help="Count under another label set.")] = "own",
    drop_classes: Annotated[
        list[str] | None,
        typer.Option("--drop-classes", help="As drop_classes of a recipe; may be repeated."),
    ] = None,
    out: Annotated[Path | None, out_folder.option("report.json, distribution.png and samples.png")] = None,
) -> None:
    """Tell what a data set holds: counts, copies, conflicting labels, images without a face."""
    from edge.contract import class_choice
    from training.data import report as reporting
    from training.data import table as data_table

    faces = class_choice.chosen(read(data, votes), labels, ())
    left = class_choice.without(faces, drop_classes or ()).classes
    dropped = [name for name in faces.classes if name not in left]
    report = reporting.examine(faces)
    data_table.show(console, report, dropped)
    if out is not None:
        from training.data import files as data_files

        data_files.write(out, report, faces, dropped)
        say(f"{out}: report.json, distribution.png, samples.png")
