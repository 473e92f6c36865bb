from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from edge.contract import strict_yaml
from edge.errors import ConfigError
from training.networks import NETWORKS
from training.recipe import Recipe

EXAMPLE = Path(__file__).parents[2] / "config" / "training.yaml"


def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    """Names as the file has them, sections as nested mappings."""
    return {
        field.alias or name: fields_of(field.annotation)
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        else None
        for name, field in model.model_fields.items()
    }


def keys_of(document: Any) -> Any:
    return {k: keys_of(v) for k, v in document.items()} if isinstance(document, dict) else None


def test_the_example_has_every_field_and_no_other() -> None:
    assert keys_of(yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))) == fields_of(Recipe)


def test_the_example_is_a_recipe() -> None:
    recipe = strict_yaml.load(EXAMPLE, Recipe)
    assert recipe.network in NETWORKS
    assert recipe.optimizer.learning_rate == 0.1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("epoch: 3", r"r\.yaml:3: epoch: unknown field"),
        (
            "network: huge",
            r"r\.yaml:3: network: unknown network 'huge'; choose one of big-xception, ck-gen10, compact, ",
        ),
        ("batch: many", r"r\.yaml:3: batch: must be a whole number \(given: 'many'\)"),
        ("optimizer: {speed: 1}", r"r\.yaml:3: optimizer\.speed: unknown field"),
        ("augmentation: {zoom: [1.2, 0.8]}", r"augmentation\.zoom: the lower bound 1\.2 lies above"),
        ("augmentation: {zoom: [1.2]}", r"augmentation\.zoom\[1\]: required field is missing"),
        ("batch: true", r"batch: must be a whole number"),
        ("dropout: '0.1'", r"dropout: must be a number; remove the quotes"),
        ("held_out: 1", r"held_out: .*less than 1"),
        ("seed: -1", r"seed: .*greater than or equal to 0"),
    ],
)
def test_a_fault_is_named_with_file_line_and_field(line: str, said: str) -> None:
    network = "" if line.startswith("network") else "network: tiny"
    with pytest.raises(ConfigError, match=said):
        strict_yaml.parse(f"schema: training/1\n{network}\n{line}\n", Recipe, "r.yaml")
