from __future__ import annotations

from pathlib import Path

from edge.doctor.unit import adopt_environment, examine_user


def test_whoever_is_not_the_daemon_s_user_is_told_so(tmp_path: Path) -> None:
    unit = tmp_path / "emotion-edge.service"
    assert examine_user("pi", unit).verdict == "ok"
    unit.write_text("[Service]\nUser=emotion-edge\n")
    assert examine_user("emotion-edge", unit).verdict == "ok"
    assert "sudo -u emotion-edge emotion-edge doctor" in examine_user("pi", unit).advice


def test_where_the_unit_is_installed_the_daemon_s_own_folders_are_looked_at(tmp_path: Path) -> None:
    unit, environment = tmp_path / "emotion-edge.service", {"STATE_DIRECTORY": "/srv/state"}
    adopt_environment(unit, environment)
    assert environment == {"STATE_DIRECTORY": "/srv/state"}
    unit.touch()
    adopt_environment(unit, environment)
    assert environment == {
        "STATE_DIRECTORY": "/srv/state",
        "RUNTIME_DIRECTORY": "/run/emotion-edge",
        "CREDENTIALS_DIRECTORY": "/run/credentials/emotion-edge.service",
    }


def test_the_folders_are_those_that_the_shipped_unit_names() -> None:
    text = (Path(__file__).parents[3] / "edge" / "unit" / "emotion-edge.service").read_text()
    assert {"StateDirectory=emotion-edge", "RuntimeDirectory=emotion-edge"} <= set(text.splitlines())
