"""The preview's page in a real browser, by keyboard alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from edge.datatypes import Box
from edge.health.board import HealthBoard
from edge.health.http_server import HealthServer
from edge.pipeline import Analysis
from edge.preview.settings import PreviewSettings
from edge.preview.site import PreviewSite
from edge.preview.viewing import Viewing
from tests.builders import frame, image, observation
from tests.edge.contract.health_builder import a_camera, a_record

pytestmark = pytest.mark.integration
TOKEN = "correct-horse-battery"
CHROMIUM = shutil.which("chromium")


@pytest.fixture
def page() -> Iterator[Any]:
    """A tab of a headless Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    if CHROMIUM is None:
        pytest.skip("apt install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


@pytest.fixture
def device() -> Iterator[tuple[Viewing, HealthServer]]:
    settings = PreviewSettings.model_validate({"enabled": True, "token": TOKEN})
    board, viewing = HealthBoard(), Viewing(settings)
    board.post(a_record(cameras={"door": a_camera(), "yard": a_camera("stalled")}), sound=True)
    server = HealthServer(("127.0.0.1", 0), board, None, PreviewSite(settings, viewing, board))
    yield viewing, server
    server.close()


def wait_for_picture(page: Any, shown: Any, turn: Callable[[], None]) -> int:
    """The width of the picture in an element, once there is one."""
    for _ in range(200):
        turn()
        if width := shown.evaluate("element => element.naturalWidth"):
            return int(width)
        page.wait_for_timeout(50)
    return 0


def test_by_keyboard_alone_one_logs_in_looks_and_chooses_another_camera(
    page: Any, device: tuple[Viewing, HealthServer]
) -> None:
    viewing, server = device
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda err: complaints.append(str(err)))
    page.goto(f"http://127.0.0.1:{server.port}/preview", wait_until="domcontentloaded")
    page.wait_for_function("document.activeElement.tagName === 'INPUT'")  # the field takes the focus
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    live = page.wait_for_selector("#live", state="attached")
    seen = Analysis([observation()], [], [Box(0, 0, 40, 40)])
    door = frame(picture=image(320, 240))
    assert wait_for_picture(page, live, lambda: viewing.show(door, seen)) == 320
    assert "camera door" in live.get_attribute("alt")
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").startswith("yard")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("camera=yard"), wait_until="commit")
    page.wait_for_selector("[aria-current]", state="attached")
    assert page.text_content("[aria-current]").startswith("yard")
    grey = page.wait_for_selector("#live", state="attached")
    assert wait_for_picture(page, grey, lambda: None) == 640  # no frame comes: a grey one says why
    # Nothing is refused by the page's own policy; the login's 401 and a missing icon are no faults.
    assert [text for text in complaints if "Failed to load resource" not in text] == []
