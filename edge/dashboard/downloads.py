"""``/export``: the chosen windows as a file, while they are read from the store."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from edge.dashboard.choice import Choice
from edge.dashboard.export import as_csv, as_json, parquet_here, write_parquet
from edge.dashboard.store import Store

_EVER_S = 1e12
_MEDIA = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def add_export(app: FastAPI, store: Path) -> None:
    """Serve ``/export?format=csv&from=2026-11-20T12:00&until=...&site=...`` of a store."""

    def export(request: Request) -> Response:
        query = request.query_params
        try:
            since, until = utc_s_of(query.get("from"), -_EVER_S), utc_s_of(query.get("until"), _EVER_S)
        except ValueError as err:
            return PlainTextResponse(f"{err}\n", 400)
        kind = query.get("format", "csv")
        name = {"Content-Disposition": f'attachment; filename="emotion-windows.{kind}"'}
        choice = Choice.of(query)
        if kind == "parquet" and parquet_here():
            return _parquet(store, choice, since, until)
        if kind not in _MEDIA:
            return PlainTextResponse(
                "format must be csv or json, or parquet where pyarrow is installed\n", 400
            )
        return StreamingResponse(
            _text(kind, store, choice, since, until), media_type=_MEDIA[kind], headers=name
        )

    app.add_route("/export", export)


def _text(kind: str, path: Path, choice: Choice, since: float, until: float) -> Iterator[str]:
    store = Store(path)
    try:
        payloads = store.payloads(choice, since, until)
        yield from as_csv(payloads, store.labels()) if kind == "csv" else as_json(payloads)
    finally:
        store.close()


def _parquet(path: Path, choice: Choice, since: float, until: float) -> Response:
    # Parquet has its index at the end: it needs a file.
    with tempfile.NamedTemporaryFile(prefix="emotion-windows-", suffix=".parquet", delete=False) as file:
        found = Path(file.name)
    try:
        with contextlib.closing(Store(path)) as store:
            write_parquet(store.payloads(choice, since, until), store.labels(), found)
    except BaseException:
        found.unlink()
        raise
    return _Once(
        found,
        media_type="application/vnd.apache.parquet",
        filename="emotion-windows.parquet",
    )


class _Once(FileResponse):
    """A file that is gone once it was sent, or could not be: a wrong Range, a browser that went away."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            Path(self.path).unlink(missing_ok=True)


def utc_s_of(text: str | None, otherwise: float) -> float:
    """Seconds since 1970 of an ISO 8601 time, which is UTC where it names no zone; ``otherwise`` for none.

    Raises:
        ValueError: It is no such time.
    """
    if not text:
        return otherwise
    try:
        # Python 3.10 does not know the Z.
        given = datetime.fromisoformat(text.removesuffix("Z") + "+00:00" if text.endswith("Z") else text)
        return (given if given.tzinfo else given.replace(tzinfo=timezone.utc)).timestamp()
    except ValueError:
        raise ValueError(f"{text!r} is not a time like 2026-11-20T12:00 (UTC)") from None
