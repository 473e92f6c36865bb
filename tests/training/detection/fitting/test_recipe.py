from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from edge.contract import strict_yaml
from edge.errors import ConfigError
from tests.edge.test_settings import field_paths, written_paths
from tests.training.detection.builders import recipe
from training.detection.fitting.recipe import DetectorRecipe

EXAMPLE = Path(__file__).parents[4] / "config" / "detector.yaml"


def test_the_annotated_recipe_names_every_field_with_its_default() -> None:
    assert strict_yaml.load(EXAMPLE, DetectorRecipe) == recipe()
    assert written_paths(yaml.safe_load(EXAMPLE.read_text())) == field_paths(DetectorRecipe)


def test_a_view_that_the_strides_do_not_divide_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "detector.yaml"
    path.write_text("schema: detector/1\nviews: {size_px: 250}\n")
    with pytest.raises(ConfigError, match=r"detector\.yaml:2.*size_px"):
        strict_yaml.load(path, DetectorRecipe)
