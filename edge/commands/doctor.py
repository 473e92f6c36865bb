"""``emotion-edge doctor``: everything that the daemon depends on, and what to do where it is not well."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from edge import settings as configuration
from edge.contract import health
from edge.contract.health import CameraHealth, HealthRecord
from edge.doctor import parts
from edge.doctor.broker import examine_broker
from edge.doctor.devices import examine_devices
from edge.doctor.finding import Finding, examined, exit_status, fail, failed, ok
from edge.doctor.machine import examine_machine
from edge.doctor.port import examine_port
from edge.doctor.unit import adopt_environment, examine_user, user_name
from edge.errors import ConfigError, ContractError
from edge.settings import Settings

_SCHEMA = "emotion.doctor/1"
#: A health record that is older is of a daemon that hangs or is gone.
_FRESH_S = 5 * health.WRITTEN_EVERY_S
_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def run_doctor(config: Path, with_cameras: bool, as_json: bool) -> int:
    """Print one line for each finding as it is made, or all of them as JSON.

    Returns:
        0 where nothing fails (warnings may be there), 78 where configuration or networks are
        wrong, 1 where something outside fails.
    """
    console = Console(highlight=False, soft_wrap=True)
    findings = []
    for finding in _to_the_end(_findings(config, with_cameras)):
        findings.append(finding)
        if not as_json:
            style = _STYLES[finding.verdict]
            console.print(f"[{style}]{finding.verdict:<5}[/] {escape(f'{finding.part}: {finding.found}')}")
            if finding.advice:
                console.print(f"      -> {escape(finding.advice)}")
    if as_json:
        print(_as_json(findings))
    else:
        counts = {verdict: sum(one.verdict == verdict for one in findings) for verdict in _STYLES}
        console.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return exit_status(findings)


def _to_the_end(findings: Iterator[Finding]) -> Iterator[Finding]:
    """All of them; what an examination did not expect is a finding too, and the last one."""
    try:
        yield from findings
    except OSError as err:
        yield fail("doctor", f"cannot go on: {err}", "look whether this user may do that")


def _as_json(findings: list[Finding]) -> str:
    order = list(_STYLES)
    worst = max((finding.verdict for finding in findings), key=order.index)
    told = [{key: value for key, value in asdict(one).items() if key != "status"} for one in findings]
    moment = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return json.dumps({"schema": _SCHEMA, "time": moment, "verdict": worst, "findings": told}, indent=2)


def _findings(config: Path, with_cameras: bool) -> Iterator[Finding]:
    adopt_environment()
    try:
        settings = configuration.load(config)
    except ConfigError as err:
        yield failed("configuration", err)
        return
    cameras = ", ".join(camera.name for camera in settings.cameras)
    yield ok("configuration", f"{config}, device {settings.site}/{settings.device}, cameras {cameras}")
    record = _running(settings)
    yield ok("daemon", "not running" if record is None else f"running, process {record.pid}")
    yield examine_user(user_name())
    yield from examine_machine(settings, running=record is not None)
    yield examined("outbox", lambda: parts.outbox(settings))
    yield examined("classifier", lambda: parts.classifier(settings))
    yield examined("detector", lambda: parts.detector(settings))
    yield from examine_port(settings.http)
    yield from examine_broker(settings)
    yield examine_devices(settings.cameras)
    for camera in settings.cameras if with_cameras else ():
        name = f"camera {camera.name}"
        if record is not None and camera.name in record.cameras:
            yield _told(name, record.cameras[camera.name])
        else:
            yield examined(name, functools.partial(parts.one_frame, camera, settings.capture))


def _running(settings: Settings) -> HealthRecord | None:
    """What the running daemon says of itself; it has the cameras, and nobody else can open them."""
    try:
        record = health.read(settings.health_path)
        written_s = settings.health_path.stat().st_mtime
    except (ContractError, OSError):
        return None
    return record if abs(time.time() - written_s) < _FRESH_S else None


def _told(part: str, camera: CameraHealth) -> Finding:
    if camera.trouble:
        return fail(part, camera.trouble, "the running daemon goes on; correct what it names and reload")
    if camera.state in ("streaming", "disabled", "ended"):
        return ok(part, f"{camera.state}, {camera.fps:g} frames a second, says the running daemon")
    return fail(part, f"{camera.state}: {camera.reason}", "the running daemon goes on trying; see its log")
