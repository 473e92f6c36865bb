"""The table of a torture run."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from typing import Any

from tests.torture.outcome import Row


def table(rows: Sequence[Row], kept: Mapping[str, Any]) -> str:
    """Markdown; rows that have not run yet are said to be missing."""
    lines = ["| fault | how | found | minutes |", "|---|---|---|---|"]
    for row in rows:
        done = kept.get(row.name)
        found = "<br>".join(done["findings"]) if done else "not run yet"
        minutes = f"{done['seconds'] / 60:.1f}" if done else ""
        lines.append(f"| {row.name} | {row.how} | {found} | {minutes} |")
    return "\n".join(lines)


def report(rows: Sequence[Row], kept: Mapping[str, Any], size: str) -> str:
    """The whole file, with the machine stated."""
    failed = [name for name, done in kept.items() if not done["holds"]]
    verdict = f"Failed: {', '.join(failed)}." if failed else "Every row that has run holds."
    head = f"# Torture, {size} form\n\n`python -m tests.torture`, on {machine()}. {verdict}"
    return f"{head}\n\n{table(rows, kept)}\n"


def machine() -> str:
    """Processor, kernel and Python, as far as the system tells."""
    model = "unknown processor"
    with open("/proc/cpuinfo", encoding="utf-8") as told:  # noqa: PTH123
        for line in told:
            if line.startswith(("model name", "Model")):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {platform.system()} {platform.release()}, Python {platform.python_version()}"
