"""Takes credentials out of text before it reaches a log, a topic or the terminal.

Standard library only: the capture processes of the system's Python import this file.
"""

from __future__ import annotations

import re

_HIDDEN = "***"
_FIELD_NAMES = (
    r"(?:\b|_)(?:password|passwd|pass|pwd|user-pw|user-id|proxy-pw|token|secret|auth|api_?key|key)="
)
#: A URL with a user, in quotes or as a word: a password may hold @, / and quotes itself.
_WITH_USER = re.compile(
    r"""("\w[\w+.-]*://)([^"]*@(?:\S*@)?[^\s"]*)|('\w[\w+.-]*://)([^']*@(?:\S*@)?[^\s']*)|(://)(\S*@\S*)"""
)
#: A field of a URL's query ends at the next field, one of anything else at the end of its word or quotes.
_QUERY_FIELD = re.compile(rf"([?&]{_FIELD_NAMES})[^\s&]*", re.IGNORECASE)
_SECRET_FIELD = re.compile(
    rf"((?<![?&]){_FIELD_NAMES})(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')?(?:\\.|\S)*", re.IGNORECASE
)
#: In a URL by itself nothing but the next field ends one: it may hold spaces.
_FIELD_OF_URL = re.compile(rf"({_FIELD_NAMES})[^&]*", re.IGNORECASE)


def redacted(text: str) -> str:
    """The text with users and passwords of URLs, and fields such as ``password=``, hidden.

    Hides rather too much than too little: an @ in the path of a URL hides the host. Where a URL in a
    text ends can only be guessed: what is known to be one goes through :func:`redacted_url`.
    """
    text = _WITH_USER.sub(_without_user, text)
    return _SECRET_FIELD.sub(rf"\g<1>{_HIDDEN}", _QUERY_FIELD.sub(rf"\g<1>{_HIDDEN}", text))


def redacted_url(url: str) -> str:
    """A URL by itself with its user, its password and secret fields of its query hidden.

    A password may hold whatever FFmpeg takes: quotes, spaces, < and >. One with a / of its own is
    hidden too, though no camera opens by it; so an @ in the path hides the host.
    """
    scheme, separator, place = url.partition("://")
    return f"{scheme}{separator}{_place(place)}"


def without_url(text: str, url: str) -> str:
    """What a library says of a URL that it was given: hidden where it stands, whatever it holds.

    Call it before :func:`redacted`, which can only guess where the URL ends.
    """
    user_info, at, _place = url.partition("://")[2].rpartition("@")
    text = text.replace(url, redacted_url(url))
    return text.replace(user_info + at, f"{_HIDDEN}@") if user_info else text


def _without_user(found: re.Match[str]) -> str:
    scheme, rest = (part for part in found.groups() if part is not None)
    return f"{scheme}{_place(rest)}"


def _place(rest: str) -> str:
    """What follows the :// of a URL, without user and secret fields."""
    at = rest.rfind("@")
    if at < 0:
        return _FIELD_OF_URL.sub(rf"\g<1>{_HIDDEN}", rest)
    # The last @ may be one of a secret field's value, which then ends behind it.
    ends = [field.end() for field in _FIELD_OF_URL.finditer(rest) if field.start() < at < field.end()]
    place = _FIELD_OF_URL.sub(rf"\g<1>{_HIDDEN}", rest[ends[0] if ends else at + 1 :])
    return f"{_HIDDEN}@{_HIDDEN if ends else ''}{place}"
