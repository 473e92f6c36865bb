from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.capture.pixels import as_image
from edge.capture.slot import ReaderGoneError, SlotReader, SlotWriter
from edge.capture.slot_memory import BUFFERS, Header, SlotError, create_slot
from tests.edge.capture.slots import HEIGHT, SIZE, WIDTH, both_ends, header, post


def test_a_frame_arrives_with_all_that_is_known_of_it() -> None:
    with both_ends() as (writer, reader):
        post(writer, 7)

        taken = reader.acquire()

        assert taken is not None
        assert taken[0] == header(7)
        assert bytes(taken[1]) == bytes([7]) * SIZE


def test_an_empty_slot_gives_nothing() -> None:
    with both_ends() as (_, reader):
        assert reader.acquire() is None
        assert not reader.waiting()
        assert not reader.writer_gone


def test_the_newest_frame_wins_and_the_replaced_are_counted() -> None:
    with both_ends() as (writer, reader):
        for number in range(5):
            post(writer, number)

        taken = reader.acquire()

        assert taken is not None
        assert taken[0] == header(4, dropped=4)
        reader.release()
        assert reader.acquire() is None


def test_a_held_frame_never_changes_however_many_follow() -> None:
    with both_ends() as (writer, reader):
        post(writer, 1)
        taken = reader.acquire()
        assert taken is not None
        for number in range(2, 40):
            post(writer, number)

        assert bytes(taken[1]) == bytes([1]) * SIZE
        reader.release()
        newest = reader.acquire()
        assert newest is not None
        assert newest[0].number == 39


def test_a_lossless_writer_waits_until_the_reader_returns_a_buffer() -> None:
    with both_ends(lossless=True) as (writer, reader):
        for number in range(BUFFERS):
            post(writer, number)
        assert writer.buffer(0) is None

        numbers = []
        for _ in range(BUFFERS):
            taken = reader.acquire()
            assert taken is not None
            numbers.append(taken[0].number)
            reader.release()

        assert numbers == [0, 1, 2]
        assert writer.buffer(0) is not None


def test_the_image_is_looked_at_in_place_and_cannot_be_changed() -> None:
    with both_ends() as (writer, reader):
        post(writer, 9)
        taken = reader.acquire()
        assert taken is not None
        image = as_image(taken[1], taken[0])

        assert image.shape == (HEIGHT, WIDTH, 3)
        assert not image.flags.owndata
        assert not image.flags.writeable
        assert image.min() == image.max() == 9


def test_rows_with_padding_are_seen_without_it() -> None:
    with both_ends() as (writer, reader):
        room = writer.buffer(0)
        assert room is not None
        rows = [bytes([row]) * 9 + b"\xff" * 3 for row in range(2)]
        room[:24] = b"".join(rows)
        writer.publish(Header(3, 2, 12, 0, 0, 0, False, 0))
        taken = reader.acquire()
        assert taken is not None

        image = as_image(taken[1], taken[0])

        assert image[:, :, 0].tolist() == [[0, 0, 0], [1, 1, 1]]


def test_an_image_outlives_the_closing_of_the_slot() -> None:
    with both_ends() as (writer, reader):
        post(writer, 3)
        taken = reader.acquire()
        assert taken is not None
        image = as_image(taken[1], taken[0])

    assert image.max() == 3


def test_a_picture_that_is_too_large_is_a_clear_error() -> None:
    with (
        both_ends() as (writer, _),
        pytest.raises(SlotError, match=r"4000x3000 needs 36000000 bytes, the slot holds 4096"),
    ):
        writer.publish(Header(4000, 3000, 12000, 0, 0, 0, True, 0))


def test_two_frames_cannot_be_held_at_once() -> None:
    with both_ends() as (writer, reader):
        post(writer, 1)
        reader.acquire()
        with pytest.raises(ValueError, match="release"):
            reader.acquire()


def test_a_writer_that_breaks_the_rules_is_found_out_at_release() -> None:
    with both_ends() as (writer, reader):
        post(writer, 1)
        reader.acquire()
        for buffer in range(BUFFERS):
            writer._memory.write_header(buffer, 999, header(5))

        with pytest.raises(SlotError, match="rewritten"):
            reader.release()


def test_a_token_that_contradicts_the_memory_is_refused() -> None:
    with both_ends() as (writer, reader):
        post(writer, 1)
        for buffer in range(BUFFERS):
            writer._memory.write_header(buffer, 999, header(5))

        with pytest.raises(SlotError, match="generation"):
            reader.acquire()


def test_each_side_learns_that_the_other_has_gone() -> None:
    fds = create_slot(4096)
    writer = SlotWriter(fds.memory, fds.mail_read, fds.mail_write, fds.back_read, lossless=False)
    reader = SlotReader(fds.memory, fds.mail_read, fds.back_write)
    post(writer, 1)
    os.close(fds.mail_write)

    assert reader.acquire() is not None
    reader.release()
    assert reader.acquire() is None
    assert reader.writer_gone
    os.close(fds.back_write)
    writer.buffer(0)  # the buffer just returned
    with pytest.raises(ReaderGoneError):
        writer.buffer(0)
    writer.close()
    reader.close()
    for fd in (fds.memory, fds.mail_read, fds.back_read):
        os.close(fd)


def test_signs_of_life_are_counted() -> None:
    with both_ends() as (writer, reader):
        for _ in range(3):
            writer.beat()

        assert reader.beats() == 3


def test_the_writer_cannot_pull_the_memory_away_from_under_the_reader() -> None:
    fds = create_slot(4096)
    with pytest.raises(PermissionError):
        os.ftruncate(fds.memory, 0)
    fds.close()


def test_another_file_is_not_taken_for_a_slot() -> None:
    fd = os.memfd_create("other")
    os.ftruncate(fd, 8192)
    with pytest.raises(SlotError, match="not a frame slot"):
        SlotReader(fd, fd, fd)
    os.close(fd)


@given(st.lists(st.sampled_from(["post", "acquire", "release"]), max_size=60))
def test_in_any_order_of_steps_frames_are_whole_in_order_and_all_accounted_for(steps: list[str]) -> None:
    with both_ends() as (writer, reader):
        posted, last, held, seen = 0, -1, False, 0
        for step in [*steps, "release", "acquire"]:
            if step == "post":
                post(writer, posted)
                posted += 1
            elif step == "release":
                reader.release()
                held = False
            elif not held and (taken := reader.acquire()) is not None:
                held, seen = True, seen + 1
                number = taken[0].number
                assert number > last
                assert bytes(taken[1]) == bytes([number % 256]) * SIZE
                assert seen + taken[0].dropped == number + 1
                last = number
        assert last == posted - 1
