"""``emotion-edge models``: list, pull and verify the networks of this device."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from edge import shipped, weights
from edge.bundle_check import verify
from edge.contract import manifest
from edge.contract.command_line import UNBROKEN
from edge.errors import FetchError


def list_models() -> None:
    """Print shipped bundles and the catalogue of third-party weights."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a folder may have a name that is not ASCII
        sys.stdout.reconfigure(errors="backslashreplace")
    console = Console()
    (console if console.is_terminal else Console(width=UNBROKEN)).print(_listed())


def _listed() -> Table:
    """The table; nothing in it is cut, and the names that one must type stay in one piece."""
    bundles = [manifest.load(folder).manifest for folder in shipped.bundles()]
    longest = max(map(len, [*(bundle.name for bundle in bundles), *weights.CATALOGUE]))
    table = Table()
    table.add_column("name", no_wrap=True, min_width=longest)
    for head in ("version", "kind", "where", "terms"):
        table.add_column(head, overflow="fold")
    for found in bundles:
        table.add_row(found.name, found.version, found.kind, "shipped", "Apache-2.0 (see its model card)")
    table.add_row("haar", "", "face-detector", "inside OpenCV", "Apache-2.0")
    for name, entry in weights.CATALOGUE.items():
        here = weights.present(name, weights.cache_folder())
        where = str(weights.cache_folder()) if here else f"absent; models pull {name}"
        table.add_row(name, "", "face-detector", where, entry.license)
    return table


def pull_models(names: list[str], source: Path | None, into: Path | None) -> None:
    """Bring weights into the cache, with a progress bar.

    Raises:
        typer.BadParameter: A name is not in the catalogue.
        FetchError: Files cannot be had or have another hash; all others are in place. Without
            names, a folder need not hold every network.
    """
    unknown = [name for name in names if name not in weights.CATALOGUE]
    if unknown:
        raise typer.BadParameter(
            f"no weights are called {', '.join(unknown)}; there are {', '.join(weights.CATALOGUE)}"
        )
    folder = into or weights.cache_folder()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks = {}

        def advance(file: str, done: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=total)
            bars.update(tasks[file], completed=done)

        failures = []
        for name in names or _obtainable(source):
            try:
                weights.pull(name, folder, source, advance)
            except FetchError as err:  # the others are still worth having
                failures.append(f"{name}: {err}")
            else:
                print(f"{name}: verified in {folder}")
    if failures:
        raise FetchError("\n".join(failures))


def _obtainable(source: Path | None) -> list[str]:
    """All networks; where a folder is given, those whose files are all in it."""
    if source is None:
        return list(weights.CATALOGUE)
    found = [name for name in weights.CATALOGUE if weights.present(name, source)]
    for name in weights.CATALOGUE:
        if name not in found:
            print(f"{name}: not in {source}, left out")
    if not found:
        raise FetchError(f"{source}: holds the files of no network; see emotion-edge models list")
    return found


def verify_models(bundle: Path | None) -> None:
    """Check what is here, one line each.

    Raises:
        ModelError: The first bundle or weights file that is altered or fails its golden vectors.
    """
    for folder in [bundle] if bundle else shipped.bundles():
        found, _ = verify(folder)
        print(f"{folder}: {found.name} {found.version}: sha256 and golden vectors agree")
    if bundle is not None:
        return
    for name in weights.CATALOGUE:
        if weights.present(name, weights.cache_folder()):
            weights.locate(name, weights.cache_folder())
            print(f"{name}: sha256 agrees")
