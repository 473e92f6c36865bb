from __future__ import annotations

import asyncio
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

pytest.importorskip("starlette", reason="pip install -e '.[dashboard]'")
from edge.dashboard import guard
from edge.dashboard.guard import Guard

HOST = "localhost:8080"


class Answer(NamedTuple):
    """What a browser gets; a refused WebSocket has the status 1008."""

    status: int
    headers: dict[str, str]
    text: str


async def secret(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "secret"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"secret"})


def ask(
    guarded: Guard, path: str = "/", body: bytes | None = None, *, kind: str = "http", **headers: str
) -> Answer:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body or b""}

    async def send(message: Any) -> None:
        sent.append(message)

    given = {"host": HOST, **headers}
    scope = {
        "type": kind,
        "path": path,
        "method": "GET" if body is None else "POST",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }
    asyncio.run(guarded(scope, receive, send))
    start = sent[0]
    text = "".join(one.get("text") or one.get("body", b"").decode() for one in sent[1:])
    found = {name.decode(): value.decode() for name, value in start.get("headers", [])}
    return Answer(start.get("status", start.get("code", 200)), found, text)


def guarding(password: str | None = None, *, local_only: bool = True) -> Guard:
    return Guard(secret, password=password, local_only=local_only)


def password(text: str) -> bytes:
    return urlencode({"password": text}).encode()


def test_this_machine_is_let_in_and_the_page_may_fetch_nothing_from_elsewhere() -> None:
    answer = ask(guarding(), origin=f"http://{HOST}")
    assert answer.text == "secret"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert ask(guarding(), kind="websocket", origin=f"http://{HOST}").text == "secret"


@pytest.mark.parametrize(
    "name", ["evil.test:8080", "localhost.evil.test", "", "[", "localhost:8080@evil.test"]
)
def test_a_name_that_only_points_to_this_machine_is_refused(name: str) -> None:
    assert ask(guarding(), host=name).status == 403


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "http://localhost:9999", "http://[", ""])
def test_a_page_of_another_site_gets_nothing_by_websocket_neither(origin: str) -> None:
    assert ask(guarding(), origin=origin).status == 403
    assert ask(guarding(), kind="websocket", origin=origin).status == 1008


def test_where_other_machines_are_let_in_any_name_will_do() -> None:
    answer = ask(guarding("open sesame", local_only=False), host="pi.local", origin="http://pi.local")
    assert answer.headers["location"] == "/login"


def test_behind_a_proxy_a_password_is_enough_and_what_to_do_is_said_where_host_is_not_passed_on() -> None:
    proxied = ask(guarding("open sesame"), host="dash.example.org", origin="https://dash.example.org")
    assert proxied.headers["location"] == "/login"
    rewritten = ask(guarding("open sesame"), host="127.0.0.1:8080", origin="https://dash.example.org")
    assert (rewritten.status, "must pass the Host header on" in rewritten.text) == (403, True)


def test_only_the_right_password_opens_page_and_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_WRONG_S", 0.0)
    guarded = guarding("öpen sesame")
    assert ask(guarded).status == 303
    assert ask(guarded, kind="websocket").status == 1008
    for wrong in (password("wrong"), b"", b"x" * 100_000, b"password=%ff"):
        assert ask(guarded, "/login", wrong).status == 403
    opened = ask(guarded, "/login", password("öpen sesame"))
    cookie = opened.headers["set-cookie"].split(";")[0]
    assert "HttpOnly" in opened.headers["set-cookie"]
    assert ask(guarded, cookie=cookie).text == "secret"
    assert ask(guarded, kind="websocket", cookie=cookie).text == "secret"
    name = cookie.split("=")[0]
    assert ask(guarded, cookie=f"{name}=guessed").status == 303
    # Cookies know no ports: these are of other applications on the same host.
    for other in ('prefs={"theme":"dark"}', "x=a b", "n[a]=1", "foo", 'q="abc', "a/b=1", ""):
        assert ask(guarded, cookie=f"{other}; {cookie}").text == "secret"
    assert (
        name
        != ask(guarding("öpen sesame"), "/login", password("öpen sesame")).headers["set-cookie"].split("=")[0]
    )
    assert ask(guarded, cookie="\x00;;=").status == 303
