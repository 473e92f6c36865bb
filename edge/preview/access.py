"""Who may look: the token, or a pass that a browser got for it."""

from __future__ import annotations

import hmac
import secrets

from edge.cookie_header import cookie_of

_BEARER = "Bearer "


class Access:
    """Knows the token; comparisons take the same time whatever is wrong."""

    def __init__(self, token: str) -> None:
        self._token = token
        # A browser keeps this instead of the token; it is worth nothing after the next start. The name
        # is of this start too: cookies know no ports, and two tunnels to two devices must not collide.
        self._cookie = f"preview-{secrets.token_hex(4)}"
        self._pass = secrets.token_urlsafe(32)

    def knows(self, token: str) -> bool:
        """Whether this is the token."""
        return hmac.compare_digest(token.encode(), self._token.encode())

    def admits(self, authorization: str | None, cookies: str | None) -> bool:
        """Whether a request's own ``Authorization`` or ``Cookie`` header lets it in."""
        if authorization is not None and authorization.startswith(_BEARER):
            return self.knows(authorization.removeprefix(_BEARER).strip())
        found = cookie_of(cookies, self._cookie)
        return found is not None and hmac.compare_digest(found.encode(), self._pass.encode())

    def cookie(self) -> str:
        """The ``Set-Cookie`` header for somebody who knew the token."""
        return f"{self._cookie}={self._pass}; Path=/preview; HttpOnly; SameSite=Strict"
