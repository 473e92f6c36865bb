from __future__ import annotations

from edge.datatypes import BgrImage, Detection
from tests.builders import image
from training.detection.comparing import timing


class Counts:
    name = "counts"

    def __init__(self, work: int) -> None:
        self._work = work
        self.calls = 0

    def detect(self, image: BgrImage) -> list[Detection]:
        self.calls += 1
        sum(range(self._work))
        return []


def test_the_slower_one_takes_longer_and_all_look_equally_often() -> None:
    quick, slow = Counts(0), Counts(300_000)
    found = timing.medians_ms({"quick": quick, "slow": slow}, [image(), image()], rounds=3)
    assert quick.calls == slow.calls == 2 * (1 + 3)
    assert found["quick"] < found["slow"]
