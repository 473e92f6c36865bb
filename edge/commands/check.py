"""``emotion-edge check``: is everything usable, before the daemon is started."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path

from edge import settings as configuration
from edge.doctor import parts
from edge.doctor.finding import Finding, examined, exit_status
from edge.mqtt.login import try_login
from edge.settings import Settings


def run_check(config: Path, with_cameras: bool) -> int:
    """Print one line for each part, good or bad, and go on after a bad one.

    Returns:
        0 where all is well, 78 where configuration or networks are wrong, 1 where only cameras
        or the broker cannot be reached: the daemon would start and keep trying.
    Raises:
        ConfigError: The file itself; nothing else can be checked then.
    """
    settings = configuration.load(config)
    print(f"ok    configuration {config}: {len(settings.cameras)} cameras, purpose {settings.purpose}, "
          f"k_min {settings.k_min}")  # fmt: skip
    findings = []
    for finding in _findings(settings, with_cameras):
        print(f"{'ok ' if finding.verdict == 'ok' else 'BAD'}   {finding.part}: {finding.text}", flush=True)
        findings.append(finding)
    return exit_status(findings)


def _findings(settings: Settings, with_cameras: bool) -> Iterator[Finding]:
    yield examined("classifier", lambda: parts.classifier(settings))
    yield examined("detector", lambda: parts.detector(settings))
    yield examined("outbox", lambda: parts.outbox(settings))
    if settings.http.preview.enabled:
        yield examined("preview", lambda: settings.http.preview.secret() and "its token can be read")
    yield examined("broker", lambda: _broker(settings))
    for camera in settings.cameras if with_cameras else ():
        yield examined(f"camera {camera.name}", functools.partial(parts.one_frame, camera, settings.capture))


def _broker(settings: Settings) -> str:
    return f"{settings.mqtt.address} lets us in, on MQTT {try_login(settings.mqtt)}"
