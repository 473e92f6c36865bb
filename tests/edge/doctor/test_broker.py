from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from edge.doctor.broker import examine_broker
from edge.doctor.finding import Finding
from edge.mqtt.happenings import (
    Accepted,
    Acknowledged,
    Arrived,
    Happening,
    Lost,
    Refused,
    Rejected,
    Subscribed,
)
from edge.mqtt.payload import Message
from edge.settings import Settings
from tests.edge.mqtt.fake_link import FakeLink, Sent


@pytest.fixture
def port() -> Iterator[int]:
    """Somebody listens there; what is said, the fake link says."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


class PlayedBroker(FakeLink):
    """Lets us in and answers subscriptions; ``reply`` answers what is published."""

    def __init__(
        self,
        reply: Callable[[list[Sent]], list[Happening]],
        answers: dict[str, list[Happening]] | None = None,
    ) -> None:
        super().__init__(reply)
        self.script = [Accepted()]
        self._answers = answers or {}

    def subscribe(self, topic_filter: str, qos: int) -> None:
        super().subscribe(topic_filter, qos)
        self.script += self._answers.get(topic_filter, [Subscribed()])


def taking(sent: list[Sent]) -> list[Happening]:
    return [Acknowledged(one.number) for one in sent]


def echoing(sent: list[Sent]) -> list[Happening]:
    return [*taking(sent), *(Arrived(one.message, False) for one in sent)]


def denying(sent: list[Sent]) -> list[Happening]:
    return [Rejected(one.number, 135, "Not authorized") for one in sent]


def configured(port: int, **changes: Any) -> Settings:
    fields = {
        "schema": "edge/1", "site": "lab", "device": "pi-1", "purpose": "research",
        "cameras": [{"name": "door", "source": "v4l2"}],
        "mqtt": {"host": "127.0.0.1", "port": port, "connect_timeout_s": 0.3, **changes},
    }  # fmt: skip
    return Settings.model_validate(fields)


def told(settings: Settings, link: FakeLink) -> dict[str, Finding]:
    return {finding.part: finding for finding in examine_broker(settings, lambda *_: link)}


def verdicts(found: dict[str, Finding]) -> dict[str, str]:
    return {part: finding.verdict for part, finding in found.items()}


def test_each_step_is_told_and_the_guest_leaves_politely(port: int) -> None:
    link = PlayedBroker(taking)
    found = told(configured(port), link)
    steps = ("reached", "encrypted", "login", "publish", "commands")
    assert verdicts(found) == dict.fromkeys([*(f"broker {step}" for step in steps), "home assistant"], "ok")
    assert "on MQTT 5" in found["broker login"].found
    assert link.goodbye is True
    (sent,) = link.sent
    assert (sent.message.topic, sent.retain) == ("emotion/v1/lab/pi-1/result/doctor", False)


def test_an_absent_broker_ends_it_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    found = told(configured(port), FakeLink())
    assert verdicts(found) == {"broker reached": "fail"}
    assert "is the broker running" in found["broker reached"].advice


def test_a_refused_login_and_a_lost_connection_are_told(port: int) -> None:
    refusing, dying = FakeLink(), PlayedBroker(lambda sent: [Lost("cable")] if sent else [])
    refusing.script = [Refused(134, "Bad user name or password")]
    found = told(configured(port), refusing)["broker login"]
    assert (found.verdict, "set mqtt.username" in found.text) == ("fail", True)
    assert "connection lost (cable)" in told(configured(port), dying)["broker login"].text


def test_on_mqtt_5_a_denied_topic_is_named(port: int) -> None:
    refused: list[Happening] = [Subscribed("Not authorized")]
    link = PlayedBroker(denying, {"emotion/v1/lab/pi-1/set/+": refused})
    found = told(configured(port), link)
    assert verdicts(found)["broker publish"] == verdicts(found)["broker commands"] == "fail"
    assert "(ACL)" in found["broker publish"].advice
    assert "not authorised" in found["broker publish"].found


def test_on_3_1_1_only_an_echo_proves_that_a_message_was_taken(port: int) -> None:
    settings = configured(port, version="3.1.1")
    assert told(settings, PlayedBroker(echoing))["broker publish"].verdict == "ok"
    unproven = told(settings, PlayedBroker(taking))["broker publish"]
    assert (unproven.verdict, "a denial looks the same" in unproven.found) == ("warn", True)


@pytest.mark.parametrize(
    ("retained", "verdict", "words"),
    [
        ([b"online"], "ok", "says online"),
        ([b"offline"], "warn", "offline"),
        ([], "warn", "nothing is retained"),
    ],
)
def test_home_assistant_is_looked_for_where_discovery_is_on(
    port: int, retained: list[bytes], verdict: str, words: str
) -> None:
    topic = "homeassistant/status"
    # A broker may send what it kept before it answers the subscription.
    arrived: list[Happening] = [Arrived(Message(topic, payload), True) for payload in retained]
    link = PlayedBroker(taking, {topic: [*arrived, Subscribed()]})
    settings = configured(port)
    on = type(settings.home_assistant).model_construct(prefix="homeassistant", discovery=True)
    found = told(settings.model_copy(update={"home_assistant": on}), link)["home assistant"]
    assert (found.verdict, words in found.found) == (verdict, True)
