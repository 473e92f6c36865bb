"""Colours and words of what is drawn; no colour stands without its word beside it."""

from __future__ import annotations

#: Okabe and Ito's palette, told apart by colour-blind eyes too; the terminal view uses the same.
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
#: What a timeline draws beside the emotions.
NO_LABEL, NOBODY, HIDDEN, GAP = "no-label", "nobody", "hidden", "gap"
WORDS = {
    NO_LABEL: "Unsure",
    NOBODY: "Nobody",
    HIDDEN: "Hidden (too few faces)",
    GAP: "No window",
}
