"""This project: one camera's way from the film to the outbox, as the daemon does it."""

from __future__ import annotations

from turns import answer, arguments

from edge.bench.measurement import run_device
from edge.bench.source import bench_settings
from edge.build import build_networks

video, frames, threads = arguments()
settings = bench_settings(video, classifier={"threads": threads or 2})
networks = build_networks(settings.detector, settings.classifier)
run_device(settings, networks, frames)
answer(lambda: dict(run_device(settings, networks, frames)._asdict()))
