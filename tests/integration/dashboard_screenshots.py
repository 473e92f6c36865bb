"""Pictures of the dashboard for the README: ``python -m tests.integration.dashboard_screenshots FOLDER``.

Two real daemons on the demo's films, one of them for a purpose that hides small groups; takes two minutes.
"""

from __future__ import annotations

import io
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from tests.integration.dashboard_process import running_chromium
from tests.integration.dashboard_stage import stage

_FILL_S = 100.0
#: Name to width and height of the window, and theme.
_PICTURES = {
    "dashboard-light": (1280, 800, "light"),
    "dashboard-dark": (1280, 800, "dark"),
    "dashboard-phone": (375, 812, "light"),
}


def main(out: Path) -> None:
    """Take them all."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, running_chromium() as browser:
        devices = (("home", "pi", "personal"), ("shop", "pi-2", "retail"))
        with stage(Path(name), *devices, window_s=5.0) as running:
            time.sleep(_FILL_S)
            for picture in _PICTURES:
                _take(browser, running.dashboard.url, picture, out)


def _take(browser: Browser, url: str, name: str, out: Path) -> None:
    width, height, theme = _PICTURES[name]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)  # type: ignore[arg-type]
    page.goto(url)
    page.locator(".lane").first.wait_for(timeout=60_000)
    page.wait_for_timeout(4000)
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    shot.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE).save(out / f"{name}.png", optimize=True)
    page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
