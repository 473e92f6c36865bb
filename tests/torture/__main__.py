"""``python -m tests.torture``: every row, resumable; two to three hours in the full form."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from tests.torture.outcome import Row, Size
from tests.torture.report import report
from tests.torture.rows import ROWS


def main() -> int:
    """Run what has not run yet; Ctrl-C loses the row that is running."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fast", action="store_true", help="the short form of each row")
    parser.add_argument("--row", action="append", help="only this one, by name; may be given again")
    parser.add_argument("--again", action="store_true", help="forget the results that are there")
    parser.add_argument("--folder", type=Path, default=Path("runs/torture"), help="results and report")
    options = parser.parse_args()
    size: Size = "fast" if options.fast else "full"
    chosen = [row for row in ROWS if options.row is None or row.name in options.row]
    file = options.folder / f"{size}.json"
    kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() and not options.again else {}
    for row in chosen:
        if row.name in kept:
            print(f"{row.name}: done before")
            continue
        print(f"{row.name}: {row.how}", flush=True)
        kept[row.name] = _run(row, size, options.folder / "work")
        print("  " + "\n  ".join(kept[row.name]["findings"]), flush=True)
        file.write_text(json.dumps(kept, indent=1))
        (options.folder / f"{size}.md").write_text(report(ROWS, kept, size))
    return 0 if all(done["holds"] for done in kept.values()) else 1


def _run(row: Row, size: Size, work: Path) -> dict[str, Any]:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    began_s = time.monotonic()
    findings = row.run(work, size)
    return {
        "holds": all(finding.holds for finding in findings),
        "findings": [str(finding) for finding in findings],
        "seconds": time.monotonic() - began_s,
    }


if __name__ == "__main__":
    sys.exit(main())
