from __future__ import annotations

import contextlib
import csv
import json
import tempfile
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from edge.dashboard.export import as_csv, as_json, write_parquet
from edge.dashboard.store import Store
from tests.edge.dashboard.messages import an_arrival
from tests.edge.mqtt.event_builder import NOON_S

LABELS = ["happy", "neutral", "sad"]


def test_a_csv_has_a_column_for_each_label_and_nothing_where_it_is_suppressed() -> None:
    seen = an_arrival(shares={"happy": 0.75, "sad": 0.25}).payload
    hidden = an_arrival(suppressed=True).payload
    first, second = csv.DictReader("".join(as_csv([seen, hidden], LABELS)).splitlines())
    assert (first["camera"], first["tracks"], first["dominant"]) == ("door", "3", "happy")
    assert (first["share_happy"], first["share_neutral"], first["share_sad"]) == ("0.75", "0.0", "0.25")
    assert (first["suppressed"], first["model"], first["start"]) == (
        "false", "fer-compact", "2026-11-20T12:00:00.000Z"
    )  # fmt: skip
    assert second["suppressed"] == "true"
    assert {second[name] for name in ("tracks", "dominant", "share_happy", "abstained_share")} == {""}


def test_a_text_that_a_spreadsheet_would_run_is_only_text() -> None:
    payload = an_arrival().payload.replace(b'"fer-compact"', b'"=1+1"')
    (line,) = csv.DictReader("".join(as_csv([payload], LABELS)).splitlines())
    assert line["model"] == "'=1+1"


def test_json_is_what_was_published_one_window_a_line() -> None:
    payloads = [an_arrival(NOON_S + n * 10).payload for n in range(3)]
    text = "".join(as_json(payloads))
    assert json.loads(text) == [json.loads(payload) for payload in payloads]
    assert len(text.splitlines()) == 5
    assert json.loads("".join(as_json([]))) == []


def test_it_is_written_while_it_is_read() -> None:
    taken = 0

    def payloads() -> Iterator[bytes]:
        nonlocal taken
        for n in range(100_000):
            taken += 1
            yield an_arrival(NOON_S + n).payload

    next(as_csv(payloads(), LABELS))
    next(as_json(payloads()))
    assert taken < 2000


def test_parquet_has_the_same_columns_with_types(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pip install pyarrow")
    write_parquet([an_arrival().payload, an_arrival(suppressed=True).payload], LABELS, tmp_path / "x.parquet")
    first, second = parquet.read_table(tmp_path / "x.parquet").to_pylist()
    assert first["start"] == datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
    assert (first["tracks"], first["share_happy"]) == (3, 0.62)
    assert (second["tracks"], second["share_happy"], second["suppressed"]) == (None, None, True)


@pytest.mark.parametrize("text", ["2026-11-20T12:00", "2026-11-20T12:00:00Z", "2026-11-20T14:00+02:00"])
def test_a_time_is_utc_unless_it_names_another_zone(text: str) -> None:
    downloads = pytest.importorskip("edge.dashboard.downloads", reason="pip install -e '.[dashboard]'")
    assert downloads.utc_s_of(text, 0.0) == NOON_S
    with pytest.raises(ValueError, match="'yesterday' is not a time like"):
        downloads.utc_s_of("yesterday", 0.0)


def test_a_parquet_file_is_gone_whatever_became_of_its_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow", reason="pip install pyarrow")
    downloads = pytest.importorskip("edge.dashboard.downloads", reason="pip install -e '.[dashboard]'")
    testclient = pytest.importorskip("starlette.testclient", reason="pip install -e '.[dev]'")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with contextlib.closing(Store(tmp_path / "history.sqlite3")) as store:
        store.add([an_arrival()])
    app = pytest.importorskip("fastapi").FastAPI()
    downloads.add_export(app, tmp_path / "history.sqlite3")
    client = testclient.TestClient(app)
    assert client.get("/export?format=parquet").content.startswith(b"PAR1")
    assert client.get("/export?format=parquet", headers={"Range": "bytes=900000-"}).status_code == 416
    assert client.get("/export?format=parquet", headers={"Range": "nonsense"}).status_code in (200, 400)
    assert not list(tmp_path.glob("*.parquet"))
