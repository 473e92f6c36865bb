"""Where the page is served, and whom that lets in (pure)."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:]+)\]|(?P<host>[A-Za-z0-9.-]+)):(?P<port>[0-9]{1,5})")


class Listen(NamedTuple):
    """An address to listen at; port 0 is any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Listen:
        """From ``host:port``; IPv6 in brackets.

        Raises:
            ValueError: It is something else.
        """
        found = _ADDRESS.fullmatch(text)
        if not found or int(found["port"]) > 65_535:
            raise ValueError(f"{text!r} is not an address like 127.0.0.1:8080")
        return cls(found["six"] or found["host"], int(found["port"]))

    @property
    def local(self) -> bool:
        """Whether only this machine reaches it."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    def url(self, port: int) -> str:
        """What to type into a browser on this machine."""
        wildcard = self.host in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
        host = "localhost" if wildcard else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{port}"
