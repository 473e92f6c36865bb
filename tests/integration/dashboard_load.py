"""Measures the dashboard under a fleet: ``python -m tests.integration.dashboard_load [CAMERAS SECONDS]``.

Prints the server's processor time, that of the page's main thread, and the tasks that held it up.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession

from edge.dashboard.store import Store
from tests.integration.dashboard_process import ROOT, Dashboard, running_chromium
from tests.integration.mosquitto import Mosquitto

_SETTLE_S = 15.0
_WATCH_LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map((task) => task.duration)))
    .observe({ type: "longtask" });
window.frames_ = 0;
const count = () => { window.frames_++; requestAnimationFrame(count); };
count();
"""


def measure(cameras: int, seconds: float) -> dict[str, Any]:
    """One run; the page is open all the time, on a window of 1440 x 900."""
    with tempfile.TemporaryDirectory() as name, running_chromium() as browser:
        folder = Path(name)
        broker = Mosquitto(folder)
        broker.start()
        dashboard = Dashboard(folder, broker.port).wait()
        generator = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.simulated_fleet", str(broker.port), str(cameras)],
            cwd=ROOT,
        )
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(dashboard.url)
            page.locator(".card").nth(cameras - 1).wait_for(state="attached", timeout=60_000)
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            page.wait_for_timeout(_SETTLE_S * 1000)
            page.evaluate(_WATCH_LONG_TASKS)
            store = Store(dashboard.store)
            windows = store.count()
            before, server_before_s, began_s = _task_s(session), dashboard.cpu_s(), time.monotonic()
            page.wait_for_timeout(seconds * 1000)
            lasted_s = time.monotonic() - began_s
            long_ms: list[float] = page.evaluate("window.longTasks")
            return {
                "cameras": cameras,
                "windows_a_second": (store.count() - windows) / lasted_s,
                "server_mb": dashboard.resident_bytes() / 1e6,
                "server_percent": 100 * (dashboard.cpu_s() - server_before_s) / lasted_s,
                "page_percent": 100 * (_task_s(session) - before) / lasted_s,
                "frames_a_second": page.evaluate("window.frames_") / lasted_s,
                "long_tasks": len(long_ms),
                "longest_ms": max(long_ms, default=0.0),
                "heap_mb": page.evaluate("performance.memory.usedJSHeapSize") / 1e6,
            }
        finally:
            generator.terminate()
            generator.wait()
            dashboard.stop()
            broker.close()


def _task_s(session: CDPSession) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in metrics if one["name"] == "TaskDuration"))


if __name__ == "__main__":
    arguments = sys.argv[1:] or ["200", "30"]
    for figure, value in measure(int(arguments[0]), float(arguments[1])).items():
        print(f"{figure}: {value:.1f}" if isinstance(value, float) else f"{figure}: {value}")
