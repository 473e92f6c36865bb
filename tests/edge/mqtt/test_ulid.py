from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from edge.mqtt.ulid import UlidFactory, new_ulid


def test_the_published_example_of_the_specification_is_reproduced() -> None:
    # 01ARYZ6S41 is the time part that the specification gives for 1469918176385 ms.
    ulid = UlidFactory(time_ms=lambda: 1469918176385, random_bits=lambda: 0)()
    assert ulid == "01ARYZ6S41" + "0" * 16


def test_within_a_millisecond_identifiers_still_grow() -> None:
    factory = UlidFactory(time_ms=lambda: 5, random_bits=lambda: (1 << 80) - 1)
    first, second = factory(), factory()
    assert first < second
    assert second[:10] == "0000000006"  # the random part was full: the next millisecond is borrowed


@given(st.lists(st.integers(0, 2**47), min_size=2, max_size=50))
def test_identifiers_grow_whatever_the_clock_does(times_ms: list[int]) -> None:
    clock = iter(times_ms)
    factory = UlidFactory(time_ms=lambda: next(clock))
    made = [factory() for _ in times_ms]
    assert made == sorted(set(made))
    assert all(len(ulid) == 26 for ulid in made)


def test_threads_never_get_the_same_identifier() -> None:
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend(new_ulid() for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000
