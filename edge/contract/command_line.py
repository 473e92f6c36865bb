"""The one place where an error becomes an exit code, for the command lines of all four folders.

Exit codes: 0 done, 1 something outside failed (a camera, broker, download, disk), 2 wrong usage,
78 (EX_CONFIG) a file that somebody must correct, so that systemd does not start the daemon again,
130 interrupted (typer's own).
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from edge.errors import ContractError, EmotionEdgeError

EX_CONFIG = 78
#: Columns of a table that goes into a pipe: whoever reads it there wants whole names.
UNBROKEN = 10_000


def run(app: Callable[[], object]) -> None:
    """Call a typer application; a failure that a user can act on is a message, not a traceback."""
    try:
        app()
    except ContractError as err:
        print(err, file=sys.stderr)
        sys.exit(EX_CONFIG)
    except (EmotionEdgeError, OSError) as err:  # OSError: a full disk, a folder that may not be written
        print(err, file=sys.stderr)
        sys.exit(1)
