"""The chosen windows as CSV, JSON or Parquet, piece by piece: however many, few are in memory."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

_PIECE_WINDOWS = 500
_ROW_GROUP_WINDOWS = 10_000
Row = dict[str, Any]
#: Columns before the shares, in order: name and where it lies in a window.
_COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    *((name, (name,)) for name in ("id", "site", "device", "camera", "boot_id", "seq", "start", "end")),
    *((name, (name,)) for name in ("clock_synced", "historical", "suppressed")),
    *((name, ("faces", name)) for name in ("tracks", "mean_in_view", "max_in_view", "observations")),
    *((name, (name,)) for name in ("dominant", "abstained_share")),
    *((name, ("capture", name)) for name in ("frames", "dropped", "fps")),
    ("model", ("model", "name")),
    ("model_version", ("model", "version")),
)


def parquet_here() -> bool:
    """Whether pyarrow is installed."""
    return importlib.util.find_spec("pyarrow") is not None


def columns(labels: Sequence[str]) -> list[str]:
    """The columns of CSV and Parquet."""
    return [name for name, _ in _COLUMNS] + [f"share_{label}" for label in labels]


def row(payload: bytes, labels: Sequence[str]) -> Row:
    """One window, flat; None where it is suppressed, 0 for an emotion that nobody showed."""
    window = json.loads(payload)
    shares = window.get("shares")
    flat = {name: _at(window, path) for name, path in _COLUMNS}
    return flat | {
        f"share_{label}": None if shares is None else float(shares.get(label, 0)) for label in labels
    }


def as_csv(payloads: Iterable[bytes], labels: Sequence[str]) -> Iterator[str]:
    """A header and a line for each window (RFC 4180)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(labels))
    writer.writeheader()
    for piece in _pieces(payloads, _PIECE_WINDOWS):
        writer.writerows(_texts(row(payload, labels)) for payload in piece)
        yield _taken(text)
    yield _taken(text)


def as_json(payloads: Iterable[bytes]) -> Iterator[str]:
    """An array of the windows as they were published, one a line."""
    before = "[\n"
    for payload in payloads:
        yield before + json.dumps(json.loads(payload), ensure_ascii=False, separators=(",", ":"))
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def write_parquet(payloads: Iterable[bytes], labels: Sequence[str], path: Path) -> None:
    """A Parquet file with the columns of the CSV, times as timestamps."""
    import pyarrow as pa  # noqa: PLC0415 - not in the extra: large, and only for this
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = pa.schema([(name, _parquet_type(pa, name)) for name in columns(labels)])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for piece in _pieces(payloads, _ROW_GROUP_WINDOWS):
            rows = [_timed(row(payload, labels)) for payload in piece]
            writer.write_table(pa.Table.from_pylist(rows, schema))


def _at(window: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        window = (window or {}).get(name)
    return window


def _texts(flat: Row) -> Row:
    return {name: _text(value) for name, value in flat.items()}


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    # A spreadsheet would run such a text as a formula.
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@")) else value


def _timed(flat: Row) -> Row:
    times = {
        name: datetime.fromisoformat(flat[name].removesuffix("Z") + "+00:00") for name in ("start", "end")
    }
    return flat | times


def _parquet_type(pa: Any, column: str) -> Any:
    if column in ("start", "end"):
        return pa.timestamp("ms", tz="UTC")
    if column in ("clock_synced", "historical", "suppressed"):
        return pa.bool_()
    if column in ("seq", "tracks", "max_in_view", "observations", "frames", "dropped"):
        return pa.int64()
    if column in ("mean_in_view", "abstained_share", "fps") or column.startswith("share_"):
        return pa.float64()
    return pa.string()


def _pieces(payloads: Iterable[bytes], size: int) -> Iterator[list[bytes]]:
    rest = iter(payloads)
    while piece := list(islice(rest, size)):
        yield piece


def _taken(text: io.StringIO) -> str:
    found = text.getvalue()
    text.seek(0)
    text.truncate()
    return found
