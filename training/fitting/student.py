"""The network as it is trained: one output a loss, mixed precision, optimizer; compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from edge.contract.labels import FERPLUS_VOTES
from edge.errors import ConfigError
from training import networks
from training.fitting.losses import SoftCrossEntropy
from training.fitting.schedule import WarmupCosine
from training.recipe import Optimizer, Recipe

#: Names of the outputs: the labels, the same logits for the teachers' loss, and FER+'s votes.
LABELS, TAUGHT, VOTES = "labels", "taught", "votes"


@dataclass(frozen=True)
class Student:
    """A compiled model around the network.

    Attributes:
        model: What is trained: faces -> {:data:`LABELS`: logits, ...}.
        network: What is delivered, sharing the weights: faces -> (N, classes) logits.
        votes: faces -> (N, 10) logits, sharing the weights; None without that head.
    """

    model: Any
    network: Any
    votes: Any | None


def build(recipe: Recipe, classes: int, steps_an_epoch: int) -> Student:
    """Build and compile what the recipe asks for.

    Raises:
        ConfigError: The network cannot have the crop, or the second head.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(recipe.precision)
    try:
        network = networks.build(recipe.network, recipe.crop_px, classes, recipe.dropout)
        _limit_momentum(network, recipe.batch_norm_momentum)
        # float32 in mixed precision too: else logits would be rounded to two or three digits before the loss.
        outputs = {LABELS: layers.Identity(name=LABELS, dtype="float32")(network.output)}
        votes = None
        if recipe.distillation is not None:
            outputs[TAUGHT] = layers.Identity(name=TAUGHT, dtype="float32")(network.output)
        if recipe.votes.head_weight:
            features = _features(network, recipe)
            outputs[VOTES] = layers.Dense(len(FERPLUS_VOTES), name=VOTES, dtype="float32")(features)
            votes = keras.Model(network.inputs, outputs[VOTES])
        model = keras.Model(network.inputs, outputs)
    finally:
        keras.config.set_dtype_policy(before)
    losses, weights = _losses(recipe)
    model.compile(
        _optimizer(recipe.optimizer, recipe.epochs, steps_an_epoch),
        losses,
        loss_weights=weights,
        metrics={LABELS: ["accuracy"]},
        jit_compile=False,
    )
    return Student(model, network, votes)


def _features(network: Any, recipe: Recipe) -> Any:
    """(N, F): what the network's last layer reads."""
    last = network.layers[-1]
    if not isinstance(last, layers.Dense):
        raise ConfigError(
            f"votes.head_weight: {recipe.network} ends without a dense layer that a second head could stand "
            "beside; write 0, or choose another network"
        )
    return last.input


def _limit_momentum(network: Any, highest: float) -> None:
    for layer in network.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = min(layer.momentum, highest)


def _losses(recipe: Recipe) -> tuple[dict[str, Any], dict[str, float]]:
    losses: dict[str, Any] = {LABELS: SoftCrossEntropy()}
    weights = {LABELS: 1.0}
    if recipe.distillation is not None:
        losses[TAUGHT] = SoftCrossEntropy(recipe.distillation.temperature)
        weights = {LABELS: 1 - recipe.distillation.weight, TAUGHT: recipe.distillation.weight}
    if recipe.votes.head_weight:
        losses[VOTES] = SoftCrossEntropy()
        weights[VOTES] = recipe.votes.head_weight
    return losses, weights


def _optimizer(chosen: Optimizer, epochs: int, steps_an_epoch: int) -> Any:
    rate: Any = chosen.learning_rate
    if chosen.schedule == "cosine":
        rate = WarmupCosine(rate, round(chosen.warmup_epochs * steps_an_epoch), epochs * steps_an_epoch)
    averaging = {"use_ema": chosen.ema > 0, "ema_momentum": chosen.ema}
    decay = chosen.weight_decay or None
    if chosen.name == "adam":
        adam = keras.optimizers.AdamW if decay else keras.optimizers.Adam
        optimizer = adam(rate, weight_decay=decay, **averaging)
    else:
        optimizer = keras.optimizers.SGD(
            rate, momentum=chosen.momentum, nesterov=True, weight_decay=decay, **averaging
        )
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    return optimizer
