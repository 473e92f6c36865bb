"""Who may see the page: a password where one is set, and no page of another site ever.

Sits in front of the whole application, WebSocket included.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections import deque
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge.cookie_header import cookie_of
from edge.dashboard.login import login_page

_LOGIN = "/login"
_WRONG_ADDRESS = (
    "Wrong host or origin. Without a password only this machine's own names are served; "
    "a proxy in front must pass the Host header on.\n"
)
#: Each wrong password takes so long, and they are tried one after the other.
_WRONG_S = 1.0
_LARGEST_FORM_BYTES = 4096
_MOST_SESSIONS = 1000
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
#: NiceGUI's page has scripts of its own inline; nothing at all may come from, or go to, elsewhere.
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval';"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self';"
    " form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, password: str | None, local_only: bool) -> None:
        """Guard an application.

        Args:
            app: What is guarded.
            password: None lets in everybody who reaches the address.
            local_only: Whether, without a password, only names of this machine are served. That is against
                DNS rebinding, which gains nothing where a cookie of our own is asked for.
        """
        self._app, self._password = app, password
        self._local_only = local_only and password is None
        self._sessions: deque[str] = deque(maxlen=_MOST_SESSIONS)
        # Of this start: cookies know no ports, and two dashboards on one host must not log each other out.
        self._cookie = f"emotion-dashboard-{secrets.token_hex(4)}"
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._rightly_addressed(headers):
            await _refuse(scope, receive, send, PlainTextResponse(_WRONG_ADDRESS, 403))
        elif scope["type"] == "http" and scope["path"] == _LOGIN and self._password is not None:
            await (await self._login(scope, receive))(scope, receive, send)
        elif self._password is not None and not self._known(headers):
            await _refuse(scope, receive, send, RedirectResponse(_LOGIN, 303))
        else:
            await self._app(scope, receive, _with_headers(send))

    def _rightly_addressed(self, headers: Headers) -> bool:
        host, origin = headers.get("host", ""), headers.get("origin")
        try:
            local = urlsplit(f"//{host}").hostname in _LOCAL_NAMES
            own = origin is None or urlsplit(origin).netloc == host
        except ValueError:
            return False
        return own and (local or not self._local_only)

    def _known(self, headers: Headers) -> bool:
        return cookie_of(headers.get("cookie"), self._cookie) in self._sessions

    async def _login(self, scope: Scope, receive: Receive) -> Response:
        if scope["method"] != "POST":
            return HTMLResponse(login_page(), headers=_HEADERS)
        given = parse_qs(await _body(receive)).get("password", [""])[0]
        async with self._one_at_a_time:
            if not hmac.compare_digest(given.encode(), (self._password or "").encode()):
                await asyncio.sleep(_WRONG_S)
                return HTMLResponse(login_page(wrong=True), 403, headers=_HEADERS)
        session = secrets.token_urlsafe(32)
        self._sessions.append(session)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(self._cookie, session, httponly=True, samesite="strict", max_age=7 * 86_400)
        return answer


async def _body(receive: Receive) -> str:
    found = b""
    while len(found) <= _LARGEST_FORM_BYTES:
        message = await receive()
        found += message.get("body", b"")
        if not message.get("more_body"):
            break
    return found[:_LARGEST_FORM_BYTES].decode(errors="replace")


async def _refuse(scope: Scope, receive: Receive, send: Send, answer: Response) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await answer(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_HEADERS)
        await send(message)

    return sending
