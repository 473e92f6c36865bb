"""``python -m training summarize``: runs that differ in their seed or fold, as mean and deviation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from training.commands.terminal import console


def summarize(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of finished runs.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Mean and standard deviation over the seeds or folds of each recipe among the runs."""
    from training.evaluation import summary, summary_table

    summaries = summary.summarize(runs)
    summary_table.show(console, summaries)
    if json_file is not None:
        plain = {"schema": "training-summary/1", "summaries": [one.as_dict() for one in summaries]}
        json_file.write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
