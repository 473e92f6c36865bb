"""Windows with defaults, for the tests of everything after the aggregator."""

from __future__ import annotations

from collections.abc import Mapping

from edge.datatypes import CaptureCounts, EmotionEvent, FaceCounts
from edge.mqtt.payload import Identity, ModelVersion

IDENTITY = Identity("lab", "pi-1", "01JD4M5V8R0000000000000000")
MODEL = ModelVersion("fer-compact", "1.2.0")
NOON_S = 1_795_176_000.0  # 2026-11-20T12:00:00Z


def an_event(
    camera: str = "door",
    *,
    start_utc_s: float = NOON_S,
    shares: Mapping[str, float] | None = None,
    suppressed: bool = False,
) -> EmotionEvent:
    shares = {"happy": 0.62, "neutral": 0.3, "surprise": 0.08} if shares is None else shares
    return EmotionEvent(
        camera=camera,
        start_utc_s=start_utc_s,
        end_utc_s=start_utc_s + 10,
        clock_synced=True,
        capture=CaptureCounts(frames=150, dropped=2, fps=14.9333),
        faces=None if suppressed else FaceCounts(tracks=3, mean_in_view=1.4, max_in_view=3, observations=212),
        shares=None if suppressed else shares,
        abstained_share=None if suppressed else 0.05,
        suppressed=suppressed,
    )
