"""The networks that a configuration names travel with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy.release.bundles import collect, inserted
from deploy.release.placed import placed
from edge import shipped
from edge.contract import yaml_source
from edge.errors import ConfigError


def configuration(text: str, origin: str):  # type: ignore[no-untyped-def]
    values, source = yaml_source.read(text, origin, fill_variables=False)
    return placed(values, {path: f"{origin}:{line}" for path, line in source.lines.items()})


def test_without_a_name_the_shipped_ones_are_used_and_nothing_travels() -> None:
    found = collect(configuration("site: lab\nclassifier:\n  bundle: null\n", "base.yaml"))
    assert set(found.models) == {"fer-compact", "face-compact"}
    assert found.files == {}
    assert inserted({"site": "lab"}, found.settings) == {"site": "lab"}


def test_a_named_one_travels_and_is_found_inside_the_release(tmp_path: Path) -> None:
    (tmp_path / "mine").symlink_to(shipped.BUNDLES / "ferplus-compact")
    found = collect(configuration("classifier:\n  bundle: mine\n", str(tmp_path / "base.yaml")))
    assert found.models["ferplus-compact"].count(".") == 2
    assert "bundles/ferplus-compact/model.tflite" in found.files
    assert inserted({"classifier": {"bundle": "mine", "threads": 1}}, found.settings) == {
        "classifier": {"bundle": "${EMOTION_EDGE_RELEASE}/bundles/ferplus-compact", "threads": 1}
    }


def test_a_shipped_one_is_meant_by_its_name_and_comes_with_the_wheel() -> None:
    found = collect(configuration("classifier:\n  bundle: fer-tiny\n", "base.yaml"))
    assert set(found.models) == {"fer-tiny", "face-compact"}
    assert found.files == {}
    before = {"classifier": {"bundle": "${EMOTION_EDGE_RELEASE}/bundles/mine", "threads": 1}}
    assert inserted(before, found.settings) == {"classifier": {"bundle": "fer-tiny", "threads": 1}}


def test_a_folder_travels_also_where_it_is_a_shipped_one() -> None:
    found = collect(configuration(f"classifier:\n  bundle: {shipped.BUNDLES / 'fer-tiny'}\n", "base.yaml"))
    assert found.settings["classifier"] == "${EMOTION_EDGE_RELEASE}/bundles/fer-tiny"
    assert "bundles/fer-tiny/model.tflite" in found.files


def test_where_none_is_named_that_of_before_is_taken_out() -> None:
    found = collect(configuration("site: lab\n", "base.yaml"))
    before = {"classifier": {"bundle": "${EMOTION_EDGE_RELEASE}/bundles/mine", "threads": 1}}
    assert inserted(before, found.settings) == {"classifier": {"threads": 1}}


def test_a_folder_of_ones_own_goes_before_a_shipped_name(tmp_path: Path) -> None:
    shutil.copytree(shipped.BUNDLES / "ferplus-compact", tmp_path / "fer-tiny")
    found = collect(configuration("classifier:\n  bundle: fer-tiny\n", str(tmp_path / "base.yaml")))
    assert found.models["ferplus-compact"]
    assert "bundles/ferplus-compact/model.tflite" in found.files


def test_a_folder_that_is_no_bundle_is_told_where_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"base.yaml:2: classifier.bundle: .*not a bundle"):
        collect(configuration("classifier:\n  bundle: nowhere\n", str(tmp_path / "base.yaml")))
