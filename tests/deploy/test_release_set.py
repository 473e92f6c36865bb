from __future__ import annotations

from pathlib import Path

import pytest

from deploy import release_set
from deploy.release_set import ReleaseSet
from edge.errors import ConfigError

BUILT = ReleaseSet(Path("/store"), Path("/agent.pyz"), {"pi": Path("/store/pi/manifest.json")})


def test_what_is_written_is_read_again_and_may_be_written_over(tmp_path: Path) -> None:
    path = tmp_path / "releases.json"
    path.touch()  # as mktemp does
    release_set.require_writable(path)
    release_set.write(path, BUILT)
    assert release_set.read(path) == BUILT
    release_set.require_writable(path)


@pytest.mark.parametrize("name", ["fleet.yaml", "", "missing/releases.json"])
def test_nothing_else_is_ever_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / "fleet.yaml").write_text("schema: fleet/1\n")
    with pytest.raises(ConfigError, match=r"is no file of releases|is a folder|is not there"):
        release_set.require_writable(tmp_path / name)
