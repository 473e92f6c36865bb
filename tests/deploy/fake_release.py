"""Small releases for tests: a shell script plays the daemon, signed by a key of the test."""

from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.agent import facts
from deploy.release.agent_archive import archive
from deploy.release.assemble import Parts, Target, assemble
from deploy.release.sign import allowed_signers, sign
from deploy.release.store import Release, ReleaseStore

PYTHON = next(iter(facts.pythons()))
#: Answers as the real program does; HEALTH is the record that ``run`` writes, empty for none.
_PROGRAM = """#!{interpreter} -IS
import json, os, sys, time
verb = sys.argv[1]
if verb == "check":
    print({check_says!r})
    sys.exit({check!r})
if verb == "replay":
    print("x: 20 frames (0 skipped), 0 faces", file=sys.stderr)
if verb == "run":
    if {crash!r}:
        print("cannot live", file=sys.stderr)
        sys.exit(3)
    record = {record!r}
    path = os.path.join(os.environ["RUNTIME_DIRECTORY"], "health.json")
    while True:
        if record:
            record["pid"] = os.getpid()
            with open(path + ".new", "w") as out:
                out.write(json.dumps(record))
            os.replace(path + ".new", path)
        time.sleep({beat_s!r})
"""


def record(**changed: Any) -> dict[str, Any]:
    """A health record of a daemon that is well."""
    camera = {"state": "streaming", "reason": "", "frame_age_s": 0.1, "latency_p95_ms": 40.0}
    well = {
        "schema": "health/1",
        "pid": 0,
        "ready": True,
        "cameras": {"desk": camera},
        "broker": {"connected": True, "delivered": 3, "trouble": None},
        "outbox": {"rows": 0, "trouble": None},
        "rss_bytes": 100_000_000,
    }
    return {**well, **changed}


def slow(p95_ms: float) -> dict[str, Any]:
    """A record of one that needs so long for a frame."""
    return record(cameras={"desk": {**record()["cameras"]["desk"], "latency_p95_ms": p95_ms}})


@dataclass
class Workshop:
    """A desktop: a store and a key."""

    folder: Path

    def __post_init__(self) -> None:
        self.store = ReleaseStore(self.folder / "store")
        self.key = self.folder / "key"
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", str(self.key)]
        subprocess.run(command, check=True)

    def trusted(self) -> str:
        return allowed_signers({"desk@test": self.key.with_suffix(".pub").read_text()})

    def release(
        self,
        version: str = "1.0.0",
        *,
        health: dict[str, Any] | None = None,
        silent: bool = False,
        crash: bool = False,
        check: int = 0,
        check_says: str = "ok",
        arch: str = platform.machine(),
        python: str = PYTHON,
        files: dict[str, bytes] | None = None,
        configuration: dict[str, Any] | None = None,
        gate: dict[str, Any] | None = None,
        beat_s: float = 0.05,
        now_s: float | None = None,
        host: str = "pi-test",
    ) -> Release:
        """Build and sign one; what differs makes another id."""
        program = _PROGRAM.format(
            interpreter=sys.executable,
            record=None if silent else (health or record()),
            crash=crash,
            check=check,
            check_says=check_says,
            beat_s=beat_s,
        )
        parts = Parts(
            version,
            {
                "bin/emotion-edge": program.encode(),
                "config/edge.yaml": f"version: {version}\n".encode(),
                "unit/emotion-edge.service": b"[Service]\nExecStart=/bin/true\n",
                "agent.pyz": archive(),
                **(files or {}),
            },
            configuration={"site": "test", **(configuration or {})},
            gate={"ready_within_s": 3.0, "soak_s": 0.2, **(gate or {})},
        )
        made = assemble(Target(host, arch, python), parts, self.store, now_s)
        sign(made, self.key)
        return made
