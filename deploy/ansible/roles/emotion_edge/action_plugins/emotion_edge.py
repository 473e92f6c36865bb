"""Ansible's side of the steps in :mod:`deploy.steps`: any connection and become method of Ansible will do."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

from deploy.device import ConnectionLostError, DeviceError, Ran
from deploy.ssh.unreachable import connection_error, no_root, refused_root
from deploy.steps.step import run_step

#: Whoever is lost in these may have been cut off by the release itself. Ansible counts no host that it cannot
#: reach among the failures that stop a rollout, so to Ansible it has failed; the journal says ``pending``.
_CHANGING = ("apply", "soak")


class AnsibleDevice:
    """One host of the play as a :class:`deploy.device.Device`."""

    def __init__(self, action: ActionBase) -> None:
        self._action = action

    def run(self, command: Sequence[str], stdin: bytes = b"") -> Ran:
        try:
            ran = self._action._low_level_execute_command(shlex.join(command), in_data=stdin or None)
        except AnsibleConnectionFailure as err:
            self._action._connection.reset()
            raise connection_error(str(err)) from err
        except AnsibleError as err:
            raise no_root(str(err)) or DeviceError("ansible", str(err)) from err
        done = Ran(ran["rc"], ran["stdout"], ran["stderr"])
        if refused := refused_root(done, ran.get("msg", "")):
            raise refused
        return done


class ActionModule(ActionBase):  # type: ignore[misc]
    """``emotion_edge: {step: …, order: …}``; the role's defaults say what is in an order."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            given = {**self._task.args["order"], **self._task.args}
            result.update(run_step(AnsibleDevice(self), given, check=self._task.check_mode))
        except ConnectionLostError as err:
            if self._task.args["step"] not in _CHANGING:
                raise AnsibleConnectionFailure(str(err)) from err
            result.update(failed=True, msg=str(err), code="lost")
        except DeviceError as err:
            result.update(failed=True, msg=str(err), code=err.code)
        return result
