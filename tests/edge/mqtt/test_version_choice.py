from __future__ import annotations

import pytest

from edge.mqtt.happenings import Lost, Refused
from edge.mqtt.version_choice import VersionChoice

HUNG_UP, UNSUPPORTED, WRONG_PASSWORD = (
    Lost("hung up"),
    Refused(132, "unsupported"),
    Refused(134, "bad password"),
)


@pytest.mark.parametrize("ended", [HUNG_UP, UNSUPPORTED])
def test_a_broker_that_has_never_let_us_in_is_asked_for_3_1_1_and_then_for_5_again(
    ended: Refused | Lost,
) -> None:
    choice = VersionChoice("auto")
    tried = [(choice.version, choice.not_let_in(ended)) for _ in range(3)]
    assert tried == [("5", True), ("3.1.1", False), ("5", True)]


def test_what_has_served_on_5_is_left_only_for_its_own_word() -> None:
    choice = VersionChoice("auto")
    choice.let_in()
    tried = [(choice.version, choice.not_let_in(ended)) for ended in (HUNG_UP, UNSUPPORTED, UNSUPPORTED)]
    assert tried == [("5", False), ("5", True), ("3.1.1", False)]


def test_a_wrong_password_says_nothing_of_versions() -> None:
    choice = VersionChoice("auto")
    assert not choice.not_let_in(WRONG_PASSWORD)
    assert choice.version == "5"


def test_a_version_that_is_fixed_stays() -> None:
    choice = VersionChoice("3.1.1")
    assert not choice.not_let_in(HUNG_UP)
    assert choice.version == "3.1.1"


def test_another_broker_at_the_same_address_may_speak_3_1_1_alone() -> None:
    choice = VersionChoice("auto")
    choice.let_in()
    assert [choice.not_let_in(HUNG_UP) for _ in range(20)] == [False] * 19 + [True]
    assert choice.version == "3.1.1"


@pytest.mark.parametrize(("ended", "next_version"), [(HUNG_UP, "5"), (UNSUPPORTED, "3.1.1")])
def test_after_a_connection_on_3_1_1_only_a_broker_that_has_refused_5_is_not_asked_for_it(
    ended: Refused | Lost, next_version: str
) -> None:
    choice = VersionChoice("auto")
    assert choice.not_let_in(ended)
    choice.let_in()
    assert choice.version == next_version


def test_a_broker_that_is_always_silent_on_5_is_left_on_3_1_1() -> None:
    choice = VersionChoice("auto")
    spoken = []
    for _ in range(5):  # a connection each
        if choice.version == "5":
            choice.not_let_in(HUNG_UP)
            spoken.append("5")
        choice.let_in()
        spoken.append("3.1.1")
    assert spoken == ["5", "3.1.1"] * 4 + ["3.1.1"]
