from __future__ import annotations

import pytest

from deploy.device import DeviceError
from deploy.steps import canaries


def test_one_canary_that_can_take_it_is_enough() -> None:
    assert canaries.require(["a", "b"], ["b", "c"]) == {}


def test_where_none_can_it_says_how_to_go_on() -> None:
    with pytest.raises(DeviceError, match=r"\(a, b\).*resume --without-canary") as caught:
        canaries.require(["a", "b"], ["c"])
    assert caught.value.code == "no-canary"
