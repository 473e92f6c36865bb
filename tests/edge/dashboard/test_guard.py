from __future__ import annotations

import pytest

pytest.importorskip("nicegui", reason="pip install -e '.[dashboard]'")
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from edge.dashboard import guard
from edge.dashboard.guard import Guard

URL = "http://localhost:8080"


async def secret(request: Request) -> PlainTextResponse:
    return PlainTextResponse("secret")


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("secret")
    await websocket.close()


def client(password: str | None = None, *, local_only: bool = True, url: str = URL) -> TestClient:
    app = Starlette(routes=[Route("/", secret), WebSocketRoute("/socket", socket)])
    return TestClient(Guard(app, password=password, local_only=local_only), base_url=url)


def heard(browser: TestClient, **headers: str) -> str:
    with browser.websocket_connect("/socket", headers=headers) as websocket:
        return websocket.receive_text()


def test_without_a_password_this_machine_is_let_in_and_the_page_may_fetch_nothing_from_elsewhere() -> None:
    answer = client().get("/")
    assert answer.text == "secret"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert heard(client(), origin=URL) == "secret"


@pytest.mark.parametrize("name", ["evil.test:8080", "localhost.evil.test", ""])
def test_a_name_that_only_points_to_this_machine_is_refused(name: str) -> None:
    assert client().get("/", headers={"host": name}).status_code == 403


def test_a_page_of_another_site_gets_nothing_not_by_websocket_either() -> None:
    for origin in ("http://evil.test", "null", "http://localhost:9999"):
        assert client().get("/", headers={"origin": origin}).status_code == 403
        with pytest.raises(WebSocketDisconnect):
            heard(client(), origin=origin)


def test_where_other_machines_are_let_in_any_name_will_do() -> None:
    assert client("open sesame", local_only=False, url="http://pi.local").get("/").url.path == "/login"


def test_only_the_right_password_opens_page_and_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_WRONG_S", 0.0)
    browser = client("öpen sesame")
    assert browser.get("/", follow_redirects=False).headers["location"] == "/login"
    with pytest.raises(WebSocketDisconnect):
        heard(browser)
    assert browser.post("/login", data={"password": "wrong"}).status_code == 403
    assert browser.post("/login", content=b"x" * 100_000).status_code == 403
    assert browser.get("/", follow_redirects=False).status_code == 303
    assert browser.post("/login", data={"password": "öpen sesame"}).text == "secret"
    assert heard(browser) == "secret"
    (cookie,) = browser.cookies.jar
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert "secret" not in client("öpen sesame").get("/", cookies={"emotion-dashboard": "guessed"}).text
