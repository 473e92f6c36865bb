"""The agent: one JSON object on stdout; exit 1 with ``error`` where something was refused."""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.agent.command_line import parser
from deploy.agent.layout import Layout
from deploy.agent.refusal import RefusedError, of_os_error
from deploy.agent.supervisor import Supervisor

#: Verb to where its function is; a device has little time to load what is not needed.
_VERBS = {
    "facts": ("looking", "facts"),
    "status": ("looking", "status"),
    "manifest": ("looking", "manifest_of"),
    "audit": ("looking", "audit"),
    "lock": ("locking", "lock"),
    "unlock": ("locking", "unlock"),
    "plan": ("locking", "planned"),
    "preflight": ("locking", "begin"),
    "receive": ("bringing", "receive"),
    "apply": ("bringing", "apply"),
    "progress": ("bringing", "progress"),
    "rollback": ("tending", "rollback"),
    "prune": ("tending", "prune"),
    "boot-check": ("tending", "boot_check"),
    "heal": ("tending", "heal"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one verb."""
    os.umask(0o022)  # sudo keeps that of whoever asked, and the daemon must be able to read its release
    options = parser().parse_args(arguments)
    if options.supervisor is None:
        with_systemd = options.root == Path("/") and Path("/run/systemd/system").is_dir()
        options.supervisor = "systemd" if with_systemd else "process"
    layout = Layout(options.root)
    try:
        print(json.dumps(_verb(options.verb)(options, layout, _supervisor(options.supervisor, layout))))
    except RefusedError as err:
        print(json.dumps({"error": err.as_json()}))
        return 1
    except OSError as err:
        print(json.dumps({"error": of_os_error(err, options.verb).as_json()}))
        return 1
    return 0


def _verb(name: str) -> Callable[..., dict[str, Any]]:
    module, function = _VERBS[name]
    found: Callable[..., dict[str, Any]] = getattr(
        importlib.import_module(f"deploy.agent.verbs.{module}"), function
    )
    return found


def _supervisor(name: str, layout: Layout) -> Supervisor:
    if name == "systemd":
        from deploy.agent.systemd_supervisor import SystemdSupervisor

        return SystemdSupervisor(layout)
    from deploy.agent.process_supervisor import ProcessSupervisor

    return ProcessSupervisor(layout)


if __name__ == "__main__":
    sys.exit(main())
