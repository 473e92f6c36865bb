"""What a capture process tells the daemon besides frames: JSON lines on a pipe.

    {"kind": "opened", "address": "...", "width": 640, "height": 480}   the first frame is there
    {"kind": "note", "text": "..."}                                     worth a line in the log
    {"kind": "ended", "frames": 77}                                     a file has been read
    {"kind": "error", "reason": "..."}                                  the process gives up

Standard library only, Python 3.9: capture processes of the system's Python import this file.
"""

from __future__ import annotations

import json
import os
from typing import Any

from edge.redaction import redacted, without_url

#: A line larger than this is not ours; a pipe takes up to 4096 bytes in one piece.
_LONGEST_LINE_BYTES = 4096
_LONGEST_TEXT = 600


class MessageWriter:
    """The capture process's end; every text is redacted on its way out.

    Args:
        fd: The pipe.
        url: The camera's own, if it has one: its password is hidden also where it holds spaces or quotes.
    """

    def __init__(self, fd: int, url: str = "") -> None:
        self._fd, self._url = fd, url

    def opened(self, address: str, width: int, height: int) -> None:
        self._send({"kind": "opened", "address": self._hidden(address), "width": width, "height": height})

    def note(self, text: str) -> None:
        self._send({"kind": "note", "text": self._shortened(text)})

    def ended(self, frames: int) -> None:
        self._send({"kind": "ended", "frames": frames})

    def error(self, reason: str) -> None:
        self._send({"kind": "error", "reason": self._shortened(reason)})

    def _shortened(self, text: str) -> str:
        return " ".join(self._hidden(text).split())[:_LONGEST_TEXT]

    def _hidden(self, text: str) -> str:
        return redacted(without_url(text, self._url) if self._url else text)

    def _send(self, message: dict[str, Any]) -> None:
        os.write(self._fd, json.dumps(message).encode() + b"\n")


class MessageReader:
    """The daemon's end, on a non-blocking pipe."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._rest = b""
        self.at_end = False

    def fileno(self) -> int:
        """Readable when messages wait, or when the process has gone."""
        return self._fd

    def read(self) -> list[dict[str, Any]]:
        """All messages that wait; sets ``at_end`` once the process has closed its end."""
        while not self.at_end:
            try:
                chunk = os.read(self._fd, 65536)
            except BlockingIOError:
                break
            self.at_end = not chunk
            self._rest += chunk
        *lines, self._rest = self._rest.split(b"\n")
        self._rest = self._rest[-_LONGEST_LINE_BYTES:]
        return [message for message in map(_parsed, lines) if message]


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}
