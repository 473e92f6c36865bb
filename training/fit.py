"""The training loop: recipe and faces in, a trained Keras model and its history out."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from edge.errors import EmotionEdgeError
from training import checkpoint, networks, temperature
from training.batches import AugmentedBatches
from training.checkpoint import History
from training.progress import Progress
from training.recipe import Recipe
from training.schedule import WarmupCosine


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
        EmotionEdgeError: The loss is not finite any more; names the last good checkpoint.
    """
    keras.utils.set_random_seed(recipe.seed)
    steps = max(1, len(training) // recipe.batch)
    model = _compiled(recipe, len(training.classes), steps)
    history = checkpoint.restore(folder, model) if resume else []
    done = int(model.optimizer.iterations) // steps
    history = history[:done]
    batches = AugmentedBatches(training, recipe, first_epoch=done)
    for epoch in range(done, recipe.epochs):
        started_s = time.monotonic()
        _seed_dropout(model, recipe.seed, epoch)
        record = {"epoch": float(epoch + 1), **_one_epoch(model, batches, epoch, progress)}
        if held_out is not None and math.isfinite(record["loss"]):
            record |= _held_out_figures(model, held_out)
        _require_finite(record, folder)
        record["minutes"] = round((time.monotonic() - started_s) / 60, 3)
        history.append(record)
        checkpoint.save(folder, model, history)
        batches.on_epoch_end()
        progress.epoch_done(record)
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


def _seed_dropout(model: Any, seed: int, epoch: int) -> None:
    """Make the masks of an epoch a function of (seed, epoch): Keras does not store their state."""
    for layer in model.layers:
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign(np.array([seed, epoch << 20], dtype=np.uint32))


def _one_epoch(model: Any, batches: AugmentedBatches, epoch: int, progress: Progress) -> dict[str, float]:
    """Mean loss and accuracy over the epoch; stops at the first loss that is not finite."""
    totals: dict[str, float] = {}
    batch = 0
    for batch in range(1, len(batches) + 1):
        for name, value in model.train_on_batch(*batches[batch - 1], return_dict=True).items():
            totals[name] = totals.get(name, 0.0) + float(value)
        progress.batch_done(epoch, batch, len(batches), totals["loss"] / batch)
        if not math.isfinite(totals["loss"]):
            break
    return {name: total / batch for name, total in totals.items()}


def _require_finite(record: dict[str, float], folder: Path) -> None:
    wrong = [f"{name} is {value}" for name, value in record.items() if not math.isfinite(value)]
    if not wrong:
        return
    epoch = int(record["epoch"])
    kept = "no checkpoint was written"
    if epoch > 1:
        kept = f"the last good checkpoint, of epoch {epoch - 1}, is {checkpoint.path(folder)}"
    raise EmotionEdgeError(
        f"epoch {epoch}: {', '.join(wrong)}; {kept}. Lower optimizer.learning_rate and start a new run"
    )


def _held_out_figures(model: Any, faces: FaceSet) -> dict[str, float]:
    """Loss and accuracy of the averaged weights, which are what the run will deliver."""
    current = [keras.ops.convert_to_numpy(v) for v in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    logits = logits_of(model, faces.images)
    for variable, value in zip(model.trainable_variables, current, strict=True):
        variable.assign(value)
    return {
        "held_out_loss": temperature.negative_log_likelihood(logits, faces.labels),
        "held_out_accuracy": float((logits.argmax(axis=1) == faces.labels).mean()),
    }


def logits_of(model: Any, images: npt.NDArray[np.uint8], batch: int = 256) -> npt.NDArray[np.float32]:
    """(N, 48, 48) uint8 -> (N, classes) float32, without augmentation; N > 0."""
    parts = [
        np.asarray(model.predict_on_batch(images[start : start + batch, ..., None].astype(np.float32)))
        for start in range(0, len(images), batch)
    ]
    return np.concatenate(parts)
