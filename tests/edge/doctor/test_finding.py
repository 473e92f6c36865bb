from __future__ import annotations

from pathlib import Path

import pytest

from edge.doctor.finding import examined, exit_status, fail, ok, warn
from edge.doctor.parts import existing
from edge.errors import ConfigError, SourceError


def raising(err: Exception) -> str:
    raise err


def test_an_error_s_message_becomes_what_was_found_and_what_to_do() -> None:
    found = examined("broker", lambda: raising(SourceError("b:1883: refused; is it running; and where?")))
    assert (found.verdict, found.found, found.advice) == (
        "fail",
        "b:1883: refused",
        "is it running; and where?",
    )
    assert found.text == "b:1883: refused; is it running; and where?"
    assert examined("disk", lambda: "42 MB free") == ok("disk", "42 MB free")


def test_warnings_leave_the_status_at_0_and_a_file_to_correct_beats_all_else() -> None:
    outside = examined("x", lambda: raising(SourceError("a")))
    file = examined("x", lambda: raising(ConfigError("b")))
    assert exit_status([]) == 0
    assert exit_status([ok("a", "b"), warn("a", "b", "c")]) == 0
    assert exit_status([outside, fail("a", "b", "c")]) == 1
    assert exit_status([file, outside]) == 78


def test_what_this_user_may_not_do_is_a_finding_and_the_others_are_made_too() -> None:
    def refused() -> str:
        raise PermissionError(13, "Permission denied", "/srv/emotion-edge/outbox")

    finding = examined("outbox", refused)
    assert (finding.verdict, finding.status) == ("fail", 1)
    assert "Permission denied: '/srv/emotion-edge/outbox'" in finding.found


def test_a_folder_behind_one_of_another_user_counts_as_absent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    closed = tmp_path / "closed"

    def exists(path: Path) -> bool:
        if closed in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return path == tmp_path or path in tmp_path.parents

    monkeypatch.setattr(Path, "exists", exists)
    assert existing(closed / "queue" / "deeper") == tmp_path
