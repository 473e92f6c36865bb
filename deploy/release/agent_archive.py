"""The agent as the one file that travels: ``agent.pyz``, run by any Python from 3.8."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

FILE_NAME = "agent.pyz"
_MAIN = "import sys\n\nfrom deploy.agent.__main__ import main\n\nsys.exit(main())\n"
#: Archives begin in 1980; a constant, so that the same sources give the same file.
_WRITTEN = (1980, 1, 1, 0, 0, 0)


def archive() -> bytes:
    """A zip application of :mod:`deploy.agent`; the same sources give the same bytes."""
    package = Path(__file__).parent.parent
    sources = [package / "__init__.py", *sorted((package / "agent").rglob("*"))]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(_entry("__main__.py"), _MAIN)
        for path in sources:
            if path.suffix in (".py", ".service", ".conf"):
                packed.writestr(_entry(f"deploy/{path.relative_to(package)}"), path.read_bytes())
    return b"#!/usr/bin/env python3\n" + out.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _WRITTEN)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
