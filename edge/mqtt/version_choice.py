"""Which version of MQTT to speak next: 5, and 3.1.1 to a broker that has never let us in on 5 (pure)."""

from __future__ import annotations

from typing import Literal

from edge.mqtt.happenings import UNSUPPORTED_VERSION, Lost, Refused
from edge.mqtt.settings import MqttVersion

#: So often in a row a broker that is silent on 5 and lets us in on 3.1.1 may have been starting.
_SILENT_STARTS = 3
#: After so many hang-ups in a row it is another broker that answers, which may speak no 5.
_ANOTHER_BROKER = 20


class VersionChoice:
    """Remembers what the broker has let in.

    Some brokers hang up, or are silent, instead of saying that they speak no 5. But proxies hang up too
    while the broker behind them starts: one that has let us in on 5 speaks it. On 3.1.1 it would keep no
    session for us, and a message that it denies would look delivered.

    Attributes:
        version: Of the next attempt.
    """

    def __init__(self, wanted: Literal["auto"] | MqttVersion) -> None:
        self._free = wanted == "auto"
        self._five_served, self._five_refused = False, False
        self._lost_in_a_row = self._silent_starts = 0
        self.version: MqttVersion = "5" if wanted == "auto" else wanted

    def let_in(self) -> None:
        """The broker has accepted :attr:`version`; call it once a connection.

        One that was silent or hung up on 5, and did not say that it speaks none, may have been starting: it
        is asked for 5 again after that connection, a few times.
        """
        self._five_served = self._five_served or self.version == "5"
        self._lost_in_a_row = 0
        if self.version == "5":
            self._silent_starts = 0
        elif self._free and not self._five_refused and self._silent_starts < _SILENT_STARTS:
            self._silent_starts += 1
            self.version = "5"

    def not_let_in(self, ended: Refused | Lost) -> bool:
        """An attempt has ended before the broker let us in; whether to try another version at once."""
        if not self._free or (isinstance(ended, Refused) and ended.code != UNSUPPORTED_VERSION):
            return False
        if self.version == "3.1.1":
            self.version, self._five_refused = "5", False  # the next attempt begins anew
            return False
        self._lost_in_a_row += 1
        self._five_refused = isinstance(ended, Refused)
        if isinstance(ended, Lost) and self._five_served and self._lost_in_a_row < _ANOTHER_BROKER:
            return False
        self.version = "3.1.1"
        return True
