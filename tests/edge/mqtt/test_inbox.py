from __future__ import annotations

import select

from edge.mqtt.happenings import Arrived
from edge.mqtt.inbox import CommandInbox
from edge.mqtt.payload import Message
from edge.mqtt.session import Heard


def heard(number: int) -> Heard:
    return Heard(Arrived(Message("t", str(number).encode()), retained=False), late=False)


def test_it_is_readable_while_something_waits_and_keeps_the_order() -> None:
    inbox = CommandInbox()
    assert select.select([inbox.fileno()], [], [], 0)[0] == []
    inbox.put(heard(1))
    inbox.put(heard(2))
    assert select.select([inbox.fileno()], [], [], 0)[0] == [inbox.fileno()]
    assert inbox.take() == [heard(1), heard(2)]
    assert select.select([inbox.fileno()], [], [], 0)[0] == []
    assert inbox.take() == []
    inbox.close()


def test_a_flood_costs_commands_and_no_memory() -> None:
    inbox = CommandInbox()
    for number in range(100_000):
        inbox.put(heard(number))
    assert inbox.take() == [heard(number) for number in range(64)]
    inbox.close()
