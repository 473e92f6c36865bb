"""The dashboard in headless Chromium, with a real broker and the real daemon."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.dashboard_process import ROOT, Dashboard, chromium, dashboards, requests_of
from tests.integration.dashboard_stage import Stage, stage
from tests.integration.mosquitto import Mosquitto, mosquitto

__all__ = ["chromium", "dashboards", "mosquitto"]  # the fixtures
pytestmark = [pytest.mark.integration, pytest.mark.broker, pytest.mark.browser]
#: A busy machine is slow.
PATIENCE_MS = 40_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("stage"), ("lab", "pi-1", "personal")) as everything:
        everything.subscriber.wait_for(2, "/window", 90)
        yield everything


@pytest.fixture
def page(running: Stage, chromium: Browser) -> Iterator[Page]:
    """The page of the running dashboard, with its first cards."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page.set_default_timeout(PATIENCE_MS)
    page.goto(running.dashboard.url)
    expect(page.locator(".card")).to_have_count(2)
    yield page
    page.close()


def ids_of(running: Stage) -> list[str]:
    return [
        json.loads(one.payload)["id"] for one in running.subscriber.heard if one.topic.endswith("/window")
    ]


def test_each_camera_has_a_card_with_what_it_sees_now_and_nothing_comes_from_elsewhere(
    running: Stage, chromium: Browser
) -> None:
    page = chromium.new_page()
    asked = requests_of(page)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(running.dashboard.url)
    entrance = page.locator(".card", has_text="entrance")
    expect(entrance).to_contain_text("Streaming")
    expect(entrance).to_contain_text(re.compile(r"(Happy|Neutral|Surprise)\s+\d+ %"))
    expect(entrance).to_contain_text("1 face")
    expect(page.locator(".devices")).to_contain_text("Online")
    expect(page.locator(".lane")).to_have_count(2)
    expect(page.locator(".lane path").first).to_have_attribute("d", re.compile("^M"))
    ours = (running.dashboard.url, running.dashboard.url.replace("http", "ws"))
    assert [url for url in asked if not url.startswith(ours)] == []
    assert any(url.startswith("ws") for url in asked)
    assert problems == []
    page.close()


def test_a_filter_leaves_the_chosen_camera_and_survives_a_reload(page: Page) -> None:
    page.get_by_role("combobox", name="Camera").click()
    page.get_by_role("option", name="counter").click()
    expect(page.locator(".card h3")).to_have_text(["counter"])
    expect(page.locator(".lane")).to_have_count(1)
    assert "camera=counter" in page.url
    page.reload()
    expect(page.locator(".card h3")).to_have_text(["counter"])
    page.get_by_role("combobox", name="Camera").click()
    page.get_by_role("option", name="All cameras").click()
    expect(page.locator(".card")).to_have_count(2)


def test_the_theme_is_the_systems_until_one_is_chosen_which_is_remembered(page: Page) -> None:
    body = page.locator("body")
    expect(body).to_have_class(re.compile("body--light"))
    page.get_by_role("button", name="Dark colours").click()
    expect(body).to_have_class(re.compile("body--dark"))
    page.reload()
    expect(body).to_have_class(re.compile("body--dark"))
    expect(page.get_by_role("button", name="Dark colours")).to_have_attribute("aria-pressed", "true")


def test_everything_is_reached_and_used_by_the_keyboard(page: Page) -> None:
    reached = []
    for _ in range(25):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText || document.activeElement.ariaLabel"))
        if (reached[-1] or "").startswith("Timeline") or page.evaluate(
            "document.activeElement.className"
        ) == "plot":
            break
    assert reached[0] == "Skip to the cameras"
    assert "Export" in reached
    assert "1 h" in reached
    page.keyboard.press("End")
    for _ in range(3):  # the newest windows are still open
        page.keyboard.press("ArrowLeft")
    readout = page.locator(".readout")
    expect(readout).to_contain_text(re.compile(r"lab / pi-1 / \w+ · \d\d:\d\d:\d\d"))
    page.keyboard.press("ArrowDown")
    expect(readout).to_contain_text("entrance")
    page.keyboard.press("Escape")
    expect(readout).to_contain_text("arrow keys")
    page.get_by_role("button", name="1 h", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="1 h", exact=True)).to_have_attribute("aria-pressed", "true")


def test_the_first_key_leads_past_the_header(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.querySelectorAll('.card').length") == 2


def test_a_screen_reader_finds_landmarks_headings_and_names(page: Page) -> None:
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("main")).to_be_visible()
    for name in ("Cameras", "Timeline", "Devices"):
        expect(page.get_by_role("region", name=name, exact=True)).to_be_visible()
        expect(page.get_by_role("heading", name=name, level=2)).to_be_visible()
    expect(page.get_by_role("list", name="Colours")).to_be_visible()
    assert page.get_attribute("html", "lang") == "en-US"
    nameless = page.evaluate(
        """[...document.querySelectorAll("button, input, select, a, summary")]
        .filter((one) => one.checkVisibility() && one.type !== "hidden")
        .filter((one) => !(one.innerText || one.ariaLabel || one.title || one.labels?.length))
        .map((one) => one.outerHTML)"""
    )
    assert nameless == []


def test_the_timeline_is_there_as_a_table_too(page: Page) -> None:
    page.get_by_text("The same as a table").click()
    rows = page.locator(".as-table tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(re.compile(r"lab / pi-1 / counter.*%"))


def test_the_export_holds_what_was_published_each_window_once(
    running: Stage, page: Page, tmp_path: Path
) -> None:
    for kind in ("CSV", "JSON"):
        published = ids_of(running)
        page.get_by_role("button", name="Export").click()
        page.get_by_label(kind).check()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()
        file = tmp_path / download.value.suggested_filename
        download.value.save_as(file)
        page.keyboard.press("Escape")
        text = file.read_text()
        windows = list(csv.DictReader(text.splitlines())) if kind == "CSV" else json.loads(text)
        ids = [window["id"] for window in windows]
        assert len(ids) == len(set(ids))
        # The dashboard subscribes a moment later than the test does, or earlier.
        assert set(published[4:-4]) <= set(ids)
        assert windows[0]["site"] == "lab"


def test_what_is_typed_into_the_export_stays_while_the_page_moves_on(page: Page) -> None:
    page.get_by_role("button", name="Export").click()
    page.get_by_label("From (UTC)").fill("2026-11-20T12:00")
    page.get_by_label("JSON").check()
    page.wait_for_timeout(4000)
    expect(page.get_by_label("From (UTC)")).to_have_value("2026-11-20T12:00")
    expect(page.get_by_label("JSON")).to_be_checked()


def test_a_broker_that_goes_is_told_and_what_was_missed_comes_back(running: Stage, page: Page) -> None:
    banner = page.locator(".banner.bad").first
    expect(banner).to_be_hidden()
    running.broker.stop()
    expect(banner).to_contain_text("connection refused")
    page.wait_for_timeout(3000)  # windows close meanwhile and wait in the daemon's outbox
    running.broker.start()
    expect(banner).to_be_hidden()
    expect(page.locator(".banner.good")).to_be_visible()
    expect(page.locator(".card", has_text="entrance")).to_contain_text("1 face")
    for _ in range(30):
        page.wait_for_timeout(1000)
        numbers = sequence_numbers(page, running.dashboard)
        if len(numbers) > 4 and numbers == list(range(numbers[0], numbers[-1] + 1)):
            return
    pytest.fail(f"windows of entrance are missing: {numbers}")


def sequence_numbers(page: Page, dashboard: Dashboard) -> list[int]:
    kept = page.request.get(f"{dashboard.url}/export?format=json&camera=entrance").json()
    return sorted(window["seq"] for window in kept)


@pytest.mark.parametrize("width", [375, 768])
def test_a_phone_needs_no_sideways_scrolling(running: Stage, chromium: Browser, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 812})
    page.goto(running.dashboard.url)
    expect(page.locator(".card")).to_have_count(2)
    expect(page.locator(".lane").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_role("button", name="Download")).to_be_in_viewport()
    page.close()


def test_hostile_names_and_reasons_are_text_and_what_is_malformed_is_counted(
    mosquitto: Mosquitto, dashboards: list[Dashboard], chromium: Browser, tmp_path: Path
) -> None:
    mosquitto.start()
    dashboards.append(Dashboard(tmp_path, mosquitto.port).wait())
    page = chromium.new_page()
    page.goto(dashboards[0].url)
    expect(page.get_by_role("heading", name="Waiting for the first device")).to_be_visible()
    image = "<img src=x onerror=window.hacked=1>"
    state = {
        "schema": "emotion.state/1",
        "state": "stalled",
        "since": "2026-11-20T12:00:00.000Z",
        "reason": image,
    }
    mosquitto.publish("emotion/v1/lab/pi-1/status", "online", "-r")
    mosquitto.publish("emotion/v1/lab/pi-1/door/state", json.dumps(state), "-r")
    mosquitto.publish(f"emotion/v1/lab/{image}/status", "online")
    mosquitto.publish("emotion/v1/lab/pi-1/stats", "{broken")
    expect(page.locator(".card")).to_contain_text(image)
    page.get_by_text("2 messages could not be read").click()
    expect(page.locator(".refusals li")).to_have_count(2)
    expect(page.locator(".refusals")).to_contain_text(f"emotion/v1/lab/{image}/status: names in topics")
    assert page.evaluate("window.hacked") is None
    page.close()


def test_a_password_guards_the_page_its_sockets_and_the_export(
    mosquitto: Mosquitto, dashboards: list[Dashboard], chromium: Browser, tmp_path: Path
) -> None:
    mosquitto.start()
    dashboard = Dashboard(tmp_path, mosquitto.port, DASHBOARD_PASSWORD="open sesame").wait()
    dashboards.append(dashboard)
    page = chromium.new_page()
    page.goto(f"{dashboard.url}/export?format=csv")
    expect(page.get_by_label("Password")).to_be_focused()
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not the password")
    page.get_by_label("Password").fill("open sesame")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Waiting for the first device")).to_be_visible()
    mosquitto.publish("emotion/v1/lab/pi-1/status", "online", "-r")
    expect(page.locator(".devices")).to_contain_text("pi-1")
    assert "open sesame" not in page.content()
    assert "open sesame" not in dashboard.log
    page.close()


def test_it_ends_in_order_while_somebody_looks_and_started_again_it_has_missed_nothing(
    running: Stage, chromium: Browser, tmp_path: Path
) -> None:
    dashboard = Dashboard(tmp_path, running.broker.port).wait()
    page = chromium.new_page()
    page.goto(dashboard.url)
    expect(page.locator(".lane")).to_have_count(2)
    assert dashboard.stop() == 0, dashboard.log
    published = len(ids_of(running))
    running.subscriber.wait_for(published + 4, "/window", 60)
    dashboard.start()
    dashboard.wait()
    for _ in range(30):
        page.wait_for_timeout(1000)
        numbers = sequence_numbers(page, dashboard)
        if len(numbers) > 3 and numbers == list(range(numbers[0], numbers[-1] + 1)):
            break
    else:
        pytest.fail(f"windows of entrance are missing: {numbers}")
    assert dashboard.stop() == 0, dashboard.log
    page.close()


def test_other_machines_are_let_in_only_on_purpose() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "edge", "dashboard", "--listen", "0.0.0.0:8080"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert said.returncode == 2
    assert "DASHBOARD_PASSWORD" in said.stderr
