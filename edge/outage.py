"""Says a failure once, counts its repeats, says the recovery."""

from __future__ import annotations

import logging


class Outage:
    """One thing that may fail for a long time, and its lines in the log."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._message: str | None = None
        self._repeats = 0

    @property
    def message(self) -> str | None:
        """What is wrong now, None while all is well."""
        return self._message

    def failed(self, message: str) -> None:
        """WARNING where this is new or another fault than before, else DEBUG."""
        if message == self._message:
            self._repeats += 1
            self._logger.debug("%s repeats=%d", message, self._repeats)
            return
        self._message, self._repeats = message, 0
        self._logger.warning("%s", message)

    def recovered(self, message: str) -> None:
        """INFO where something was wrong, else nothing."""
        if self._message is None:
            return
        self._logger.info("%s repeats=%d", message, self._repeats)
        self._message, self._repeats = None, 0
