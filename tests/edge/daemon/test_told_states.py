"""Cameras that went while the daemon was stopped, as the broker sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.daemon.told_states import ToldStates
from edge.mqtt.topics import Topics

SHOP = Topics("lab", "shop")


class Broker:
    """Has forgotten what it was asked to once it says so."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.waiting: set[str] = set()

    def forget(self, topic: str) -> None:
        self.asked.append(topic)
        self.waiting.add(topic)

    def forgets(self, topic: str) -> bool:
        return topic in self.waiting


def started(path: Path, broker: Broker, topics: Topics = SHOP) -> ToldStates:
    return ToldStates(path, topics, broker)


def test_a_camera_that_is_gone_at_the_next_start_is_taken_back_until_the_broker_has_forgotten_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "outbox.told.json"
    started(path, Broker()).tell(("door", "hall"))
    for _ in range(2):  # killed before the broker had heard of it
        broker = Broker()
        again = started(path, broker)
        again.tell(("door",))
        again.tell(("door",))
        assert broker.asked == [SHOP.state("hall")]
    broker.waiting.clear()
    again.tell(("door",))
    later = Broker()
    started(path, later).tell(("door",))
    assert later.asked == []


def test_what_a_reload_has_asked_for_is_not_asked_for_again(tmp_path: Path) -> None:
    path, broker = tmp_path / "outbox.told.json", Broker()
    states = started(path, broker)
    states.tell(("door", "hall"))
    broker.forget(SHOP.state("hall"))
    states.tell(("door",))
    assert broker.asked == [SHOP.state("hall")]


def test_a_camera_that_comes_back_is_kept(tmp_path: Path) -> None:
    path, broker = tmp_path / "outbox.told.json", Broker()
    states = started(path, broker)
    for names in (("door", "hall"), ("door",), ("door", "hall")):
        states.tell(names)
    broker.waiting.clear()
    states.tell(("door", "hall"))
    assert broker.asked == [SHOP.state("hall")]
    started(path, broker).tell(("door",))
    assert broker.asked == [SHOP.state("hall")] * 2


def test_the_topics_of_another_name_are_left_alone(tmp_path: Path) -> None:
    path, broker = tmp_path / "outbox.told.json", Broker()
    started(path, broker).tell(("door",))
    started(path, broker, Topics("lab", "other")).tell(("yard",))
    assert broker.asked == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": "emotion.told/1", "device": 3}'])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, content: str) -> None:
    path, broker = tmp_path / "outbox.told.json", Broker()
    path.write_text(content)
    started(path, broker).tell(("door",))
    started(path, broker).tell(())
    assert broker.asked == [SHOP.state("door")]


def test_a_disk_that_takes_nothing_is_said_once_and_written_to_once_it_does(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way, broker = tmp_path / "state", Broker()
    in_the_way.touch()
    path = in_the_way / "outbox.told.json"
    states = started(path, broker)
    caplog.clear()
    states.tell(("door",))
    states.tell(("door",))
    assert caplog.text.count("cannot be written") == 1
    in_the_way.unlink()
    states.tell(("door",))
    started(path, broker).tell(())
    assert broker.asked == [SHOP.state("door")]


def test_on_a_disk_that_is_mounted_late_nothing_is_written_over(tmp_path: Path) -> None:
    path, broker, there = tmp_path / "usb" / "outbox.told.json", Broker(), [False]
    started(path, broker).tell(("door", "hall"))
    path.parent.rename(tmp_path / "unplugged")
    states = ToldStates(path, SHOP, broker, lambda: there[0])
    states.tell(("door",))
    assert not path.parent.exists()
    (tmp_path / "unplugged").rename(path.parent)
    states.tell(("door",))
    assert broker.asked == [SHOP.state("hall")]
