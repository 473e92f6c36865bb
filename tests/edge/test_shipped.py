from __future__ import annotations

from pathlib import Path

import pytest

from edge import shipped
from edge.classifier import load_verified
from edge.contract import manifest


@pytest.mark.parametrize("name", ["fer-compact", "fer-tiny", "ferplus-compact"])
def test_a_shipped_classifier_is_meant_by_its_name_and_works(name: str) -> None:
    folder = shipped.bundle(Path(name), shipped.DEFAULT_CLASSIFIER)
    assert load_verified(folder).manifest.name == name


@pytest.mark.parametrize("path", ["mine", "models/fer-tiny", "/opt/bundles/fer-tiny"])
def test_everything_else_is_a_folder(path: str) -> None:
    assert shipped.bundle(Path(path), shipped.DEFAULT_CLASSIFIER) == Path(path)


def test_a_folder_of_ones_own_goes_before_a_shipped_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fer-tiny").mkdir()
    monkeypatch.chdir(tmp_path)
    assert shipped.bundle(Path("fer-tiny"), shipped.DEFAULT_CLASSIFIER) == Path("fer-tiny")


def test_without_a_name_it_is_the_default() -> None:
    assert shipped.bundle(None, shipped.DEFAULT_DETECTOR) == shipped.DEFAULT_DETECTOR


def test_every_folder_is_named_after_its_bundle() -> None:
    for folder in shipped.bundles():
        assert manifest.load(folder).manifest.name == folder.name
