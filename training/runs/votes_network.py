"""The second head as a network of its own: FER+'s eight emotions from the same features."""

from __future__ import annotations

from typing import Any

from edge.contract.labels import FERPLUS_LABELS
from training import networks
from training.fitting.fit import Trained
from training.recipe import Recipe


def votes_network(trained: Trained, recipe: Recipe) -> Any:
    """The trained network with the votes' head in the place of its last layer.

    The columns "unknown" and "NF" are left out: what remains is the distribution among the
    emotions, given that there is one.

    Returns:
        keras.Model: faces -> (N, 8) logits, in the order of ``FERPLUS_LABELS``.
    Raises:
        ValueError: The run has no such head.
    """
    if trained.votes is None:
        raise ValueError("the run has no head for FER+ votes")
    kernel, bias = trained.votes.layers[-1].get_weights()
    classes = len(FERPLUS_LABELS)
    network = networks.build(recipe.network, recipe.crop_px, classes, recipe.dropout)
    network.set_weights([*trained.network.get_weights()[:-2], kernel[:, :classes], bias[:classes]])
    return network
