from __future__ import annotations

from pathlib import Path

import pytest

from deploy.building import layers_of
from deploy.inventory import Inventory
from deploy.release.render import render


@pytest.mark.parametrize(("fields", "site"), [({}, "lab"), ({"site": "hall"}, "hall")])
def test_the_site_of_the_base_holds_where_the_host_has_none(
    tmp_path: Path, fields: dict[str, str], site: str
) -> None:
    base = tmp_path / "edge.yaml"
    base.write_text(
        "schema: edge/1\nsite: lab\ndevice: base\npurpose: personal\n"
        "cameras: [{name: desk, source: v4l2}]\nmqtt: {host: broker}\n"
    )
    host = {"name": "pi", "address": "x", **fields}
    fleet = Inventory.model_validate({"schema": "fleet/1", "configuration": base, "hosts": [host]})
    made = render(layers_of(fleet, fleet.hosts[0])).plain()
    assert (made["site"], made["device"]) == (site, "pi")
