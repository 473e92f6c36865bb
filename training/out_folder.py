"""The folder that a command's ``--out`` names, examined before the work whose results go there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from edge.writable import refuse_unwritable_folder


def option(holds: str) -> Any:
    """A ``typer.Option`` for it that refuses what nothing can be written into.

    Args:
        holds: What is written there, for ``--help``.
    """
    return typer.Option(help=f"Folder for {holds}.", callback=_writable)


def _writable(out: Path | None) -> Path | None:
    if out is not None:
        refuse_unwritable_folder(out, typer.BadParameter)
    return out
