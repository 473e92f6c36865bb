"""Starts everything, turns the main loop, stops everything: capture -> pipeline -> publisher."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import time
from collections.abc import Iterator

import cv2

from edge import __version__
from edge.build import Networks, build_networks, build_pipeline
from edge.camera_loop import CameraLoop
from edge.capture.supervisor import CameraSupervisor
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Identity, ModelVersion
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.ulid import new_ulid
from edge.settings import Settings
from edge.systemd import Systemd
from edge.telemetry import Telemetry

log = logging.getLogger(__name__)

#: Longest wait for a frame: clocks, deadlines and the watchdog are looked at this often.
_TURN_S = 0.1
_STATS_EVERY_S = 10.0
_LOG_EVERY_S = 60.0
#: What may be spent on sending after SIGTERM; with the cameras' own closing it stays below 5 s.
_GOODBYE_S = 2.0


def run_daemon(settings: Settings) -> None:
    """Watch the cameras and publish until SIGTERM, SIGINT, or the end of every file.

    Raises:
        ModelError: A network cannot be used.
        ConfigError: A TLS file or the outbox cannot be used.
    """
    with _stop_signals() as stop_fd:
        networks = build_networks(settings.detector, settings.classifier)
        if networks.detector.name != "haar":
            # Small networks gain nothing from OpenCV's threads; the cascade's scan halves its time.
            cv2.setNumThreads(1)
        outbox = Outbox(settings.outbox)
        try:
            _Daemon(settings, networks, outbox, stop_fd).run()
        finally:
            outbox.close()


class _Daemon:
    def __init__(self, settings: Settings, networks: Networks, outbox: Outbox, stop_fd: int) -> None:
        self._outbox, self._stop_fd = outbox, stop_fd
        identity = Identity(settings.site, settings.device, boot_id=new_ulid())
        model = ModelVersion(networks.model_name, networks.model_version)
        self._publisher = MqttPublisher(
            settings.mqtt, identity, model, outbox, k_min=settings.k_min, rounding=settings.aggregate.rounding
        )
        versions = {
            "emotion-edge": __version__,
            model.name: model.version,
            "detector": networks.detector.name,
        }
        self._telemetry = Telemetry(
            versions, settings.purpose, settings.medical_or_safety_justification, time.monotonic()
        )
        self._cameras = [
            CameraLoop(
                CameraSupervisor(camera, settings.capture),
                build_pipeline(networks, settings, camera),
                self._publisher,
                self._telemetry,
            )
            for camera in settings.cameras
        ]
        self._systemd = Systemd(watchdog=settings.watchdog.enabled)
        self._settings, self._detector = settings, networks.detector.name
        now_s = time.monotonic()
        # The first figures soon, for whoever watches the start, but not before there is something to tell.
        self._stats_due_s, self._log_due_s, self._ping_due_s = now_s + 2.0, now_s + _LOG_EVERY_S, now_s

    def run(self) -> None:
        """The main loop, and the orderly end."""
        settings = self._settings
        log.info(
            "started site=%s device=%s purpose=%s cameras=%d detector=%s k_min=%d broker=%s",
            settings.site, settings.device, settings.purpose, len(self._cameras), self._detector,
            settings.k_min, settings.mqtt.address,
        )  # fmt: skip
        if settings.medical_or_safety_justification:
            log.warning("purpose justified as %r", settings.medical_or_safety_justification)
        self._publisher.start()
        self._systemd.ready(f"{len(self._cameras)} cameras, detector {self._detector}")
        try:
            while not self._stopped() and not self._all_over():
                self._turn()
        finally:
            self._stop()

    def _turn(self) -> None:
        now_s = time.monotonic()
        for camera in self._cameras:
            camera.turn(now_s)
        self._periodic(now_s)

    def _stopped(self) -> bool:
        """Wait for a frame, a capture process's word, or the signal to stop; True for the last."""
        # poll and not epoll: it needs no descriptor of its own, which might not be had.
        waiting = select.poll()
        waiting.register(self._stop_fd, select.POLLIN)
        for camera in self._cameras:
            for fd in camera.filenos():
                waiting.register(fd, select.POLLIN)
        return any(fd == self._stop_fd for fd, _ in waiting.poll(_TURN_S * 1000))

    def _all_over(self) -> bool:
        """Whether the last file has ended; cameras that are switched off may be switched on again."""
        states = {camera.state for camera in self._cameras}
        return "ended" in states and states <= {"ended", "disabled"}

    def _periodic(self, now_s: float) -> None:
        if self._systemd.ping_every_s and now_s >= self._ping_due_s:
            self._systemd.alive()
            self._ping_due_s = now_s + self._systemd.ping_every_s
        if now_s < self._stats_due_s:
            return
        self._stats_due_s = now_s + _STATS_EVERY_S
        names = tuple(camera.name for camera in self._cameras)
        stats = self._telemetry.report(names, self._outbox.stats(), now_s)
        self._publisher.publish_stats(stats)
        fps = " ".join(f"{camera.camera}={camera.fps:.1f}" for camera in stats.cameras)
        broker = self._publisher.trouble or ("connected" if self._publisher.connected else "connecting")
        self._systemd.status(f"fps {fps}; outbox {stats.outbox.rows}; broker {broker}")
        if now_s >= self._log_due_s:
            self._log_due_s = now_s + _LOG_EVERY_S
            log.info(
                "stats fps='%s' outbox_rows=%d lost=%d rss_mb=%.0f cpu_percent=%.0f",
                fps, stats.outbox.rows, stats.outbox.lost, stats.rss_bytes / 1e6, stats.cpu_percent,
            )  # fmt: skip

    def _stop(self) -> None:
        """Cameras first, then their windows, then what can still be sent."""
        self._systemd.stopping()
        log.info("stopping")
        for camera in self._cameras:
            camera.stop()
        for camera in self._cameras:
            camera.close()
        self._publisher.close(_GOODBYE_S)
        log.info("stopped outbox_rows=%d", self._outbox.stats().rows)


@contextlib.contextmanager
def _stop_signals() -> Iterator[int]:
    """A file descriptor that becomes readable at SIGTERM or SIGINT, instead of an exception anywhere."""
    read_fd, write_fd = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def stop(_signal: int, _frame: object) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(write_fd, b"!")

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield read_fd
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(read_fd)
        os.close(write_fd)
