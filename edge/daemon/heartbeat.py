"""What the daemon tells of itself while it runs: statistics, health, systemd's watchdog, the log."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from edge.contract import health as record_file
from edge.contract.health import BrokerHealth, CameraHealth, HealthRecord
from edge.daemon.camera_set import CameraSet
from edge.daemon.load_governor import LoadGovernor
from edge.daemon.paused_cameras import PausedCameras
from edge.daemon.systemd import Systemd
from edge.every import Every
from edge.health.board import HealthBoard
from edge.health.record import health_record, problems
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Identity
from edge.mqtt.publisher import MqttPublisher
from edge.outage import Outage
from edge.stats import STATS_EVERY_S, DeviceStats
from edge.telemetry import Telemetry

log = logging.getLogger(__name__)

_LOG_EVERY_S = 60.0
#: A camera between its old settings and its new ones.
_COMING = CameraHealth(
    state="reconnecting",
    reason="reconfigured: its last capture process has yet to leave",
    fps=0.0,
    frames=0,
    dropped=0,
    reconnects=0,
    frame_age_s=None,
)


@dataclass(frozen=True, slots=True)
class Watched:
    """The parts of the daemon that are told about."""

    identity: Identity
    cameras: CameraSet
    publisher: MqttPublisher
    outbox: Outbox
    governor: LoadGovernor
    paused: PausedCameras


class Heartbeat:
    """Asked in each turn of the main loop; silent where nothing is due."""

    def __init__(
        self,
        watched: Watched,
        telemetry: Telemetry,
        systemd: Systemd,
        board: HealthBoard,
        *,
        record_path: Path,
        silent_s: Callable[[], float],
        port_trouble: Callable[[], str | None],
        now_s: float,
    ) -> None:
        """Prepare.

        Args:
            watched: What is told about.
            telemetry: Where the figures come from.
            systemd: Who is told.
            board: Where the health record is posted for HTTP.
            record_path: Where it is written for others.
            silent_s: For how long a streaming camera may give no sign before something is stuck; asked
                each time, since a reload may change it.
            port_trouble: Why nobody can ask over HTTP.
            now_s: The clock that never steps.
        """
        self._watched, self._telemetry, self._systemd, self._board = watched, telemetry, systemd, board
        self._record_path, self._silent_s, self._port_trouble = record_path, silent_s, port_trouble
        self._stuck, self._unwritable = Outage(log), Outage(log)
        self._started_s, self._started_utc_s = now_s, time.time()
        self._stats: DeviceStats | None = None
        # The first figures soon, for whoever watches the start, but not before there is something to tell.
        self._stats_due = Every(STATS_EVERY_S, now_s + 2.0)
        self._record_due = Every(record_file.WRITTEN_EVERY_S, now_s)
        self._log_due = Every(_LOG_EVERY_S, now_s + _LOG_EVERY_S)
        self._ping_due = Every(systemd.ping_every_s, now_s)

    def clock_set(self, now_s: float) -> None:
        """The wall clock has become right: tell when we started by it."""
        self._started_utc_s = time.time() - (now_s - self._started_s)

    def beat(self, now_s: float) -> None:
        """Tell what is due."""
        if self._systemd.ping_every_s and self._ping_due.due(now_s) and self._sound(now_s):
            self._systemd.alive()
        if self._stats_due.due(now_s):
            self._tell(now_s)
        if self._record_due.due(now_s):
            self._post(now_s)

    def close(self) -> None:
        """No daemon, no record: nobody shall take the last one for a living one."""
        with contextlib.suppress(OSError):  # on a disk that has become read-only it stays
            self._record_path.unlink(missing_ok=True)

    def _sound(self, now_s: float) -> bool:
        """Whether every camera delivers or is known not to, and the publisher runs; else restart us."""
        stuck = self._watched.cameras.unaccounted(now_s, self._silent_s())
        stuck += [] if self._watched.publisher.alive else ["the publisher"]
        if stuck:
            self._stuck.failed(f"stuck: {', '.join(stuck)}; the watchdog is not answered any more")
        else:
            self._stuck.recovered("not stuck any more")
        return not stuck

    def _tell(self, now_s: float) -> None:
        watched = self._watched
        report = self._telemetry.report(watched.cameras.names, watched.outbox.stats(), now_s)
        governor = watched.governor
        stats = self._stats = replace(
            report,
            fps_limit=governor.fps_limit,
            fps_limit_reason=governor.reason,
            problems=tuple(
                problems(
                    self._cameras(report, now_s),
                    self._broker(),
                    watched.outbox.trouble,
                    watched.paused.trouble,
                    self._port_trouble(),
                )
            ),
        )
        watched.publisher.publish_stats(stats)
        fps = " ".join(f"{camera.camera}={camera.fps:.1f}" for camera in stats.cameras)
        limit = f" (at most {stats.fps_limit:g}, {stats.fps_limit_reason})" if stats.fps_limit else ""
        broker = watched.publisher.trouble or ("connected" if watched.publisher.connected else "connecting")
        self._systemd.status(f"fps {fps}{limit}; outbox {stats.outbox.rows}; broker {broker}")
        if self._log_due.due(now_s):
            log.info(
                "stats fps='%s' outbox_rows=%d lost=%d rss_mb=%.0f cpu_percent=%.0f",
                fps, stats.outbox.rows, stats.outbox.lost, stats.rss_bytes / 1e6, stats.cpu_percent,
            )  # fmt: skip

    def _post(self, now_s: float) -> None:
        record = self._record(now_s)
        self._board.post(record, sound=self._sound(now_s))
        try:
            record_file.write(self._record_path, record)
        except OSError as err:
            self._unwritable.failed(f"{self._record_path}: health cannot be written: {err}; set health.path")
        else:
            self._unwritable.recovered(f"{self._record_path}: health can be written again")

    def _record(self, now_s: float) -> HealthRecord:
        watched = self._watched
        stats = self._stats or self._telemetry.nothing_yet(now_s)
        return health_record(
            watched.identity,
            replace(stats, outbox=watched.outbox.stats()),
            self._cameras(stats, now_s),
            self._broker(),
            outbox_trouble=watched.outbox.trouble,
            pauses_trouble=watched.paused.trouble,
            port_trouble=self._port_trouble(),
            now_utc_s=time.time(),
            started_utc_s=self._started_utc_s,
        )

    def _cameras(self, stats: DeviceStats, now_s: float) -> dict[str, CameraHealth]:
        figures = {camera.camera: (camera.fps, camera.latency_p95_ms) for camera in stats.cameras}
        cameras = self._watched.cameras
        there = {loop.name: loop.health(now_s, *figures.get(loop.name, (0.0, None))) for loop in cameras}
        return there | dict.fromkeys(cameras.coming, _COMING)

    def _broker(self) -> BrokerHealth:
        publisher = self._watched.publisher
        return BrokerHealth(
            connected=publisher.connected, delivered=publisher.delivered, trouble=publisher.trouble
        )
