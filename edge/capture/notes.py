"""What a capture process has to say besides its state: said once, its repeats quietly."""

from __future__ import annotations

import logging

#: Enough for every kind of note; a process that says ever new things cannot fill the log with them.
_MOST = 20


class Notes:
    """The notes of one camera in the log.

    A note is a WARNING the first time. Said again by the same process (a film that loops) or by
    the next one (a source that fails each time), it is DEBUG; after a process that did not say it,
    it is new again.
    """

    def __init__(self, logger: logging.Logger, camera: str) -> None:
        self._logger, self._camera = logger, camera
        self._before: set[str] = set()
        self._now: set[str] = set()

    def tell(self, text: str) -> None:
        """Log one note."""
        known = text in self._before or text in self._now or len(self._now) >= _MOST
        self._logger.log(logging.DEBUG if known else logging.WARNING, "%s camera=%s", text, self._camera)
        if len(self._now) < _MOST:
            self._now.add(text)

    def begin_again(self) -> None:
        """Another process starts."""
        self._before, self._now = self._now, set()
