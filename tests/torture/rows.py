"""All rows, in the order of the report."""

from __future__ import annotations

from tests.torture import (
    row_broker_gone,
    row_camera_gone,
    row_clock,
    row_commands,
    row_configuration,
    row_disk,
    row_killed,
    row_long_outage,
    row_soak,
)

ROWS = [
    module.ROW
    for module in (
        row_broker_gone,
        row_killed,
        row_long_outage,
        row_camera_gone,
        row_disk,
        row_clock,
        row_commands,
        row_configuration,
        row_soak,
    )
]
