from __future__ import annotations

import pytest

from deploy.device import ConnectionLostError, DeviceError, Ran
from deploy.ssh.unreachable import connection_error, no_root, refused_root

CHANGED = """@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
Host key for [127.0.0.1]:2222 has changed and you have requested strict checking.
Host key verification failed."""


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (CHANGED, "host-key-changed"),
        ("No ED25519 host key is known for x\nHost key verification failed.", "host-key-unknown"),
        ("pi@10.0.0.1: Permission denied (publickey).", "wrong-key"),
        ("Received disconnect: Too many authentication failures", "wrong-key"),
    ],
)
def test_what_will_not_change_by_waiting_is_refused_with_what_to_do(said: str, code: str) -> None:
    error = connection_error(said)
    assert isinstance(error, DeviceError)
    assert error.code == code
    assert "; " in str(error)


def test_what_stops_at_the_jump_host_is_told_by_its_reason() -> None:
    closed = "\nConnection closed by UNKNOWN port 65535"
    unknown = connection_error("Host key verification failed." + closed)
    assert isinstance(unknown, DeviceError)
    assert unknown.code == "jump-host"
    for denied in ("root@gate: Permission denied (publickey).", "Too many authentication failures"):
        refused = connection_error(denied + closed)
        assert isinstance(refused, DeviceError)
        assert (refused.code, str(refused)[:31]) == ("jump-host", "the jump host does not accept t")
    beyond = connection_error(
        "channel 0: open failed: connect failed: No route to host\nstdio forwarding failed" + closed
    )
    assert str(beyond) == "offline: channel 0: open failed: connect failed: No route to host"
    away = connection_error("ssh: connect to host gate port 22: Connection refused" + closed)
    assert str(away) == "offline: ssh: connect to host gate port 22: Connection refused"


@pytest.mark.parametrize(
    "said",
    [
        "ssh: connect to host 10.0.0.1 port 22: No route to host",
        "ssh: connect to host pi port 22: Connection refused",
        "ssh: Could not resolve hostname pi.local: Name or service not known",
        "",
    ],
)
def test_anything_else_means_that_the_device_is_offline(said: str) -> None:
    error = connection_error(said)
    assert isinstance(error, ConnectionLostError)
    assert str(error) == f"offline: {said or 'no answer'}"


WARNING = "sudo: unable to resolve host pi-kitchen: Name or service not known\n"


@pytest.mark.parametrize(
    ("status", "stdout", "stderr"),
    [
        (0, "", "sudo: a password is required"),
        (97, "", WARNING),
        (1, '{"error": {"code": "locked", "what": "she has it"}}', WARNING),
        (1, "", WARNING + "mv: cannot move: Read-only file system"),
        (127, "", "sudo: /usr/bin/python3: command not found"),
    ],
)
def test_a_command_that_ran_is_not_taken_for_one_that_sudo_refused(
    status: int, stdout: str, stderr: str
) -> None:
    assert refused_root(Ran(status, stdout, stderr)) is None


@pytest.mark.parametrize(
    "said",
    [
        "sudo: a password is required",
        "pi is not in the sudoers file.  This incident will be reported.",
        "Sorry, user pi may not run sudo on pi-kitchen.",
        "Sorry, user pi is not allowed to execute '/bin/sh' as root on pi-kitchen.",
        "sudo: 3 incorrect password attempts",
        "sudo: sorry, you must have a tty to run sudo",
        "su: Authentication failure",
        "su: must be run from a terminal",
        "/bin/sh: 1: su: not found",
        "bash: line 1: sudo: command not found",
        "Timeout (12s) waiting for privilege escalation prompt: ",
        "Incorrect sudo password",
    ],
)
def test_every_way_to_say_no_is_known_whatever_stands_beside_it(said: str) -> None:
    refused = refused_root(Ran(1, "", said + "\n" + WARNING))
    assert refused is not None
    assert f"cannot become root: {said.strip()}; allow it" in str(refused)
    by_ansible = refused_root(Ran(1, "", WARNING), said)
    assert by_ansible is not None
    assert by_ansible.code == "no-root"


def test_that_the_user_cannot_become_root_is_told_from_other_failures() -> None:
    refused = no_root("sudo: a password is required\n")
    assert refused is not None
    assert refused.code == "no-root"
    assert "sudo: a password is required; allow it" in str(refused)
    absent = no_root("sh: 1: sudo: not found")
    assert absent is not None
    assert "correct become in the inventory" in str(absent)
    assert no_root("cat: /x: No such file or directory") is None
