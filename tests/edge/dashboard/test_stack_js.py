"""What the page's own script computes, run by Node.js."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from edge import dashboard

SCRIPT = Path(dashboard.__file__).parent / "assets" / "stack.js"
BERLIN = ZoneInfo("Europe/Berlin")


def computed(expression: str, tmp_path: Path) -> Any:
    """The value of a JavaScript expression in Berlin, where clocks change on 25 October and 29 March 2026."""
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    shutil.copy(SCRIPT, tmp_path / "stack.mjs")
    (tmp_path / "run.mjs").write_text(
        f'import * as stack from "./stack.mjs";\nconsole.log(JSON.stringify({expression}));\n',
        encoding="utf-8",
    )
    done = subprocess.run(
        ["node", "run.mjs"],
        cwd=tmp_path,
        env={**os.environ, "TZ": "Europe/Berlin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ticks(start: datetime, length_s: int, every_s: int, tmp_path: Path) -> list[str]:
    found = computed(f"stack.ticksOf({start.timestamp()}, {length_s}, {every_s})", tmp_path)
    return [f"{datetime.fromtimestamp(utc_s, BERLIN):%d %H:%M}" for utc_s in found]


def test_each_day_is_marked_once_and_at_its_midnight_where_clocks_change(tmp_path: Path) -> None:
    days = ticks(datetime(2026, 10, 22, 11, tzinfo=BERLIN), 7 * 86_400, 86_400, tmp_path)
    assert days == [f"{day} 00:00" for day in range(23, 30)]


def test_hours_are_whole_on_both_sides_of_a_change(tmp_path: Path) -> None:
    autumn = ticks(datetime(2026, 10, 24, 22, tzinfo=BERLIN), 9 * 3600, 3 * 3600, tmp_path)
    assert autumn == ["25 00:00", "25 03:00"]
    spring = ticks(datetime(2026, 3, 28, 23, tzinfo=BERLIN), 4 * 3600, 3600, tmp_path)
    assert spring == ["28 23:00", "29 00:00", "29 01:00", "29 03:00"]


def test_a_time_of_another_day_is_told_with_its_day(tmp_path: Path) -> None:
    now, earlier = computed(
        "((now) => [0, 3 * 86400].map((ago) => stack.moment(now - ago)))(Date.now() / 1000)", tmp_path
    )
    assert len(now) == len("14:05:09")
    assert earlier.endswith(now[-9:])
    assert len(earlier) > len(now)
