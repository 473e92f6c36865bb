"""What the daemon tells of itself while it runs: statistics, systemd's status and watchdog, the log."""

from __future__ import annotations

import logging

from edge.camera_set import CameraSet
from edge.every import Every
from edge.mqtt.outbox import Outbox
from edge.mqtt.publisher import MqttPublisher
from edge.outage import Outage
from edge.systemd import Systemd
from edge.telemetry import Telemetry

log = logging.getLogger(__name__)

_STATS_EVERY_S = 10.0
_LOG_EVERY_S = 60.0


class Heartbeat:
    """Asked in each turn of the main loop; silent where nothing is due."""

    def __init__(
        self,
        systemd: Systemd,
        telemetry: Telemetry,
        cameras: CameraSet,
        publisher: MqttPublisher,
        outbox: Outbox,
        *,
        silent_s: float,
        now_s: float,
    ) -> None:
        """Prepare.

        Args:
            systemd: Who is told.
            telemetry: Where the figures come from.
            cameras: What must deliver or be known not to.
            publisher: What must run.
            outbox: Whose depth is told.
            silent_s: For how long a streaming camera may give no sign before something is stuck.
            now_s: The clock that never steps.
        """
        self._systemd, self._telemetry = systemd, telemetry
        self._cameras, self._publisher, self._outbox = cameras, publisher, outbox
        self._silent_s = silent_s
        self._stuck = Outage(log)
        # The first figures soon, for whoever watches the start, but not before there is something to tell.
        self._stats = Every(_STATS_EVERY_S, now_s + 2.0)
        self._log = Every(_LOG_EVERY_S, now_s + _LOG_EVERY_S)
        self._ping = Every(systemd.ping_every_s, now_s)

    def beat(self, now_s: float) -> None:
        """Tell what is due."""
        if self._systemd.ping_every_s and self._ping.due(now_s) and self.sound(now_s):
            self._systemd.alive()
        if self._stats.due(now_s):
            self._tell(now_s)

    def sound(self, now_s: float) -> bool:
        """Whether every camera delivers or is known not to, and the publisher runs; else restart us."""
        stuck = self._cameras.unaccounted(now_s, self._silent_s)
        stuck += [] if self._publisher.alive else ["the publisher"]
        if stuck:
            self._stuck.failed(f"stuck: {', '.join(stuck)}; the watchdog is not answered any more")
        else:
            self._stuck.recovered("not stuck any more")
        return not stuck

    def _tell(self, now_s: float) -> None:
        stats = self._telemetry.report(self._cameras.names, self._outbox.stats(), now_s)
        self._publisher.publish_stats(stats)
        fps = " ".join(f"{camera.camera}={camera.fps:.1f}" for camera in stats.cameras)
        broker = self._publisher.trouble or ("connected" if self._publisher.connected else "connecting")
        self._systemd.status(f"fps {fps}; outbox {stats.outbox.rows}; broker {broker}")
        if self._log.due(now_s):
            log.info(
                "stats fps='%s' outbox_rows=%d lost=%d rss_mb=%.0f cpu_percent=%.0f",
                fps, stats.outbox.rows, stats.outbox.lost, stats.rss_bytes / 1e6, stats.cpu_percent,
            )  # fmt: skip
