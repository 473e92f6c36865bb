"""Reads one cookie out of a request, whatever other applications of the same host have set beside it."""

from __future__ import annotations


def cookie_of(header: str | None, name: str) -> str | None:
    """The value of a cookie, None where it is not there.

    ``http.cookies.SimpleCookie`` stops at the first cookie that it finds unusual, and what comes after
    it is not seen. Cookies know no ports: all web applications of a host name share them.

    Args:
        header: The ``Cookie`` header.
        name: Of the cookie.
    """
    for part in (header or "").split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return None
