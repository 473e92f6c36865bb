"""The daemon under systemd: its unit is that of ``current``, so that one rename changes both."""

from __future__ import annotations

import os
import pkgutil
import subprocess
from pathlib import Path

from deploy.agent import durable
from deploy.agent.gate import DaemonState
from deploy.agent.layout import UNIT, Layout
from deploy.agent.refusal import RefusedError
from deploy.agent.supervisor import Supervisor

USER = "emotion-edge"
HEAL_UNIT = "emotion-edge-heal.service"
_DROP_IN = "10-heal.conf"
#: What of the unit a trial command runs under: the rest is about starting, stopping and cameras.
_OF_THE_UNIT = frozenset(
    {"User", "SupplementaryGroups", "StateDirectory", "StateDirectoryMode", "LoadCredential", "SetCredential"}
    | {"LoadCredentialEncrypted", "SetCredentialEncrypted", "Environment", "EnvironmentFile", "MemoryMax"}
    | {"NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp", "RestrictAddressFamilies"}
)
_SHOWN = "ActiveState,SubState,Result,MainPID,NRestarts,ExecMainStatus"
_TAIL_LINES = "8"


class SystemdSupervisor(Supervisor):
    """Speaks to systemd by its commands."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def connect(self) -> None:
        self._make_user()
        units = self._layout.units
        drop_ins = units / f"{UNIT}.d"
        drop_ins.mkdir(parents=True, exist_ok=True)
        changed = _written(drop_ins / _DROP_IN) | _written(units / HEAL_UNIT)
        changed |= self._wanted_at_boot(HEAL_UNIT)
        # Last: what was installed by hand gives way, and healing can put it back by now.
        _link(units / UNIT, f"../../../opt/emotion-edge/current/unit/{UNIT}")
        changed |= self._wanted_at_boot(UNIT)
        if changed:
            _checked(["systemctl", "daemon-reload"])

    def _wanted_at_boot(self, name: str) -> bool:
        """Whether it was not before."""
        wanted = self._layout.units / "multi-user.target.wants" / name
        wanted.parent.mkdir(exist_ok=True)
        if wanted.is_symlink():
            return False
        durable.point(wanted, f"../{name}")
        return True

    def disconnect(self) -> bool:
        found = durable.put_back(self._layout.units / UNIT)
        _run(["systemctl", "daemon-reload"])
        return found

    def restart(self) -> None:
        _checked(["systemctl", "daemon-reload"])
        # Also takes NRestarts back to 0.
        _run(["systemctl", "reset-failed", UNIT])
        _checked(["systemctl", "restart", "--no-block", UNIT])

    def stop(self) -> None:
        _run(["systemctl", "stop", UNIT])
        _run(["systemctl", "reset-failed", UNIT])

    def state(self) -> DaemonState:
        said = _run(["systemctl", "show", UNIT, f"--property={_SHOWN}"]).stdout
        shown: dict[str, str] = dict(line.partition("=")[::2] for line in said.splitlines())
        active = shown.get("ActiveState", "unknown")
        detail = f"{active} ({shown.get('SubState')}), result {shown.get('Result')}"
        if shown.get("Result") != "success":
            detail += f", exit status {shown.get('ExecMainStatus')}"
        return DaemonState(
            active=active == "active",
            failed=active == "failed",
            pid=int(shown.get("MainPID") or 0),
            restarts=int(shown.get("NRestarts") or 0),
            detail=detail,
        )

    def log_tail(self) -> list[str]:
        return _run(
            ["journalctl", "--unit", UNIT, "-n", _TAIL_LINES, "-o", "cat", "--no-pager"]
        ).stdout.splitlines()

    def try_command(
        self, release: Path, command: list[str], timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        self._make_user()
        files = [release / "unit" / UNIT, *sorted((self._layout.units / f"{UNIT}.d").glob("*.conf"))]
        properties = [line for path in files for line in service_properties(path.read_text())]
        limits = [f"--property={line}" for line in [*properties, f"RuntimeMaxSec={timeout_s:.0f}"]]
        return _run(["systemd-run", "--quiet", "--wait", "--pipe", "--collect", *limits, "--", *command])

    def _make_user(self) -> None:
        if _run(["id", "-u", USER]).returncode != 0:
            home = ["--home-dir", str(self._layout.state), "--shell", "/usr/sbin/nologin"]
            _checked(["useradd", "--system", *home, USER])


def service_properties(unit: str) -> list[str]:
    """The lines of a unit file that a trial command runs under."""
    lines, section = [], ""
    for line in map(str.strip, unit.splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line.partition("=")[0] in _OF_THE_UNIT:
            lines.append(line)
    return lines


def _link(path: Path, target: str) -> None:
    """A unit that somebody put there by hand is kept beside it."""
    if path.is_symlink() and os.readlink(str(path)) == target:
        return
    if path.exists() and not path.is_symlink():
        durable.set_aside(path)
    durable.point(path, target)


def _written(path: Path) -> bool:
    """Write one of the agent's own units; whether it was another before."""
    content = pkgutil.get_data(__package__ or "", f"unit/{path.name}") or b""
    if path.exists() and path.read_bytes() == content:
        return False
    durable.write(path, content)
    return True


def _checked(command: list[str]) -> None:
    done = _run(command)
    if done.returncode != 0:
        raise RefusedError(
            "systemd",
            done.stderr.strip() or f"exit status {done.returncode}",
            " ".join(command),
            "see its log",
        )


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
