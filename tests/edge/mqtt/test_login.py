from __future__ import annotations

import pytest

from edge.errors import SourceError
from edge.mqtt.happenings import Accepted, Lost, Refused
from edge.mqtt.login import try_login
from edge.mqtt.payload import Message
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


def test_a_broker_that_speaks_no_5_is_asked_again_on_3_1_1_and_any_other_refusal_is_final() -> None:
    def tried(first: Accepted | Refused | Lost) -> list[str]:
        versions: list[str] = []
        links = [answering(first), answering(Accepted())]

        def open_link(_settings: MqttSettings, _id: str, _will: Message | None, version: str) -> FakeLink:
            versions.append(version)
            return links.pop(0)

        try:
            assert try_login(SETTINGS, open_link=open_link) == versions[-1]
        except SourceError:
            versions.append("refused")
        return versions

    assert tried(Accepted()) == ["5"]
    assert tried(Refused(132, "Unsupported protocol version")) == ["5", "3.1.1"]
    assert tried(Lost("reset")) == ["5", "3.1.1"]
    assert tried(Refused(134, "Bad user name or password")) == ["5", "refused"]


def test_a_version_that_is_fixed_is_the_only_one_tried_and_no_session_is_left() -> None:
    asked: list[tuple[str, int]] = []

    def open_link(settings: MqttSettings, _id: str, _will: Message | None, version: str) -> FakeLink:
        asked.append((version, settings.session_expiry_s))
        return answering(Lost("reset"))

    with pytest.raises(SourceError):
        try_login(SETTINGS.model_copy(update={"version": "3.1.1"}), open_link=open_link)
    assert asked == [("3.1.1", 0)]
