from __future__ import annotations

import pytest

from edge.errors import SourceError
from edge.mqtt.happenings import Accepted, Lost, Refused
from edge.mqtt.login import try_login
from edge.mqtt.settings import MqttSettings
from tests.edge.mqtt.fake_link import FakeLink

SETTINGS = MqttSettings(host="broker.local", connect_timeout_s=0.2)


def answering(*happenings: Accepted | Refused | Lost) -> FakeLink:
    link = FakeLink()
    link.script = list(happenings)
    return link


def test_being_let_in_is_all_that_is_wanted_and_it_leaves_politely() -> None:
    link = answering(Accepted())
    try_login(SETTINGS, open_link=lambda *_: link)
    assert link.goodbye is True


@pytest.mark.parametrize(
    ("link", "words"),
    [
        (answering(Refused(135, "Not authorized")), "set mqtt.username and mqtt.password"),
        (answering(Lost("reset")), "check mqtt.port"),
        (answering(), "no answer within 0.2 s"),
    ],
)
def test_a_refusal_says_what_to_do(link: FakeLink, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        try_login(SETTINGS, open_link=lambda *_: link)


def test_an_absent_broker_is_said() -> None:
    link = answering()
    link.open_error = ConnectionRefusedError(111, "Connection refused")
    with pytest.raises(SourceError, match="is the broker running"):
        try_login(SETTINGS, open_link=lambda *_: link)
