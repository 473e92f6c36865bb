from __future__ import annotations

from typing import Any

import pytest

from tests.torture.ledger import audit


def windows(*numbers: int, historical: bool = False) -> list[dict[str, Any]]:
    return [
        {"id": f"id-{number}", "boot_id": "b", "camera": "door", "seq": number, "historical": historical}
        for number in numbers
    ]


def failed(arrived: list[dict[str, Any]], count: int) -> list[str]:
    return [finding.what for finding in audit(arrived, {("b", "door"): count}) if not finding.holds]


def test_all_once_and_in_order_holds_and_repeats_are_allowed() -> None:
    assert failed(windows(0, 1, 1, 2, 0), 3) == []
    assert failed([*windows(2), *windows(0, 1, historical=True)], 3) == []


@pytest.mark.parametrize(
    ("arrived", "what"),
    [
        (windows(0, 2), "lost"),
        (windows(0, 2, 1), "out of order per camera"),
        ([*windows(0, 1, 2), {**windows(1)[0], "id": "other"}], "duplicates after de-duplication by id"),
    ],
)
def test_what_is_wrong_is_found(arrived: list[dict[str, Any]], what: str) -> None:
    assert what in failed(arrived, 3)
