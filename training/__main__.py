"""The command line of the training stage: ``python -m training COMMAND``."""

from __future__ import annotations

import logging
import os

import typer

from edge.contract import command_line
from training.commands.compare import adopt, compare
from training.commands.data_report import data_report
from training.commands.evaluate import evaluate
from training.commands.fit import fit
from training.commands.ladder import ladder
from training.commands.summarize import summarize
from training.detection.comparing.compare_command import compare_detectors
from training.detection.comparing.time_command import time_detectors
from training.detection.crops.crop_commands import measure_crops, measure_gate
from training.detection.distances.far_commands import compare_far
from training.detection.distances.near_commands import compare_near
from training.detection.fitting.fit_command import fit_detector

app = typer.Typer(
    help="Train networks, judge them, and compare them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (
    data_report,
    fit,
    evaluate,
    summarize,
    compare,
    ladder,
    adopt,
    fit_detector,
    compare_detectors,
    compare_far,
    compare_near,
    time_detectors,
    measure_crops,
    measure_gate,
):
    app.command(name=command.__name__.replace("_", "-"))(command)


def main() -> None:
    """Run the command line."""
    # LiteRT reads it, too, when it is loaded, and may be before TensorFlow is.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    command_line.run(app)


if __name__ == "__main__":
    main()
