"""One training run: recipe and faces in, a folder with model, figures and plots out."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from edge.errors import EmotionEdgeError
from training import checkpoint, networks
from training.batches import AugmentedBatches
from training.checkpoint import History
from training.recipe import Recipe
from training.schedule import WarmupCosine

#: called after each batch with (epoch, batch, batches of an epoch, running loss)
Progress = Callable[[int, int, int, float], None]


class TrainingDivergedError(EmotionEdgeError):
    """The loss became NaN or infinite; the message names the last good checkpoint."""


def fit(
    recipe: Recipe,
    training: FaceSet,
    held_out: FaceSet | None,
    folder: Path,
    resume: bool,
    progress: Progress,
) -> tuple[Any, History]:
    """Train to the end of the recipe, leaving a checkpoint in ``folder`` after every epoch.

    Returns:
        The model with its averaged weights, and one record an epoch (loss and accuracy on the
        augmented views; on the held-out faces too, where there are any).
    Raises:
        ContractError: ``resume`` without a usable checkpoint.
        TrainingDivergedError: The loss is not finite any more.
    """
    keras.utils.set_random_seed(recipe.seed)
    steps = max(1, len(training) // recipe.batch)
    if resume:
        model, history = checkpoint.restore(folder)
    else:
        model, history = _compiled(recipe, len(training.classes), steps), []
    done = int(model.optimizer.iterations) // steps
    history = history[:done]
    batches = AugmentedBatches(training, recipe, first_epoch=done)
    for epoch in range(done, recipe.epochs):
        started = time.monotonic()
        record = {"epoch": float(epoch + 1), **_one_epoch(model, batches, epoch, progress)}
        if held_out is not None:
            record |= _held_out_figures(model, held_out)
        if not math.isfinite(record["loss"]):
            kept = f"the last good checkpoint is in {folder}" if history else "no checkpoint was written"
            raise TrainingDivergedError(
                f"epoch {epoch + 1}: the loss is {record['loss']}; {kept}. Lower learning_rate"
            )
        record["minutes"] = round((time.monotonic() - started) / 60, 3)
        history.append(record)
        checkpoint.save(folder, model, history)
        batches.on_epoch_end()
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return model, history


def _compiled(recipe: Recipe, classes: int, steps: int) -> Any:
    model = networks.build(recipe.network, recipe.crop_px, classes, recipe.dropout)
    chosen = recipe.optimizer
    optimizer = keras.optimizers.SGD(
        WarmupCosine(chosen.learning_rate, round(chosen.warmup_epochs * steps), recipe.epochs * steps),
        momentum=chosen.momentum,
        nesterov=True,
        weight_decay=chosen.weight_decay or None,
        use_ema=chosen.ema > 0,
        ema_momentum=chosen.ema,
    )
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    return model


def _one_epoch(model: Any, batches: AugmentedBatches, epoch: int, progress: Progress) -> dict[str, float]:
    """Means over the epoch of what Keras gives for each batch alone."""
    sums: dict[str, float] = {}
    for index in range(len(batches)):
        figures = model.train_on_batch(*batches[index], return_dict=True)
        for name, value in figures.items():
            sums[name] = sums.get(name, 0.0) + float(value)
        progress(epoch, index + 1, len(batches), sums["loss"] / (index + 1))
        if not math.isfinite(sums["loss"]):
            break
    return {name: total / len(batches) for name, total in sums.items()}


def _held_out_figures(model: Any, faces: FaceSet) -> dict[str, float]:
    """Loss and accuracy of the averaged weights, which are what the run will deliver."""
    current = [np.array(v) for v in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    logits = logits_of(model, faces.images)
    for variable, value in zip(model.trainable_variables, current, strict=True):
        variable.assign(value)
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    rows = np.arange(len(faces))
    return {
        "held_out_loss": float(-log_probabilities[rows, faces.labels].mean()),
        "held_out_accuracy": float((logits.argmax(axis=1) == faces.labels).mean()),
    }


def logits_of(model: Any, images: npt.NDArray[np.uint8], batch: int = 256) -> npt.NDArray[np.float32]:
    """(N, 48, 48) uint8 -> (N, classes) float32, without augmentation."""
    parts = [
        np.asarray(model.predict_on_batch(images[start : start + batch, ..., None].astype(np.float32)))
        for start in range(0, len(images), batch)
    ]
    return np.concatenate(parts)
