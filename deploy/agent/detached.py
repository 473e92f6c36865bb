"""A transaction goes on without whoever asked for it: their connection may be lost."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from deploy.agent.layout import Layout
from deploy.agent.refusal import RefusedError

_UNIT = "emotion-edge-apply.service"


def detach(command: list[str], layout: Layout, *, systemd: bool) -> None:
    """Start a command that outlives this process.

    Raises:
        RefusedError: systemd does not start it.
    """
    if systemd:
        # A failed one stays loaded for the sake of its OnFailure, --collect or not, and its name with it.
        subprocess.run(["systemctl", "reset-failed", _UNIT], capture_output=True, check=False)
        # Killed, out of memory: what ends its trial after a power cut ends it then too.
        unit = [f"--unit={_UNIT}", "--collect", "--property=OnFailure=emotion-edge-heal.service"]
        done = subprocess.run(
            ["systemd-run", "--quiet", *unit, "--", *command], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RefusedError("systemd", done.stderr.strip(), "systemd-run", "see the device's log")
        return
    with (layout.memory / "transaction.log").open("wb") as log:
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def set_aside(layout: Layout, files: dict[str, Path]) -> dict[str, Path]:
    """Copy what a detached transaction needs to where nobody tidies up."""
    layout.make()
    folder = layout.memory / "pending"
    folder.mkdir(exist_ok=True)
    for name, path in files.items():
        try:
            shutil.copyfile(str(path), str(folder / name))
        except FileNotFoundError as err:
            raise RefusedError("unsigned" if name.endswith(".sig") else "bad-manifest",
                          "there is no such file", str(path), "upload it first") from err  # fmt: skip
    return {name: folder / name for name in files}
