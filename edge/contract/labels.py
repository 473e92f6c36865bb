"""The emotion classes of the data sets, in the order in which each numbers them.

Source: FER2013 (Goodfellow et al. 2013, arXiv:1307.0414): 0 = angry ... 6 = neutral;
FER+ (Barsoum et al. 2016, arXiv:1608.01041); CK+ (Lucey et al. 2010, doi:10.1109/CVPRW.2010.5543262).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

FER2013_LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
#: The eight emotions of FER+.
FERPLUS_LABELS = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
#: What its ten people could vote for; NF: not a face.
FERPLUS_VOTES = (*FERPLUS_LABELS, "unknown", "NF")
#: The seven emotions of CK+, which has no neutral class; as its files number them from 1.
CKPLUS_LABELS = ("anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise")

LABEL_SETS = {"fer2013": FER2013_LABELS, "ckplus": CKPLUS_LABELS, "ferplus": FERPLUS_LABELS}

#: What a class may be called: it stands in topics of other systems, in tables and in JSON's keys.
LABEL_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
LONGEST_LABEL = 24
MOST_LABELS = 64

#: Every name of an emotion that data sets and their copies use -> the one that FER2013 uses.
_EMOTIONS = {
    **{name: name for name in (*FER2013_LABELS, "contempt")},
    "anger": "angry",
    "disgusted": "disgust",
    "fearful": "fear",
    "afraid": "fear",
    "scared": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprised": "surprise",
    "contemptuous": "contempt",
}


def emotion(name: str) -> str | None:
    """One name for each emotion, whatever a data set calls it; None for a word that names none."""
    return _EMOTIONS.get(name.strip().lower())


def names_of(wanted: str) -> list[str]:
    """Every name of an emotion, by :func:`emotion`'s own name for it."""
    return [name for name, found in _EMOTIONS.items() if found == wanted]


def same_classes(names: Sequence[str], classes: Sequence[str]) -> list[int | None]:
    """For each name its place in ``classes``: the very name, or another name of the same emotion."""
    by_emotion = {emotion(own) or own: place for place, own in enumerate(classes)}
    return [by_emotion.get(emotion(name) or name) for name in names]


def label_set_of(emotions: Iterable[str]) -> tuple[str, ...]:
    """The smallest label set that has all these emotions, FER2013's before CK+'s before FER+'s.

    Args:
        emotions: Names as :func:`emotion` gives them.
    """
    wanted = set(emotions)
    for classes in LABEL_SETS.values():
        if wanted <= {emotion(name) for name in classes}:
            return classes
    raise ValueError(f"no emotions: {', '.join(sorted(wanted))}")
