from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import edge
from edge.health.board import HealthBoard
from edge.health.metrics import Metrics
from tests.edge.contract.health_builder import a_record

FILE = Path(edge.__file__).parent / "examples" / "grafana-dashboard.json"
DASHBOARD = json.loads(FILE.read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
QUERIES = [target["expr"] for panel in PANELS for target in panel["targets"]]
#: What Prometheus itself adds to each series.
OF_PROMETHEUS = {"instance"}


def served() -> dict[str, set[str]]:
    """Each series of ``/metrics`` and its labels."""
    board = HealthBoard()
    board.post(a_record(), sound=True)
    metrics = Metrics(board)
    metrics.observe("total", 0.1)
    lines = re.findall(r"^(\w+)(?:{(.*)})? ", metrics.text().decode(), re.MULTILINE)
    return {name: set(re.findall(r'(\w+)="', labels)) for name, labels in lines}


def test_every_query_asks_for_metrics_that_a_device_serves() -> None:
    asked = {name for query in QUERIES for name in re.findall(r"emotion_\w+", query)}
    assert len(asked) > 10
    assert asked <= set(served())


def test_every_label_that_is_grouped_by_or_shown_is_one_of_its_series() -> None:
    series = served()
    for panel in PANELS:
        for target in panel["targets"]:
            (name,) = re.findall(r"emotion_\w+", target["expr"])
            grouped = re.findall(r"by \(([^)]*)\)", target["expr"])
            used = {label.strip() for group in grouped for label in group.split(",")}
            used |= set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            assert used <= series[name] | OF_PROMETHEUS, panel["title"]


def test_counters_are_shown_as_rates_or_increases_and_gauges_as_they_are() -> None:
    for query in QUERIES:
        (name,) = re.findall(r"emotion_\w+", query)
        counts = name.endswith(("_total", "_bucket"))
        assert counts == any(f"{function}({name}" in query for function in ("rate", "increase")), query


def test_every_panel_is_of_the_chosen_devices_and_explains_itself() -> None:
    assert all('instance=~"$instance"' in query for query in QUERIES)
    assert all(panel["description"].endswith(".") for panel in PANELS)
    names = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(DASHBOARD))) - {"__rate_interval", "__all"}
    assert used == names == {"datasource", "instance"}


def test_no_two_panels_share_a_place() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
