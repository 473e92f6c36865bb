"""Takes credentials out of text before it reaches a log, a topic or the terminal.

Standard library only: the capture processes of the system's Python import this file.
"""

from __future__ import annotations

import re

_HIDDEN = "***"
#: Everything between :// and the last @ of a word: a password may hold @ and / itself.
_USER_INFO = re.compile(r"(?<=://)[^\s\"'<>]*@")
_SECRET_FIELDS = re.compile(
    r"((?:\b|_)(?:password|passwd|pass|pwd|user-pw|user-id|proxy-pw|token|secret|auth|api_?key|key)=)"
    r"(\"[^\"]*\"|'[^']*'|[^\s&;\"']+)",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """The text with users and passwords of URLs, and fields such as ``password=``, hidden.

    Hides rather too much than too little: an @ in the path of a URL hides the host.
    """
    return _SECRET_FIELDS.sub(rf"\g<1>{_HIDDEN}", _USER_INFO.sub(f"{_HIDDEN}@", text))
