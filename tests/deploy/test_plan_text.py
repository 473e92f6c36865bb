from __future__ import annotations

from deploy.agent.manifest import Blob, Manifest
from deploy.agent.plan import difference
from deploy.commands.push import difference as lines_of


def _manifest(release: str, version: str, fps: int, wheel: str) -> Manifest:
    files = [Blob("config/edge.yaml", release * 5, 1, 0), Blob(f"wheels/{wheel}.whl", wheel, 1, 1)]
    return Manifest(
        release, version, 1, "", "pi", "aarch64", "3.11", files, {},
        {"cameras": [{"name": "desk", "fps": fps}]}, {"fer": version}, {"numpy": wheel}, b"",
    )  # fmt: skip


def test_a_plan_shows_versions_packages_models_keys_and_files() -> None:
    diff = difference(_manifest("old", "1.0.0", 5, "2.0"), _manifest("new", "1.1.0", 10, "2.1"))
    assert lines_of("pi", diff) == [
        "pi: release old -> new, version 1.0.0 -> 1.1.0",
        "  packages: numpy: 2.0 -> 2.1",
        "  models: fer: 1.0.0 -> 1.1.0",
        "  configuration: cameras[desk].fps: 5 -> 10",
        "  + wheels/2.1.whl",
        "  ~ config/edge.yaml",
        "  - wheels/2.0.whl",
    ]


def test_a_plan_says_that_nothing_would_change() -> None:
    same = _manifest("old", "1.0.0", 5, "2.0")
    assert lines_of("pi", difference(same, same)) == ["pi: runs release old already"]
