"""Starts everything, turns the main loop, stops everything: capture -> pipeline -> publisher."""

from __future__ import annotations

import contextlib
import functools
import logging
import select
import time
from collections.abc import Callable, Collection
from pathlib import Path

import cv2

from edge import __version__
from edge.build import Networks, build_networks, build_pipeline
from edge.cameras import AnyCamera
from edge.capture.supervisor import CameraSupervisor
from edge.clock import clock_synced
from edge.daemon import own_port
from edge.daemon.awaited_disk import is_awaited
from edge.daemon.camera_loop import CameraLoop
from edge.daemon.camera_set import CameraSet
from edge.daemon.heartbeat import Heartbeat, Watched
from edge.daemon.load_governor import LoadGovernor
from edge.daemon.own_port import OwnPort
from edge.daemon.paused_cameras import PausedCameras
from edge.daemon.reload import camera_changes
from edge.daemon.remote_control import RemoteControl
from edge.daemon.signals import Signals, caught
from edge.daemon.systemd import Systemd
from edge.daemon.told_states import ToldStates, told_path
from edge.errors import ConfigError
from edge.every import Every
from edge.health.board import HealthBoard
from edge.home_assistant.announcement import Announced
from edge.home_assistant.announcer import Announcer
from edge.home_assistant.memory import AnnouncedMemory, path_beside
from edge.mqtt.inbox import CommandInbox
from edge.mqtt.outbox import Outbox
from edge.mqtt.payload import Identity, ModelVersion
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.ulid import new_ulid
from edge.outage import Outage
from edge.settings import Settings
from edge.stage_clock import Observe, discreet
from edge.telemetry import Telemetry, temperature_c

log = logging.getLogger(__name__)

#: Longest wait for a frame: clocks, deadlines and the watchdog are looked at this often.
_TURN_S = 0.1
#: A kill costs at most so much of the open windows.
_CHECKPOINT_EVERY_S = 1.0
#: What may be spent on sending after SIGTERM; with the cameras' own closing it stays below 5 s.
_GOODBYE_S = 2.0


def run_daemon(load: Callable[[], Settings]) -> None:
    """Watch the cameras and publish until SIGTERM, SIGINT, or the end of every file.

    Args:
        load: Reads the configuration: at the start, and again at SIGHUP and ``set/reload``.

    Raises:
        ModelError: A network cannot be used.
        ConfigError: The configuration or a TLS file cannot be used.
        OutboxHeldError: Another process has the outbox open.
    """
    settings = load()
    board = HealthBoard()
    with contextlib.ExitStack() as closing:
        signals = closing.enter_context(caught())
        networks = build_networks(settings.detector, settings.classifier)
        if networks.detector.name != "haar":
            # Small networks gain nothing from OpenCV's threads; the cascade's scan halves its time.
            cv2.setNumThreads(1)
        port = own_port.serve(settings.http, board, closing)
        if port.observe is not None:
            observe = discreet(port.observe, networks.detector.name, settings.k_min)
            port, networks = port._replace(observe=observe), networks.timed(observe)
        outbox = closing.enter_context(contextlib.closing(Outbox(settings.outbox)))
        inbox = closing.enter_context(contextlib.closing(CommandInbox()))
        _Daemon(settings, load, networks, outbox, inbox, signals, board, port).run()


def _publisher(
    settings: Settings, identity: Identity, model: ModelVersion, outbox: Outbox, inbox: CommandInbox
) -> MqttPublisher:
    home = settings.home_assistant
    return MqttPublisher(
        settings.mqtt, identity, model, outbox,
        k_min=settings.k_min, rounding=settings.aggregate.rounding, hear=inbox.put,
        birth_topic=home.birth_topic if home.discovery else None,
    )  # fmt: skip


def _telemetry(
    settings: Settings, model: ModelVersion, detector: str, observe: Observe | None, now_s: float
) -> Telemetry:
    versions = {"emotion-edge": __version__, model.name: model.version, "detector": detector}
    purpose = settings.purpose, settings.medical_or_safety_justification
    return Telemetry(versions, *purpose, now_s, observe=observe)


def _has_disk(folder: Path) -> bool:
    return not is_awaited(folder)


class _Daemon:
    def __init__(
        self,
        settings: Settings,
        load: Callable[[], Settings],
        networks: Networks,
        outbox: Outbox,
        inbox: CommandInbox,
        signals: Signals,
        board: HealthBoard,
        port: OwnPort,
    ) -> None:
        self._viewing = port.viewing
        self._settings, self._load, self._networks = settings, load, networks
        self._outbox, self._inbox, self._signals = outbox, inbox, signals
        now_s = time.monotonic()
        identity = Identity(settings.site, settings.device, boot_id=new_ulid())
        model = ModelVersion(networks.model_name, networks.model_version)
        self._publisher = _publisher(settings, identity, model, outbox, inbox)
        self._telemetry = _telemetry(settings, model, networks.detector.name, port.observe, now_s)
        names = [camera.name for camera in settings.cameras]
        has_disk = functools.partial(_has_disk, settings.outbox.path.parent)
        self._paused = PausedCameras(settings.paused_path, names, has_disk)
        self._cameras = CameraSet(self._publisher, self._paused)
        for camera in settings.cameras:
            self._cameras.add(camera.name, self._loop_of(camera), now_s)
        announced = Announced(identity.topics, __version__, model, networks.classifier.labels, settings.k_min)
        memory = AnnouncedMemory(path_beside(settings.outbox.path))
        self._announcer = Announcer(settings.home_assistant, announced, self._publisher, memory)
        self._told = ToldStates(told_path(settings.outbox.path), identity.topics, self._publisher, has_disk)
        self._governor = LoadGovernor(settings.load, temperature_c, now_s)
        self._systemd = Systemd(watchdog=settings.watchdog.enabled)
        self._heartbeat = self._new_heartbeat(identity, board, port, now_s)
        self._control = RemoteControl(
            identity.topics, self._cameras,
            reload=self._reload, rebirth=self._publisher.rebirth, tell=self._publisher.publish_answer,
        )  # fmt: skip
        self._bad_configuration = Outage(log)
        self._every_second = Every(_CHECKPOINT_EVERY_S, now_s)
        self._synced, self._restamping = clock_synced(), False

    def _new_heartbeat(
        self, identity: Identity, board: HealthBoard, port: OwnPort, now_s: float
    ) -> Heartbeat:
        return Heartbeat(
            Watched(identity, self._cameras, self._publisher, self._outbox, self._governor, self._paused),
            self._telemetry, self._systemd, board,
            record_path=self._settings.health_path,
            silent_s=lambda: 2 * self._settings.capture.kill_after_s, port_trouble=port.trouble, now_s=now_s,
        )  # fmt: skip

    def run(self) -> None:
        """The main loop, and the orderly end."""
        settings = self._settings
        log.info(
            "started site=%s device=%s purpose=%s cameras=%d detector=%s k_min=%d broker=%s",
            settings.site, settings.device, settings.purpose, len(self._cameras),
            self._networks.detector.name, settings.k_min, settings.mqtt.address,
        )  # fmt: skip
        if settings.medical_or_safety_justification:
            log.warning("purpose justified as %r", settings.medical_or_safety_justification)
        self._announce()
        self._publisher.start()
        self._systemd.ready(f"{len(self._cameras)} cameras, detector {self._networks.detector.name}")
        try:
            while not self._signals.stop and not self._cameras.all_over:
                self._turn()
                self._wait()
        finally:
            self._stop()

    def _turn(self) -> None:
        now_s = time.monotonic()
        self._cameras.turn(now_s)
        for heard in self._inbox.take():
            self._control.obey(heard, now_s)
        if self._signals.take_reload():
            self._reload_at_signal()
        if self._every_second.due(now_s):
            self._publisher.checkpoint(self._cameras.open_windows())
            self._look_at_the_clock()
            self._look_at_the_load(now_s)
            self._announce()
            self._told.tell(self._cameras.names)
            for name in self._paused.learn():
                self._cameras.pause(name, now_s, paused=False)
            self._paused.keep()
        self._restamping = self._restamping and self._outbox.restamp_some()
        self._heartbeat.beat(now_s)

    def _wait(self) -> None:
        """Until a frame, a capture process's word, a command or a signal comes."""
        began_s = time.monotonic()
        # poll and not epoll: it needs no descriptor of its own, which might not be had.
        waiting = select.poll()
        for fd in (self._signals.fileno(), self._inbox.fileno(), *self._cameras.filenos(began_s)):
            waiting.register(fd, select.POLLIN)
        waiting.poll(self._cameras.wait_s(began_s, _TURN_S) * 1000)
        self._governor.waited(time.monotonic() - began_s)
        self._signals.read()

    def _loop_of(self, camera: AnyCamera) -> Callable[[], CameraLoop]:
        settings, viewing = self._settings, self._viewing
        show = None if viewing is None else functools.partial(viewing.show, roi=camera.roi)
        return lambda: CameraLoop(
            CameraSupervisor(camera, settings.capture),
            build_pipeline(self._networks, settings, camera),
            self._publisher,
            self._telemetry,
            live=not camera.lossless,
            show=show,
        )

    def _reload(self) -> None:
        """Follow the configuration file as it is now.

        Raises:
            ConfigError: It cannot be used; everything goes on as before.
        """
        new = self._load()
        changes = camera_changes(self._settings, new)
        self._settings = new
        self._announce(leaving=changes.removed)  # before what the broker keeps of them is taken away
        self._cameras.apply(changes, self._loop_of, time.monotonic())
        log.info(
            "configuration read again added=%d removed=%d changed=%d",
            len(changes.added), len(changes.removed), len(changes.changed),
        )  # fmt: skip

    def _announce(self, leaving: Collection[str] = ()) -> None:
        usual_s = self._settings.aggregate.window_s
        names = [name for name in self._cameras.names if name not in leaving]
        self._announcer.tell({name: self._cameras.window_s(name) or usual_s for name in names})

    def _reload_at_signal(self) -> None:
        self._systemd.reloading()
        try:
            self._reload()
        except ConfigError as err:
            self._bad_configuration.failed(f"the configuration is not used, the last good one stays: {err}")
        else:
            self._bad_configuration.recovered("the configuration can be used again")
        self._systemd.ready(f"{len(self._cameras)} cameras, detector {self._networks.detector.name}")

    def _look_at_the_clock(self) -> None:
        if not self._synced and clock_synced():
            self._synced = True
            log.info("the clock is synchronised")
            self._outbox.restamp()
            self._restamping = True
            self._cameras.clock_set()
            self._heartbeat.clock_set(time.monotonic())

    def _look_at_the_load(self, now_s: float) -> None:
        if self._governor.look(now_s):
            limit, reason = self._governor.fps_limit, self._governor.reason
            self._cameras.limit(limit)
            log.warning("load: frames a second of each live camera limit=%s reason=%s", limit, reason)

    def _stop(self) -> None:
        """Cameras first, then their windows, then what can still be sent."""
        self._systemd.stopping()
        log.info("stopping")
        self._cameras.close()
        self._publisher.close(_GOODBYE_S)
        self._heartbeat.close()
        log.info("stopped outbox_rows=%d", self._outbox.stats().rows)
