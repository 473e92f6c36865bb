"""The annotated configuration, broken at random."""

from __future__ import annotations

import random
from pathlib import Path

from edge import settings, shipped
from edge.contract import strict_yaml
from edge.errors import ConfigError
from tests.torture.outcome import Finding, Row, Size, exactly

_FILES: dict[Size, int] = {"fast": 150, "full": 20_000}
_NOISE = [
    *"{}[]:,&*#?|-<>=!%@`'\"\\\t\n\0 ",
    "null",
    "1e999",
    "\x85",
    "\ufeff",
    "- ",
    "<<: ",
    "!!python/object ",
]


def broken(text: str, chance: random.Random) -> str:
    """The text with up to five random wounds."""
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(text))
        wound = chance.randrange(4)
        if wound == 0:
            text = text[:at] + chance.choice(_NOISE) + text[at:]
        elif wound == 1:
            text = text[:at] + text[at + chance.randint(1, 40) :]
        elif wound == 2:
            line = chance.choice(text.splitlines(keepends=True) or [""])
            text = text[:at] + line + text[at:]
        else:
            text = text[:at] + chr(chance.randrange(0x250)) + text[at + 1 :]
        text = text or " "
    return text


def _run(folder: Path, size: Size) -> list[Finding]:
    chance, original = random.Random(5), shipped.example_configuration()
    refused = traceless = unnamed = 0
    for _ in range(_FILES[size]):
        text = broken(original, chance)
        try:
            strict_yaml.parse(text, settings.Settings, "edge.yaml")
        except ConfigError as err:
            refused += 1
            unnamed += any(not line.startswith("edge.yaml") for line in str(err).splitlines())
        except Exception:
            traceless += 1
    return [
        Finding("files", _FILES[size], "broken", holds=refused > 0),
        exactly("ended in another exception", traceless, 0),
        exactly("refused without naming the file", unnamed, 0),
    ]


ROW = Row("bad configuration", "the example with random wounds in its text", _run)
