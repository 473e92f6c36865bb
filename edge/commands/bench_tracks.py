"""``emotion-edge bench-tracks``: what searching every n-th frame saves and costs in events and identities."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import cv2
import typer

from edge.bench.search_rate import Followed, follow
from edge.build import build_networks
from edge.commands.replay import replay_settings
from edge.datatypes import EmotionEvent
from edge.writable import refuse_unwritable_file

EVERY_N_FRAMES = (1, 2, 3, 5)
#: Rates at which frames are analysed; None for the film's own.
RATES_FPS = (None, 10.0, 5.0)
#: One window holds a whole film.
_WINDOW_S = 3600.0


def run_bench_tracks(videos: Sequence[Path], detector: str | None, out: Path | None) -> None:
    """Analyse some films at several rates; print Markdown tables, and write them to a file too.

    Raises:
        typer.BadParameter: ``out`` is no file to write tables to: told before anything is measured.
        SourceError: A film cannot be read.
    """
    if out is not None:
        _refuse(out, videos)
    cv2.setNumThreads(1)
    settings = replay_settings(videos[0], None, detector, _WINDOW_S)
    networks = build_networks(settings.detector, settings.classifier)
    found = {
        (fps, every): [follow(video, networks, settings, every, fps) for video in videos]
        for fps in RATES_FPS
        for every in EVERY_N_FRAMES
    }
    lines = [
        f"{len(videos)} films, detector {networks.detector.name}, one window a film. Milliseconds are of "
        "processor, an analysed frame; a share moved is the part of a window that is told otherwise than "
        "where every analysed frame is searched.",
        "",
        *_table(_HEAD, _rates(found)),
        "",
        "Tracks (identity switches) of each film at its own rate:",
        "",
        *_table(
            ["film", "frames", *(f"every {every}" for every in EVERY_N_FRAMES)], list(_films(videos, found))
        ),
    ]
    text = "\n".join(lines) + "\n"
    typer.echo(text, nl=False)
    if out is not None:
        out.write_text(text, encoding="utf-8")


def _refuse(out: Path, videos: Sequence[Path]) -> None:
    complaint = partial(typer.BadParameter, param_hint="--out")
    refuse_unwritable_file(out, complaint)
    if not out.exists():
        return
    if any(video.exists() and out.samefile(video) for video in videos):
        raise complaint(f"{out}: is one of the films; choose another name")
    if out.suffix.lower() != ".md":
        raise complaint(f"{out}: is there and does not end in .md; choose another name, or remove it first")


_Found = dict[tuple[float | None, int], list[Followed]]
_HEAD = [
    "analysed",
    "every n frames",
    "same dominant class",
    "share moved (most)",
    "tracks",
    "switches",
    "frames with a track",
    "search, ms",
    "pipeline, ms",
]


def _rates(found: _Found) -> list[list[str]]:
    rows = []
    for (fps, every), films in found.items():
        exact = found[fps, 1]
        moved = [_moved(one.event, other.event) for one, other in zip(exact, films, strict=True)]
        same = sum(_dominant(a) == _dominant(b) for a, b in zip(exact, films, strict=True))
        frames = sum(one.frames for one in films)
        rows.append(
            [
                "at the film's rate" if fps is None else f"at {fps:g} fps",
                str(every),
                f"{same} of {len(films)}",
                f"{statistics.fmean(moved):.1%} ({max(moved):.1%})",
                str(sum(one.identities.ids for one in films)),
                str(sum(one.identities.switches for one in films)),
                f"{sum(one.identities.tracked_share * one.frames for one in films) / max(1, frames):.1%}",
                f"{sum(one.detect_ms * one.frames for one in films) / max(1, frames):.2f}",
                f"{sum(one.cpu_ms * one.frames for one in films) / max(1, frames):.2f}",
            ]
        )
    return rows


def _films(videos: Sequence[Path], found: _Found) -> Iterator[list[str]]:
    for number, video in enumerate(videos):
        films = [found[None, every][number] for every in EVERY_N_FRAMES]
        counts = (f"{one.identities.ids} ({one.identities.switches})" for one in films)
        yield [video.stem, str(films[0].frames), *counts]


def _dominant(one: Followed) -> str | None:
    return one.event.dominant if one.event else None


def _moved(one: EmotionEvent | None, other: EmotionEvent | None) -> float:
    """Half of the summed differences of the shares; 1 where only one of them has any."""
    ours, theirs = ((event.shares if event else None) or {} for event in (one, other))
    if bool(ours) != bool(theirs):
        return 1.0
    return sum(abs(ours.get(label, 0) - theirs.get(label, 0)) for label in {*ours, *theirs}) / 2


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---", *("--:" for _ in head[1:])]
    return [f"| {' | '.join(line)} |" for line in (head, rule, *rows)]
