from __future__ import annotations

import socket
from typing import Any

from edge.doctor.finding import Finding
from edge.doctor.port import examine_port
from edge.health.board import HealthBoard
from edge.health.http_server import HealthServer
from edge.health.settings import HttpSettings


def findings(port: int | None, **preview: Any) -> list[Finding]:
    bind = None if port is None else f"127.0.0.1:{port}"
    return list(examine_port(HttpSettings.model_validate({"bind": bind, "preview": preview})))


def test_a_port_is_none_free_the_daemon_s_or_somebody_else_s() -> None:
    assert [one.verdict for one in findings(None)] == ["ok"]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (found,) = findings(port)
        assert (found.verdict, "change http.bind" in found.advice) == ("fail", True)
    assert findings(port)[0].found == f"127.0.0.1:{port} is free"
    server = HealthServer(("127.0.0.1", 0), HealthBoard(), None)
    assert "the daemon answers" in findings(server.port)[0].found
    server.close()


def test_a_preview_that_shows_faces_or_whose_token_is_missing_is_noticed() -> None:
    port = 18_080
    assert findings(port, enabled=True, token="correct-horse-battery")[1].verdict == "ok"
    plain = findings(port, enabled=True, token="correct-horse-battery", pixelate=False)[1]
    assert (plain.verdict, "faces not pixelated" in plain.found) == ("warn", True)
    absent = findings(port, enabled=True, token_file="/nowhere/token")[1]
    assert (absent.verdict, absent.status) == ("fail", 78)
