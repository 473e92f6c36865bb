"""Five devices over real ssh, and a desktop that pushes to them: one fleet for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.release.store import Release
from tests.devices.fleet_desk import FleetDesk
from tests.devices.loopback import LoopbackFleet

DEVICES = 5
NAMES = [f"pi-{number:02d}" for number in range(1, DEVICES + 1)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetDesk]:
    folder = tmp_path_factory.mktemp("fleet")
    with LoopbackFleet(folder, DEVICES) as fleet:
        made = FleetDesk(folder, fleet)
        refused = made.run("init")
        assert refused.status == 11
        assert "--accept-new-host-keys" in refused.stderr
        greeted = made.run("init", "--accept-new-host-keys")
        assert greeted.status == 0, greeted.stderr
        assert greeted.stderr.count("SHA256:") == DEVICES
        assert made.run("status").status == 11  # nothing runs there yet
        yield made


@pytest.fixture
def old(desk: FleetDesk, request: pytest.FixtureRequest) -> Release:
    """A release that all devices run when the test begins."""
    release = desk.workshop.release(f"1.0.0+{request.node.name[:60]}")
    pushed = desk.push(release)
    assert pushed.status == 0, pushed.stderr
    assert desk.running() == {release.manifest.id}
    return release
