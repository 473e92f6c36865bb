"""Random, retained and expired commands against the real daemon."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

from edge.mqtt.happenings import Accepted, Arrived, Subscribed
from edge.mqtt.link import PahoLink
from edge.mqtt.payload import Message
from edge.mqtt.settings import MqttSettings
from tests.integration.daemon_process import Daemon, configuration
from tests.integration.mosquitto import HOST
from tests.torture.outcome import Finding, Row, Size, exactly
from tests.torture.row_broker_gone import broker_in

_COMMANDS: dict[Size, int] = {"fast": 30, "full": 5000}
_ROOT = "emotion/v1/lab/vm"
_TOPICS = [
    "set/pause", "set/window", "film/set/pause", "film/set/window", "set/format", "none/set/pause",
]  # fmt: skip
_BAD_FIELDS: list[dict[str, object]] = [
    {"paused": "yes"}, {"paused": 1}, {"window_s": 0}, {"window_s": 1e308}, {"window_s": "5"}, {"extra": 1},
    {"expires": "2001-01-01T00:00:00Z", "paused": True}, {"expires": 5}, {"id": {}},
    {"schema": "emotion.command/9"},
]  # fmt: skip


def _payload(chance: random.Random) -> bytes:
    kind = chance.randrange(3)
    if kind == 0:
        return chance.randbytes(chance.randrange(200))
    if kind == 1:
        return json.dumps(chance.choice([None, [], 5, "x", {}, [[]], {"schema": 1}])).encode()
    return json.dumps({"schema": "emotion.command/1"} | chance.choice(_BAD_FIELDS)).encode()


class _Operator:
    """Sends commands and collects what comes back, on one connection."""

    def __init__(self, port: int) -> None:
        self._link = PahoLink(MqttSettings(host=HOST, port=port), "operator")
        self._link.open()
        self.answers: list[dict[str, object]] = []
        self.states: list[str] = []
        self._ready = 0
        self.turn(lambda: self._ready >= 2)

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._link.send(Message(f"{_ROOT}/{topic}", payload), qos=1, retain=retain)

    def turn(self, holds: object, timeout_s: float = 60.0) -> bool:
        until_s = time.monotonic() + timeout_s
        while not holds() and time.monotonic() < until_s:  # type: ignore[operator]
            for happening in self._link.step(0.05):
                self._take(happening)
        return bool(holds())  # type: ignore[operator]

    def close(self) -> None:
        self._link.close(goodbye=True)

    def _take(self, happening: object) -> None:
        if isinstance(happening, Accepted):
            for topic_filter in (f"{_ROOT}/+/result/+", f"{_ROOT}/result/+", f"{_ROOT}/film/state"):
                self._link.subscribe(topic_filter, 1)
        elif isinstance(happening, Subscribed):
            self._ready += 1
        elif isinstance(happening, Arrived):
            told = json.loads(happening.message.payload)
            if happening.message.topic.endswith("/state"):
                self.states.append(told["state"])
            else:
                self.answers.append(told)


def _run(folder: Path, size: Size) -> list[Finding]:
    chance = random.Random(11)
    with broker_in(folder) as broker:
        broker.start()
        daemon = Daemon(configuration(folder, broker.port))
        operator = _Operator(broker.port)
        try:
            operator.turn(lambda: operator.states[-1:] == ["streaming"], 90)
            states = len(operator.states)
            for number in range(_COMMANDS[size]):
                topic = chance.choice(_TOPICS)
                retained = number % 10 == 0
                operator.send(topic, _payload(chance), retain=retained)
                operator.turn(lambda seen=number: len(operator.answers) > seen, 20)
                if retained:
                    operator.send(topic, b"", retain=True)
                    operator.turn(lambda seen=number: len(operator.answers) > seen + 1, 0.0)
            answered = len(operator.answers)
            obeyed = sum(bool(told["accepted"]) for told in operator.answers)
            unreasoned = sum(not told["reason"] for told in operator.answers)
            changed = len(operator.states) - states
            alive = daemon.process.poll() is None
            code, _ = daemon.terminate()
        finally:
            operator.close()
            daemon.process.kill()
            daemon.process.wait()
    return [
        Finding("commands", _COMMANDS[size], "sent, and as many answered", holds=answered >= _COMMANDS[size]),
        exactly("obeyed", obeyed, 0),
        exactly("refused without a reason", unreasoned, 0),
        exactly("changes of the camera's state", changed, 0),
        exactly("daemon alive, and ends with status 0", int(alive and code == 0), 1),
    ]


ROW = Row("bad commands", "random bytes, wrong fields, retained and expired commands on set/#", _run)
