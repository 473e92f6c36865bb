"""The training loop: recipe and faces in, trained Keras networks and their history out."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from edge.contract.facesets import FaceSet
from edge.errors import EmotionEdgeError
from training.fitting import checkpoint, initial_weights, student, temperature
from training.fitting.batches import AugmentedBatches, Floats
from training.fitting.checkpoint import History
from training.fitting.student import LABELS, TAUGHT, Student
from training.fitting.teachers import Teachers
from training.progress import Progress
from training.recipe import Recipe

#: A bundle's batch norms start with what they see in so many.
_WATCHED_BATCHES = 16


@dataclass(frozen=True)
class Trained:
    """What a run has learnt.

    Attributes:
        network: Faces -> (N, classes) logits, with the averaged weights.
        votes: Faces -> (N, 10) logits of the FER+ votes; None where the recipe has no such head.
        history: One record an epoch: loss and accuracy on the augmented views, minutes of training,
            loss and accuracy on the held-out faces where there are any.
    """

    network: Any
    votes: Any | None
    history: History


def fit(
    recipe: Recipe,
    training: FaceSet,
    held_out: FaceSet | None,
    folder: Path,
    resume: bool,
    progress: Progress,
    init_from: Path | None = None,
) -> Trained:
    """Train to the end of the recipe, leaving a checkpoint in ``folder`` after every epoch.

    Args:
        recipe: All choices of the run.
        training: What is learnt.
        held_out: Judged after each epoch.
        folder: Of the checkpoints.
        resume: Go on after the last checkpoint.
        progress: Is told of batches and epochs.
        init_from: A ``.keras`` file or a bundle whose weights are the first ones, instead of random
            numbers; not read when a run is resumed.
    Raises:
        ContractError: ``resume`` without a usable checkpoint, or FER+ votes are asked for and missing.
        ModelError: A teacher, or ``init_from``, cannot be loaded or is another network.
        EmotionEdgeError: The loss is not finite any more; names the last good checkpoint.
    """
    keras.utils.set_random_seed(recipe.seed)
    steps = max(1, len(training) // recipe.batch)
    built = student.build(recipe, len(training.classes), steps)
    teachers = teachers_of(recipe, training.classes)
    history = checkpoint.restore(folder, built.model) if resume else []
    done = int(built.model.optimizer.iterations) // steps
    history = history[:done]
    batches = AugmentedBatches(training, recipe, first_epoch=done)
    if init_from is not None and not resume:
        views = batches.first_views(_WATCHED_BATCHES)
        initial_weights.copy(init_from, built.network, training.classes, views)
    for epoch in range(done, recipe.epochs):
        started_s = time.monotonic()
        _seed_dropout(built.model, recipe.seed, epoch)
        record = {"epoch": float(epoch + 1), **_one_epoch(built.model, batches, teachers, epoch, progress)}
        # Of training alone: this is what a limit in minutes is about.
        record["minutes"] = round((time.monotonic() - started_s) / 60, 3)
        if held_out is not None and math.isfinite(record["loss"]):
            record |= _held_out_figures(built, held_out)
        _require_finite(record, folder)
        history.append(record)
        checkpoint.save(folder, built.model, history)
        batches.on_epoch_end()
        progress.epoch_done(record)
    _take_averages(built.model)
    return Trained(built.network, built.votes, history)


def teachers_of(recipe: Recipe, classes: Sequence[str]) -> Teachers | None:
    """The committee of a recipe that distils.

    Raises:
        ModelError: A teacher cannot be loaded.
    """
    wanted = recipe.distillation
    return Teachers(wanted.teachers, classes, wanted.temperature) if wanted else None


def _seed_dropout(model: Any, seed: int, epoch: int) -> None:
    """Make the masks of an epoch a function of (seed, epoch): Keras does not store their state."""
    for layer in model.layers:
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            generator.state.assign(np.array([seed, epoch << 20], dtype=np.uint32))


def _one_epoch(
    model: Any, batches: AugmentedBatches, teachers: Teachers | None, epoch: int, progress: Progress
) -> dict[str, float]:
    """Mean loss and accuracy over the epoch; stops at the first loss that is not finite."""
    loss = correct = 0.0
    batch = 0
    for batch in range(1, len(batches) + 1):
        figures = train_batch(model, *batches[batch - 1], teachers)
        loss += float(figures["loss"])
        # Keras names the metric after the output only where there are several.
        correct += float(figures.get(f"{LABELS}_accuracy", figures.get("accuracy", math.nan)))
        progress.batch_done(epoch, batch, len(batches), loss / batch)
        if not math.isfinite(loss):
            break
    return {"loss": loss / batch, "accuracy": correct / batch}


def train_batch(
    model: Any, views: Floats, targets: dict[str, Floats], teachers: Teachers | None
) -> dict[str, Any]:
    """One step: what Keras tells of it."""
    if teachers is not None:
        targets = {**targets, TAUGHT: teachers.probabilities(views)}
    model.reset_metrics()  # Keras before 3.15 gives running means otherwise
    figures: dict[str, Any] = model.train_on_batch(views, targets, return_dict=True)
    return figures


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


def _held_out_figures(built: Student, faces: FaceSet) -> dict[str, float]:
    """Loss and accuracy of the averaged weights, which are what the run will deliver."""
    model = built.model
    current = [keras.ops.convert_to_numpy(v) for v in model.trainable_variables]
    _take_averages(model)
    logits = logits_of(built.network, faces.images)
    for variable, value in zip(model.trainable_variables, current, strict=True):
        variable.assign(value)
    return {
        "held_out_loss": temperature.negative_log_likelihood(logits, faces.labels),
        "held_out_accuracy": float((logits.argmax(axis=1) == faces.labels).mean()),
    }


def _take_averages(model: Any) -> None:
    """Put the optimizer's averages into the model's variables."""
    model.optimizer.finalize_variable_values(model.trainable_variables)
    # Under JAX average and variable now are one array, which the next step would give away.
    for variable in model.trainable_variables:
        variable.assign(keras.ops.convert_to_numpy(variable))


def logits_of(network: Any, images: npt.NDArray[np.uint8], batch: int = 64) -> npt.NDArray[np.float32]:
    """(N, 48, 48) uint8 -> (N, classes) float32, without augmentation; N > 0."""
    parts = [
        np.asarray(network.predict_on_batch(images[start : start + batch, ..., None].astype(np.float32)))
        for start in range(0, len(images), batch)
    ]
    return np.concatenate(parts)
