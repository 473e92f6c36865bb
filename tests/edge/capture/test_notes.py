from __future__ import annotations

import logging

import pytest

from edge.capture.notes import Notes


@pytest.fixture
def notes(caplog: pytest.LogCaptureFixture) -> Notes:
    caplog.set_level(logging.DEBUG)
    return Notes(logging.getLogger("edge.capture"), "hall")


def levels(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.levelname for record in caplog.records]


def test_a_note_is_a_warning_once_and_its_repeats_are_quiet_in_turn_with_others(
    notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        notes.tell("first")
        notes.tell("second")

    assert levels(caplog) == ["WARNING", "WARNING", "DEBUG", "DEBUG", "DEBUG", "DEBUG"]
    assert caplog.records[0].getMessage() == "first camera=hall"


def test_the_next_process_repeats_quietly_and_a_process_without_it_makes_a_note_new(
    notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    for processes in (1, 1, 2):
        notes.tell("damaged")
        for _ in range(processes):
            notes.begin_again()
    notes.tell("damaged")

    assert levels(caplog) == ["WARNING", "DEBUG", "DEBUG", "WARNING"]


def test_ever_new_notes_of_one_process_do_not_fill_the_log(
    notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(1000):
        notes.tell(f"note {number}")

    assert levels(caplog).count("WARNING") == 20
