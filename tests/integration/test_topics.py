"""Everything that the real daemon sends is in the AsyncAPI document, and as it is described there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from edge.cameras import RESERVED_NAMES
from tests.integration.daemon_process import ROOT, StartDaemon, configuration, start_daemon
from tests.integration.mosquitto import Heard, Mosquitto, mosquitto

__all__ = ["mosquitto", "start_daemon"]  # the fixtures
pytestmark = [pytest.mark.integration, pytest.mark.broker]

FOLDER = ROOT / "edge" / "schemas"
DOCUMENT = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text(encoding="utf-8"))


def channels(action: str) -> dict[str, re.Pattern[str]]:
    """Those that a device sends to, or receives from, by the topics that they stand for."""
    names = [
        operation["channel"]["$ref"].rpartition("/")[2]
        for operation in DOCUMENT["operations"].values()
        if operation["action"] == action
    ]
    return {name: _topics(DOCUMENT["channels"][name]["address"]) for name in names}


def _topics(address: str) -> re.Pattern[str]:
    camera = f"(?!({'|'.join(RESERVED_NAMES)})/)[a-z0-9-]+"
    pattern = re.escape(address).replace(r"\{camera\}", camera)
    return re.compile(re.sub(r"\\{\w+\\}", "[a-z0-9-]+", pattern))


def as_described(channel: str, payload: str) -> bool:
    (message,) = DOCUMENT["channels"][channel]["messages"]
    described: dict[str, Any] = DOCUMENT["components"]["messages"][message]["payload"]
    if "schema" not in described:
        return Draft202012Validator(described).is_valid(payload)
    schema = json.loads((FOLDER / described["schema"]["$ref"]).read_text(encoding="utf-8"))
    return Draft202012Validator(schema).is_valid(json.loads(payload))


def test_every_message_of_a_real_daemon_is_on_one_described_channel_and_every_channel_is_used(
    mosquitto: Mosquitto, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    mosquitto.start()
    subscriber = mosquitto.subscribe("#")
    daemon = start_daemon(configuration(tmp_path, mosquitto.port, home_assistant={"discovery": True}))
    subscriber.wait_for(1, "/film/window", timeout_s=60)
    command = json.dumps({"schema": "emotion.command/1", "window_s": 2})
    for topic in ("set/window", "film/set/window"):
        mosquitto.publish(f"emotion/v1/lab/vm/{topic}", command)
    for answer in ("vm/result/window", "film/result/window", "vm/stats"):
        subscriber.wait_for(1, answer)
    assert daemon.terminate()[0] == 0

    sent, received = channels("send"), channels("receive")
    ours = [one for one in subscriber.heard if not any(at.fullmatch(one.topic) for at in received.values())]
    used = set()
    for one in ours:
        (channel,) = [name for name, at in sent.items() if at.fullmatch(one.topic)]
        used.add(channel)
        assert as_described(channel, one.payload), one
    assert used == set(sent)


def test_what_is_not_described_would_be_noticed() -> None:
    heard = Heard("emotion/v1/lab/vm/film/window", False, '{"schema":"emotion.window/1"}')
    assert not as_described("window", heard.payload)
    assert not any(at.fullmatch("emotion/v1/lab/vm/film/picture") for at in channels("send").values())
