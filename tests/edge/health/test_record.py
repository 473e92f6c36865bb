from __future__ import annotations

from edge.contract.health import BrokerHealth, CameraHealth, HealthRecord
from edge.health.record import health_record
from edge.stats import DeviceStats, OutboxStats
from tests.edge.contract.health_builder import a_camera
from tests.edge.mqtt.event_builder import IDENTITY, NOON_S

CONNECTED = BrokerHealth(connected=True, delivered=1, trouble=None)


def record(
    cameras: dict[str, CameraHealth] | None = None,
    broker: BrokerHealth = CONNECTED,
    outbox_trouble: str | None = None,
) -> HealthRecord:
    stats = DeviceStats(NOON_S, 1, (), OutboxStats(2, 1400, 1, 3.5), 1, 0)
    return health_record(
        IDENTITY,
        stats,
        cameras or {"door": a_camera()},
        broker,
        outbox_trouble=outbox_trouble,
        now_utc_s=NOON_S,
        started_utc_s=NOON_S - 60,
    )


def test_all_well_is_ready() -> None:
    found = record({"door": a_camera(), "yard": a_camera("disabled"), "film": a_camera("ended")})
    assert (found.ready, found.reasons) == (True, [])
    assert (found.outbox.rows, found.outbox.lost, found.outbox.oldest_s) == (2, 1, 3.5)


def test_each_trouble_is_a_reason_in_its_own_words() -> None:
    found = record(
        {"door": a_camera("stalled", "no frame for 5 s")},
        BrokerHealth(connected=False, delivered=0, trouble="broker x:1883: connection refused"),
        "disk full",
    )
    assert not found.ready
    assert found.reasons == [
        "camera door: stalled: no frame for 5 s",
        "broker x:1883: connection refused",
        "disk full",
    ]


def test_a_camera_that_streams_what_nobody_can_analyse_is_not_ready() -> None:
    found = record({"door": a_camera().model_copy(update={"trouble": "roi lies outside"})})
    assert (found.ready, found.reasons) == (False, ["camera door: roi lies outside"])


def test_a_broker_that_rejects_is_trouble_though_it_is_connected() -> None:
    assert not record(broker=BrokerHealth(connected=True, delivered=0, trouble="broker rejects t")).ready
    assert not record(broker=BrokerHealth(connected=False, delivered=0, trouble=None)).ready
