from __future__ import annotations

import pytest

from deploy.inventory import Host, Inventory
from deploy.selection import select
from edge.errors import ConfigError

FLEET = Inventory.model_validate(
    {
        "schema": "fleet/1",
        "groups": [{"name": "hall"}],
        "hosts": [
            {"name": "a-1", "address": "x"},
            {"name": "a-2", "address": "y", "groups": ["hall"]},
            {"name": "b-1", "address": "z", "canary": True},
        ],
    }
)


def _names(hosts: list[Host]) -> list[str]:
    return [host.name for host in hosts]


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ([], ["b-1", "a-1", "a-2"]),
        (["all"], ["b-1", "a-1", "a-2"]),
        (["a-*"], ["a-1", "a-2"]),
        (["hall", "canary"], ["b-1", "a-2"]),
        (["a-1,b-1"], ["b-1", "a-1"]),
        (["a-1, b-1,"], ["b-1", "a-1"]),
        (["a-1", "a-1"], ["a-1"]),
    ],
)
def test_hosts_are_chosen_by_name_group_and_pattern_canaries_first(
    limit: list[str], expected: list[str]
) -> None:
    assert _names(select(FLEET, limit)) == expected


@pytest.mark.parametrize("limit", [[""], [","], [" "], ["", ","]])
def test_a_limit_without_a_name_is_not_the_whole_fleet(limit: list[str]) -> None:
    with pytest.raises(ConfigError, match="--limit: names no host"):
        select(FLEET, limit)


@pytest.mark.parametrize("limit", ["c-1", "a-1,c-1", "A-1"])
def test_an_unknown_host_is_refused_and_the_known_ones_are_named(limit: str) -> None:
    with pytest.raises(ConfigError, match="is no host or group of the inventory; hosts: a-1, a-2, b-1"):
        select(FLEET, [limit])
