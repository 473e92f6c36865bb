"""A camera as its capture process sees it: what the daemon has checked, as plain values."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:  # pydantic would cost each capture process 11 MB
    from edge.cameras import AnyCamera


def plain_camera(fields: dict[str, Any]) -> AnyCamera:
    """The fields of a camera, its ``address`` among them, to be read as those of the class that has them."""
    paths = {name: Path(fields[name]) for name in ("path", "python") if name in fields}
    return cast("AnyCamera", SimpleNamespace(**fields | paths))
