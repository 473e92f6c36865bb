from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from edge.capture.messages import MessageReader, MessageWriter


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    told, tell = os.pipe()
    os.set_blocking(told, False)
    yield told, tell
    os.close(told)


def test_messages_arrive_in_order_and_redacted(pipe: tuple[int, int]) -> None:
    writer, reader = MessageWriter(pipe[1]), MessageReader(pipe[0])
    writer.opened("rtsp://a:b@cam", 640, 480)
    writer.note("hello")
    writer.error("cannot open rtsp://u:secret@cam/x")
    writer.ended(12)

    assert reader.read() == [
        {"kind": "opened", "address": "rtsp://***@cam", "width": 640, "height": 480},
        {"kind": "note", "text": "hello"},
        {"kind": "error", "reason": "cannot open rtsp://***@cam/x"},
        {"kind": "ended", "frames": 12},
    ]
    assert reader.read() == []
    os.close(pipe[1])
    reader.read()
    assert reader.at_end


def test_the_password_of_the_cameras_own_url_is_hidden_whatever_it_holds(pipe: tuple[int, int]) -> None:
    url = "rtsp://admin:don't  look@cam/1"
    writer, reader = MessageWriter(pipe[1], url), MessageReader(pipe[0])
    writer.error(f"ValueError: cannot read {url}!")

    assert reader.read() == [{"kind": "error", "reason": "ValueError: cannot read rtsp://***@cam/1!"}]
    os.close(pipe[1])


def test_half_a_line_waits_for_its_rest(pipe: tuple[int, int]) -> None:
    reader = MessageReader(pipe[0])
    os.write(pipe[1], b'{"kind": "no')
    assert reader.read() == []
    os.write(pipe[1], b'te", "text": "x"}\n')

    assert reader.read() == [{"kind": "note", "text": "x"}]
    os.close(pipe[1])


def test_nonsense_is_ignored(pipe: tuple[int, int]) -> None:
    reader = MessageReader(pipe[0])
    os.write(pipe[1], b'garbage\n[1]\n\xff\xfe\n{"kind": "ended"}\n')

    assert reader.read() == [{"kind": "ended"}]
    os.close(pipe[1])


def test_a_long_text_stays_one_line(pipe: tuple[int, int]) -> None:
    MessageWriter(pipe[1]).error("several\nlines " * 1000)

    [message] = MessageReader(pipe[0]).read()
    assert "\n" not in message["reason"]
    assert len(message["reason"]) <= 600
    os.close(pipe[1])
