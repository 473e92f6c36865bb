"""One colour an emotion, whatever a model calls it; no colour stands without its word beside it."""

from __future__ import annotations

from edge.contract.labels import emotion

#: Okabe and Ito's palette, told apart by colour-blind eyes too.
COLOURS = {
    "happy": "#e69f00",
    "surprise": "#56b4e9",
    "neutral": "#999999",
    "sad": "#0072b2",
    "fear": "#cc79a7",
    "angry": "#d55e00",
    "disgust": "#009e73",
    "contempt": "#f0e442",
}


def colour_of(label: str | None) -> str | None:
    """``#rrggbb`` of an emotion by any of its names; None for a word that names none."""
    return COLOURS.get(emotion(label or "") or "")
