from __future__ import annotations

import pytest
from pydantic import ValidationError

from edge.home_assistant.settings import HomeAssistantSettings


def test_home_assistant_is_listened_to_below_its_own_prefix() -> None:
    assert HomeAssistantSettings(prefix="ha/home_1").birth_topic == "ha/home_1/status"


@pytest.mark.parametrize("prefix", ["", "/ha", "ha/", "ha/#", "+", "ha//x", "a b"])
def test_a_prefix_that_is_no_topic_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError):
        HomeAssistantSettings(prefix=prefix)
