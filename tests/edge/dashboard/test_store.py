from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.dashboard.choice import SPANS, Choice
from edge.dashboard.fleet import CameraKey
from edge.dashboard.history import History
from edge.dashboard.keeper import Keeper
from edge.dashboard.rollup import STEPS_S
from edge.dashboard.store import Coverage, Store
from edge.errors import EmotionEdgeError
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Identity
from edge.mqtt.settings import OutboxSettings
from tests.edge.dashboard.messages import an_arrival
from tests.edge.mqtt.event_builder import IDENTITY, NOON_S

DAY_S = 86_400.0
ALL = Choice()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = Store(tmp_path / "history" / "dashboard.sqlite3")
    yield found
    found.close()


def seconds(store: Store, step_s: int) -> float:
    return sum(one.seconds for one in store.sums(step_s, 0, ALL))


def test_a_window_that_comes_twice_is_kept_and_counted_once(store: Store) -> None:
    arrival = an_arrival()
    assert store.add([arrival, arrival]) == 1
    assert store.add([arrival]) == 0
    assert store.count() == 1
    assert [seconds(store, step_s) for step_s in STEPS_S] == pytest.approx([10.0] * len(STEPS_S))


def test_windows_that_come_late_take_their_place_in_time(store: Store) -> None:
    fresh, late = an_arrival(NOON_S + 100), an_arrival(NOON_S, historical=True)
    store.add([fresh])
    store.add([late])
    assert list(store.payloads(ALL, 0, 1e12)) == [late.payload, fresh.payload]
    (coverage,) = store.coverage(ALL).values()
    assert coverage == Coverage(CameraKey("lab", "pi-1", "door"), NOON_S, NOON_S + 110, 10.0)


def test_a_range_ends_with_its_last_window_and_a_choice_leaves_out_the_others(store: Store) -> None:
    elsewhere = Identity("shop", "pi-2", IDENTITY.boot_id)
    arrivals = [an_arrival(NOON_S + n * 10) for n in range(4)] + [an_arrival(identity=elsewhere)]
    store.add(arrivals)
    chosen = store.payloads(Choice(site="lab"), NOON_S + 10, NOON_S + 30)
    assert list(chosen) == [arrivals[1].payload, arrivals[2].payload]
    assert [camera.key.site for camera in store.coverage(Choice(device="pi-2")).values()] == ["shop"]
    assert store.labels() == ["happy", "neutral", "surprise"]


def test_who_reads_slowly_holds_up_nobody(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.dashboard.store._PAGE", 2)
    arrivals = [an_arrival(NOON_S + n * 10) for n in range(5)]
    store.add(arrivals)
    reading = store.payloads(ALL, 0, 1e12)
    read = [next(reading)]
    (busy, _, _) = store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0, "no transaction of the reader's is open"
    assert [*read, *reading] == [arrival.payload for arrival in arrivals]
    twins = [an_arrival(NOON_S + 100, camera=f"c{n}") for n in range(5)]
    store.add(twins)
    assert sorted(store.payloads(ALL, NOON_S + 90, 1e12)) == sorted(one.payload for one in twins)


def test_what_is_too_old_goes_with_its_sums_and_its_camera(store: Store) -> None:
    old, new = an_arrival(NOON_S, camera="attic"), an_arrival(NOON_S + 3 * DAY_S)
    store.add([old, new])
    assert store.prune(NOON_S + 3 * DAY_S + 60, keep_s=2 * DAY_S) == 1
    assert list(store.payloads(ALL, 0, 1e12)) == [new.payload]
    assert [seconds(store, step_s) for step_s in STEPS_S] == pytest.approx([10.0] * len(STEPS_S))
    assert [camera.key.camera for camera in store.coverage(ALL).values()] == ["door"]


def test_the_finest_steps_are_kept_for_a_day_only(store: Store) -> None:
    store.add([an_arrival(NOON_S)])
    assert store.prune(NOON_S + 2 * DAY_S, keep_s=14 * DAY_S) == 0
    assert (seconds(store, 10), seconds(store, 60)) == pytest.approx((0.0, 10.0))


def test_two_processes_may_write_the_same_file(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "history" / "dashboard.sqlite3")
    arrival = an_arrival()
    assert store.add([arrival]) + other.add([arrival]) == 1
    other.close()


def test_a_file_that_is_no_history_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database, but long enough to be looked at" * 20)
    with pytest.raises(EmotionEdgeError, match=r"notes\.txt.*choose another --store"):
        Store(tmp_path / "notes.txt")
    with sqlite3.connect(tmp_path / "newer.sqlite3") as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(EmotionEdgeError, match="another version"):
        Store(tmp_path / "newer.sqlite3")


def test_windows_wait_while_the_store_is_locked_and_are_written_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "dashboard.sqlite3"
    with Keeper(path, keep_s=DAY_S) as keeper:
        assert keeper._store is not None
        keeper._store._connection.execute("PRAGMA busy_timeout = 0")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        keeper.keep([an_arrival(NOON_S)], NOON_S + 10)
        assert "locked" in (keeper.trouble or "")
        other.execute("ROLLBACK")
        other.close()
        keeper.keep([], NOON_S + 11)  # left alone for a while
        assert keeper.added == 0
        keeper.keep([an_arrival(NOON_S + 10)], NOON_S + 20)
        assert (keeper.added, keeper.trouble) == (2, None)


def test_a_timeline_is_computed_once_for_all_who_look(tmp_path: Path) -> None:
    path, now_s = tmp_path / "dashboard.sqlite3", [NOON_S + 30]
    store = Store(path)
    history = History(path, lambda: now_s[0])
    span = SPANS["15m"]
    store.add([an_arrival(NOON_S)])
    first = history.timeline(ALL, span)
    assert [lane["name"] for lane in first["lanes"]] == ["door"]
    assert (first["steps"], first["step_s"]) == (90, 10)
    store.add([an_arrival(NOON_S, camera="hall")])
    store.close()
    assert history.timeline(ALL, span) is first
    now_s[0] += 5
    assert len(history.timeline(ALL, span)["lanes"]) == 2
    assert len(history.timeline(Choice(camera="hall"), span)["lanes"]) == 1


def test_a_window_of_a_clock_that_nobody_has_set_stands_where_it_came(store: Store) -> None:
    early = an_arrival(1000.0)._replace(misdated_s=NOON_S)
    store.add([early, an_arrival(NOON_S)])
    (coverage,) = store.coverage(ALL).values()
    assert (coverage.first_start, coverage.newest_end) == (NOON_S - 10, NOON_S + 10)
    assert seconds(store, STEPS_S[0]) == pytest.approx(20.0)
    assert next(store.payloads(ALL, NOON_S - 10, NOON_S)) == early.payload


def test_nothing_is_missed_from_before_what_is_kept(store: Store) -> None:
    store.add([an_arrival(NOON_S - 40 * DAY_S), an_arrival(NOON_S)])
    store.prune(NOON_S, 14 * DAY_S)
    (coverage,) = store.coverage(ALL).values()
    assert coverage.first_start == NOON_S - 14 * DAY_S


def test_pruning_gives_the_room_back(tmp_path: Path) -> None:
    path = tmp_path / "dashboard.sqlite3"
    store = Store(path)
    store.add([an_arrival(NOON_S + n * 10) for n in range(3000)])
    store.close()
    before, store = path.stat().st_size, Store(path)
    store.prune(NOON_S + 40 * DAY_S, 14 * DAY_S)
    store.close()
    assert path.stat().st_size < before / 4


def test_the_outbox_of_a_daemon_is_no_history(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    Outbox(OutboxSettings(path=path)).close()
    before = path.read_bytes()
    with pytest.raises(EmotionEdgeError, match=r"another program's database.*--store"):
        Store(path)
    assert path.read_bytes() == before
