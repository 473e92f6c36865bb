from __future__ import annotations

import builtins
import contextlib
import io
import socket
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from edge.demo.broker import HOST, DemoBroker
from edge.errors import EmotionEdgeError
from edge.mqtt.happenings import Accepted, Lost
from edge.mqtt.link import PahoLink
from edge.mqtt.outbox import Outbox
from edge.mqtt.publisher import MqttPublisher
from edge.mqtt.settings import MqttSettings, OutboxSettings
from edge.watch.terminal import watch
from tests.edge.mqtt.event_builder import IDENTITY, MODEL, an_event
from tests.edge.mqtt.fake_link import wait_until


def listens(port: int) -> bool:
    """Asked without connecting: the port cannot be taken while somebody listens."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def test_events_pass_through_it_to_a_viewer_and_nothing_is_left_behind(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("amqtt", reason="the demo extra is not installed")
    before = set(threading.enumerate())
    with DemoBroker() as broker:
        settings = MqttSettings(host=HOST, port=broker.port, connect_timeout_s=0.5)
        with contextlib.closing(Outbox(OutboxSettings(path=tmp_path / "outbox.sqlite3"))) as outbox:
            publisher = MqttPublisher(settings, IDENTITY, MODEL, outbox)
            out = io.StringIO()
            viewer = threading.Thread(target=watch, args=(settings, 2.0, Console(file=out, width=200)))
            viewer.start()
            publisher.start()
            assert wait_until(lambda: publisher.connected)
            assert wait_until(lambda: publish_and_look(publisher, out))
            viewer.join(5)
            publisher.close(3.0)
            assert outbox.stats().rows == 0
        port = broker.port
    assert "lab/pi-1/door  3 faces: happy 62%" in out.getvalue()
    assert not listens(port)
    assert wait_until(lambda: set(threading.enumerate()) <= before)
    assert capfd.readouterr() == ("", "")


def publish_and_look(publisher: MqttPublisher, out: io.StringIO) -> bool:
    """Windows are not retained: one that went before the viewer had subscribed is not seen."""
    publisher.publish([an_event()])
    return "happy" in out.getvalue()


def test_it_can_be_started_again_and_stopped_twice() -> None:
    pytest.importorskip("amqtt", reason="the demo extra is not installed")
    broker = DemoBroker()
    for _ in range(2):
        broker.start()
        assert listens(broker.port)
        broker.stop()
        broker.stop()
        assert not listens(broker.port)


def test_it_stops_at_once_while_somebody_is_connected() -> None:
    pytest.importorskip("amqtt", reason="the demo extra is not installed")
    broker = DemoBroker()
    broker.start()
    link = PahoLink(MqttSettings(host=HOST, port=broker.port), "lingerer")
    link.open()
    assert wait_until(lambda: Accepted() in link.step(0.1))
    began_s = time.monotonic()
    broker.stop()
    assert time.monotonic() - began_s < 3
    assert not [thread for thread in threading.enumerate() if thread.name == "demo-broker"]
    assert wait_until(lambda: any(isinstance(happening, Lost) for happening in link.step(0.1)))
    link.close(goodbye=False)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without_amqtt(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002
        locals: Mapping[str, object] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> object:
        if name.startswith("amqtt"):
            raise ModuleNotFoundError("No module named 'amqtt'")
        return real_import(name, globals, locals, fromlist, level)

    for name in [name for name in sys.modules if name.startswith("amqtt")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without_amqtt)
    with pytest.raises(EmotionEdgeError, match=r"pip install 'emotion-edge\[demo\]'"):
        DemoBroker().start()
