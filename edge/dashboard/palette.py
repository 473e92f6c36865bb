"""Colours and words of what is drawn; no colour stands without its word beside it."""

from __future__ import annotations

from edge.contract.labels import names_of
from edge.emotion_colours import COLOURS

#: Every name of an emotion that a model may use, those that mean the same side by side.
EMOTIONS = {
    name: colour
    for emotion, colour in COLOURS.items()
    for name in sorted(names_of(emotion), key=lambda name: name != emotion)
}
#: What a timeline draws beside the emotions.
NO_LABEL, NOBODY, HIDDEN, GAP = "no-label", "nobody", "hidden", "gap"
WORDS = {
    NO_LABEL: "Unsure",
    NOBODY: "Nobody",
    HIDDEN: "Hidden (too few faces)",
    GAP: "No window",
}
