"""What a data set holds, as tables on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from training.data.report import CopyCount, DataReport


def show(console: Console, report: DataReport, dropped: Sequence[str]) -> None:
    """Counts, then what is wrong; classes that are to be dropped are marked."""
    console.print(_counts(report, dropped))
    console.print(_faults(report))


def _counts(report: DataReport, dropped: Sequence[str]) -> Table:
    title = report.name if report.subjects is None else f"{report.name}, {report.subjects} subjects"
    table = Table(title=title, box=box.SIMPLE)
    table.add_column("class")
    for split in report.counts:
        table.add_column(split, justify="right")
        table.add_column("share", justify="right")
    for place, name in enumerate(report.classes):
        said = f"{name} (dropped)" if name in dropped else name
        table.add_row(said, *_cells(report.counts, [place]))
    table.add_section()
    table.add_row("all", *_cells(report.counts, range(len(report.classes))))
    if dropped:
        kept = [place for place, name in enumerate(report.classes) if name not in dropped]
        table.add_row("after dropping", *_cells(report.counts, kept))
    return table


def _cells(counts: Mapping[str, list[int]], places: Sequence[int]) -> list[str]:
    """Number and share of the classes at these places, split by split."""
    cells = []
    for of_split in counts.values():
        number = sum(of_split[place] for place in places)
        cells += [f"{number:,}", f"{number / max(1, sum(of_split)):.1%}"]
    return cells


def _faults(report: DataReport) -> Table:
    table = Table(title="to look at", box=box.SIMPLE, show_header=False)
    table.add_column("what")
    table.add_column("images", justify="right")
    table.add_column("where")
    _add_copies(table, "exact copies", report.exact)
    if report.copies is None:
        table.add_row("near copies", "-", "not looked for: subjects are known, and say more")
    else:
        _add_copies(table, "copies of a photograph, exact or near", report.copies)
    for what, rows in (
        ("black", report.black),
        ("flat (black ones among them)", report.flat),
        ("flat ground: text, sign, drawing?", report.flat_ground),
        ("not a face, by most FER+ votes", report.not_a_face),
    ):
        if rows is not None:
            table.add_row(what, f"{len(rows):,}", _first(rows))
    table.add_row("could not be read", f"{report.skipped:,}", "")
    return table


def _add_copies(table: Table, what: str, copies: CopyCount) -> None:
    said = f"beyond the first of {copies.groups:,} photographs; {copies.conflicting:,} have different labels"
    table.add_row(what, f"{copies.surplus:,}", said)
    for (split, other), images in copies.having.items():
        if images:
            table.add_row(f"  {split}, with a copy in {other}", f"{images:,}", "")


def _first(rows: Sequence[int]) -> str:
    shown = ", ".join(map(str, rows[:8]))
    return f"rows {shown}{', ...' if len(rows) > 8 else ''}" if rows else ""
