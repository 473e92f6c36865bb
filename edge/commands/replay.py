"""``emotion-edge replay``: events of a recording on stdout, counts on stderr."""

from __future__ import annotations

import contextlib
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import typer

from edge import settings as configuration
from edge.annotate import AnnotatedVideo
from edge.build import build_networks, build_pipeline
from edge.errors import SourceError
from edge.mqtt.payload import Identity, ModelVersion, window_message
from edge.mqtt.ulid import new_ulid
from edge.native_path import native_path
from edge.replay import ReplayCounts, replay
from edge.settings import Settings
from edge.sources.opening import open_recording, recording_kind
from edge.writable import refuse_unwritable_file

_CAMERA = "replay"


def run_replay(
    path: Path, config: Path | None, detector: str | None, window_s: float | None, annotate: Path | None
) -> None:
    """Print one JSON line an event.

    Raises:
        typer.BadParameter: No video can have the name of the annotated one: told before the work.
        ConfigError: The configuration is wrong.
        ModelError: A network is missing or altered.
        SourceError: The recording cannot be read, or the annotated video not written.
    """
    if annotate is not None:
        refuse_unwritable_file(annotate, partial(typer.BadParameter, param_hint="--annotate"))
        native_path(annotate, SourceError)
    settings = replay_settings(path, config, detector, window_s)
    networks = build_networks(settings.detector, settings.classifier)
    pipeline = build_pipeline(networks, settings, settings.cameras[0])
    identity = Identity(settings.site, settings.device, boot_id=new_ulid())
    model = ModelVersion(networks.model_name, networks.model_version)
    counts = ReplayCounts()
    with contextlib.ExitStack() as stack:
        source = open_recording(path, settings.cameras[0].name)
        video = stack.enter_context(AnnotatedVideo(annotate, source.fps)) if annotate else None
        started_s = time.monotonic()
        for event in replay(source, pipeline, counts, video):
            message = window_message(
                event,
                identity,
                model,
                id=new_ulid(),
                seq=counts.events - 1,
                rounding=settings.aggregate.rounding,
            )
            print(message.payload.decode(), flush=True)
    elapsed_s = max(1e-9, time.monotonic() - started_s)
    print(f"{path}: {_told(counts, source.damaged, elapsed_s, networks.detector.name)}", file=sys.stderr)


def _told(counts: ReplayCounts, damaged: int, elapsed_s: float, detector: str) -> str:
    return (
        f"{counts.frames + damaged} frames ({counts.skipped + damaged} skipped), "
        f"{counts.faces} faces, {counts.events} events "
        f"in {elapsed_s:.1f} s ({counts.frames / elapsed_s:.0f} fps, detector {detector})"
    )


def replay_settings(
    path: Path, config: Path | None, detector: str | None, window_s: float | None
) -> Settings:
    """The device's settings, or the defaults, with the recording as their only camera."""
    fields: dict[str, Any] = {
        "schema": "edge/1",
        "site": "replay",
        "device": "local",
        "purpose": "personal",
        "mqtt": {"host": "localhost"},
    }
    if config is not None:
        fields = configuration.load(config).model_dump(by_alias=True)
    camera = {"name": _CAMERA, "source": recording_kind(path), "path": path, "pace": "fastest"}
    fields["cameras"] = [camera]
    if detector is not None:
        fields["detector"] = {**fields.get("detector", {}), "name": detector}
    if window_s is not None:
        fields["aggregate"] = {**fields.get("aggregate", {}), "window_s": window_s}
    return configuration.of_fields(fields)
