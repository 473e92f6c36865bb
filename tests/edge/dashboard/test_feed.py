from __future__ import annotations

import threading
from pathlib import Path

import pytest

from edge.dashboard.choice import Choice
from edge.dashboard.feed import Feed
from edge.dashboard.fleet import CameraKey
from edge.dashboard.keeper import Keeper
from edge.dashboard.store import Store
from edge.errors import ConfigError
from edge.mqtt.happenings import Accepted, Arrived, Happening, Lost, Refused, Subscribed
from edge.mqtt.payload import Message
from edge.mqtt.settings import MqttSettings, MqttVersion
from tests.edge.dashboard.messages import a_window
from tests.edge.mqtt.fake_link import FakeLink, wait_until

SETTINGS = MqttSettings(host="broker.test")


class Links:
    """Gives one link after the other, the last of them again and again."""

    def __init__(self, *links: FakeLink) -> None:
        self.opened = 0
        self.versions: list[MqttVersion] = []
        self._links = links

    def __call__(
        self, settings: MqttSettings, client_id: str, will: Message | None, version: MqttVersion
    ) -> FakeLink:
        self.opened += 1
        self.versions.append(version)
        return self._links[min(self.opened, len(self._links)) - 1]


def saying(*happenings: Happening) -> FakeLink:
    link = FakeLink()
    link.script = [Accepted(), *happenings]
    return link


def started(links: Links, folder: Path) -> Feed:
    feed = Feed(SETTINGS, "dashboard", Keeper(folder / "dashboard.sqlite3", 1e9), links)
    feed.start()
    return feed


def test_what_arrives_is_in_the_fleet_and_when_it_stops_in_the_store(tmp_path: Path) -> None:
    link = saying(Subscribed(), Arrived(a_window(), False))
    feed = started(Links(link), tmp_path)
    assert wait_until(lambda: CameraKey("lab", "pi-1", "door") in feed.fleet.cameras)
    assert link.filters == [("emotion/v1/+/+/#", 1)]
    assert feed.trouble is None
    feed.stop()
    assert link.goodbye is False  # the broker keeps the session, and windows for us
    store = Store(tmp_path / "dashboard.sqlite3")
    assert len(list(store.payloads(Choice(), 0, 1e12))) == 1
    store.close()


@pytest.mark.parametrize(
    ("happening", "words"),
    [
        (Lost("cable"), "connection lost (cable)"),
        (Refused(134, "bad"), "refuses"),
        (Subscribed("Not authorized"), "refuses the subscription: Not authorized"),
    ],
)
def test_trouble_is_told_until_a_broker_is_there_again(
    happening: Happening, words: str, tmp_path: Path
) -> None:
    links = Links(saying(happening), saying(Subscribed()))
    feed = started(links, tmp_path)
    assert wait_until(lambda: words in (feed.trouble or ""))
    assert wait_until(lambda: feed.trouble is None)
    feed.stop()
    assert links.opened == 2


def test_a_broker_that_does_not_answer_mqtt_5_is_asked_for_the_older_one(tmp_path: Path) -> None:
    silent = FakeLink()
    silent.script = [Lost("no answer")]
    links = Links(silent, saying(Subscribed()))
    feed = started(links, tmp_path)
    assert wait_until(lambda: feed.trouble is None)
    feed.stop()
    assert links.versions == ["5", "3.1.1"]


def test_an_absent_broker_is_tried_again(tmp_path: Path) -> None:
    absent = FakeLink()
    absent.open_error = ConnectionRefusedError(111, "Connection refused")
    feed = started(Links(absent, saying(Subscribed())), tmp_path)
    assert wait_until(lambda: "is the broker running" in (feed.trouble or ""))
    assert wait_until(lambda: feed.trouble is None)
    feed.stop()
    assert not any(thread.name == "dashboard-feed" for thread in threading.enumerate())


def test_a_proxy_that_hangs_up_while_the_broker_starts_does_not_cost_the_session(tmp_path: Path) -> None:
    hung_up = FakeLink()
    hung_up.script = [Lost("closed")]
    links = Links(saying(Subscribed(), Lost("cable")), hung_up, saying(Subscribed()))
    feed = started(links, tmp_path)
    assert wait_until(lambda: links.opened == 3 and feed.trouble is None)
    feed.stop()
    assert links.versions == ["5", "5", "5"]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (ConfigError("mqtt.tls.ca: ca.pem: cannot be read"), "--ca: ca.pem"),
        (RuntimeError("a bug"), "the dashboard itself failed (RuntimeError: a bug)"),
    ],
)
def test_a_failure_of_any_kind_is_told_and_the_feed_goes_on(
    failure: Exception, words: str, tmp_path: Path
) -> None:
    links, failing = Links(saying(Subscribed())), [failure]

    def open_link(
        settings: MqttSettings, client_id: str, will: Message | None, version: MqttVersion
    ) -> FakeLink:
        link = links(settings, client_id, will, version)
        if failing and isinstance(failure, ConfigError):
            raise failing.pop()
        link.open_error = failing.pop() if failing else None
        return link

    feed = Feed(SETTINGS, "dashboard", Keeper(tmp_path / "dashboard.sqlite3", 1e9), open_link)
    feed.start()
    assert wait_until(lambda: words in (feed.trouble or ""))
    assert wait_until(lambda: feed.trouble is None)
    feed.stop()
