"""The fast form of each row of the torture."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.torture.outcome import Row
from tests.torture.rows import ROWS

pytestmark = [pytest.mark.integration, pytest.mark.broker]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.name).replace(" ", "-").replace(",", ""))
# A connection that is cut on purpose leaves its socket to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_nothing_is_lost_when(row: Row, tmp_path: Path) -> None:
    if shutil.which("mosquitto", path=os.environ.get("PATH", "") + ":/usr/sbin") is None:
        pytest.skip("Mosquitto is not installed: apt install mosquitto mosquitto-clients")
    if row.name.startswith("disk") and os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    failed = [str(finding) for finding in row.run(tmp_path, "fast") if not finding.holds]
    assert failed == []
