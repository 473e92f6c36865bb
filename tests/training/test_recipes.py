from __future__ import annotations

import pytest

from edge.contract import strict_yaml
from edge.errors import ConfigError
from training import recipes
from training.networks import NETWORKS
from training.recipe import Recipe

SIX_CLASSES = {"model-4", "model-5-six", "model-8"}


@pytest.mark.parametrize("name", recipes.all_recipes())
def test_a_recipe_is_valid_and_named_after_its_network(name: str) -> None:
    recipe = strict_yaml.load(recipes.named(name), Recipe)
    assert name in {recipe.network, f"{recipe.network}-six"}


def test_every_network_but_the_external_reference_has_a_recipe() -> None:
    assert set(recipes.all_recipes()) == set(NETWORKS) - {"deepface"} | {"model-5-six"}


def test_fine_tuning_starts_from_a_run_of_a_recipe_of_ours() -> None:
    tuned = strict_yaml.load(recipes.named("tiny").parents[1] / "fine-tuning.yaml", Recipe)
    first = strict_yaml.load(recipes.named(tuned.network), Recipe)
    assert (tuned.network, tuned.crop_px) == (first.network, first.crop_px)


def test_an_unknown_recipe_is_refused_and_a_path_is_taken() -> None:
    with pytest.raises(ConfigError, match=r"no recipe 'huge'; choose of big-xception, .*, or give a path"):
        recipes.named("huge")
    assert recipes.named("mine/a.yaml").name == "a.yaml"


def test_a_network_is_born_again_as_the_network_that_it_goes_on_from() -> None:
    again = strict_yaml.load(recipes.named("tiny").parents[1] / "born-again" / "compact.yaml", Recipe)
    first = strict_yaml.load(recipes.named("compact"), Recipe)
    assert (again.network, again.crop_px) == (first.network, first.crop_px)
    # Else what it is judged on, and its temperature chosen with, would have been learnt already.
    assert (again.held_out, again.held_out_copies, again.seed) == (
        first.held_out, first.held_out_copies, first.seed
    )  # fmt: skip
