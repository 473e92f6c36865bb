"""What the data options of the command lines take; light to import, so that --help is fast."""

from __future__ import annotations

from typing import Literal

#: What can be read as faces, in words for help texts and messages.
FORMS = (
    "fer2013.csv (.gz, .zip), an npz of FER2013 or CK+, CK+'s own folders, "
    "or one folder a class, also under train/ and test/"
)
#: Which labels faces are learnt or counted by; "own": those of the data, whatever they are.
LabelSet = Literal["own", "fer2013", "ferplus", "ckplus"]
