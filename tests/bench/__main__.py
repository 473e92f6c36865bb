"""``python -m tests.bench``: all parts, resumable; twenty minutes on a quiet machine of two cores.

Desktop only: it makes environments for the peers (gigabytes, once) and starts the real daemon.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict
from pathlib import Path

from edge.bench.machine import Machine
from tests.bench import (
    part_daemon,
    part_instructions,
    part_mjpeg,
    part_outbox,
    part_overhead,
    part_peers,
    part_scale,
    part_search,
)
from tests.bench.curves import draw
from tests.bench.part import Figures, Part
from tests.bench.peer_process import ROOT
from tests.bench.targets import verdicts

PARTS: tuple[Part, ...] = (
    part_overhead.PART,
    part_overhead.WITH_YUNET,
    part_outbox.PART,
    part_peers.PART,
    *part_scale.PARTS,
    part_search.PART,
    part_mjpeg.PART,
    part_daemon.PART,
    part_instructions.PART,
)
_WORK = ROOT / "runs" / "bench"


def main() -> None:
    """Measure what has not been measured yet; Ctrl-C loses the part that is running."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part", action="append", choices=[part.name for part in PARTS], help="only this one"
    )
    parser.add_argument("--again", action="store_true", help="measure what is there already once more")
    parser.add_argument("--report", type=Path, default=ROOT / "edge" / "bench" / "report", help="a folder")
    options = parser.parse_args()
    for folder in (_WORK, options.report):
        folder.mkdir(parents=True, exist_ok=True)
    file = options.report / "report.json"
    kept: dict[str, Figures] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for part in PARTS:
        if options.part and part.name not in options.part:
            continue
        if part.name in kept and not options.again:
            print(f"{part.name}: done before", flush=True)
            continue
        print(f"{part.name}: {part.title}", flush=True)
        kept[part.name] = _run(part)
        file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        (options.report / "README.md").write_text(report(kept), encoding="utf-8")
    draw({name: one["figures"] for name, one in kept.items()}, options.report / "curves.png")


def _run(part: Part) -> Figures:
    machine, began_s, load = Machine.this(), time.monotonic(), os.getloadavg()[0]
    figures = part.measure(_WORK)
    return {
        "figures": figures,
        "machine": asdict(machine),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "nice": os.nice(0),
        "seconds": round(time.monotonic() - began_s),
    }


def report(kept: dict[str, Figures]) -> str:
    """The whole file: machine, verdicts, one section a part."""
    found = {name: one["figures"] for name, one in kept.items()}
    machine = next(iter(kept.values()))["machine"]
    lines = [
        "# The cost of a frame",
        "",
        f"`make bench-report`, on {machine['processor']}, {machine['cores']} cores, kernel "
        f"{machine['kernel']}, Python {machine['python']}, OpenCV {machine['opencv']}, "
        f"NumPy {machine['numpy']}, {machine['tflite']}. "
        "Figures are medians with quartiles over rounds in turn; processor time is that of all threads. On a "
        "Raspberry Pi 4 or 5: `emotion-edge bench --source FILM` and `--json`; nothing was measured on one.",
        "",
        *_busy(kept, machine["cores"]),
        *verdicts(found),
        "",
        "![Cost over faces, resolution, cameras and search rate](curves.png)",
    ]
    for part in PARTS:
        if part.name not in kept:
            continue
        one = kept[part.name]
        load = " to ".join(str(value) for value in one["load"])
        how = f"`python -m tests.bench --part {part.name}`, load average {load}, nice {one['nice']}."
        lines += ["", f"## {part.title}", "", how]
        lines += ["", *part.tell(one["figures"])]
    return "\n".join(lines).rstrip() + "\n"


def _busy(kept: dict[str, Figures], cores: int) -> list[str]:
    """What a reader must know where the machine had more to do than this."""
    loads = {name: max(one["load"]) for name, one in kept.items()}
    busy = [f"{name} (load average up to {load:g})" for name, load in loads.items() if load > cores]
    if not busy:
        return []
    return [
        f"**The {cores} cores were busy with other things while these parts were measured: "
        f"{', '.join(busy)}.** Then latency, start and drops tell of the machine more than of the project, "
        "and every cost is higher, that of many small steps most, since caches are cold. Measure again when "
        "it is quiet: `--again`.",
        "",
    ]


if __name__ == "__main__":
    main()
