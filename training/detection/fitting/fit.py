"""The training loop of the detector: recipe and photos in, a trained network and its history out."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from edge.errors import EmotionEdgeError
from training.detection import scoring
from training.detection.fitting import batches, initial_weights, network, watching
from training.detection.fitting.cells import CellTargets
from training.detection.fitting.composing import Composer
from training.detection.fitting.loss import DetectionLoss
from training.detection.fitting.mining import mistakes
from training.detection.fitting.recipe import DetectorRecipe
from training.detection.fitting.teacher import Teacher
from training.detection.photos import Photo
from training.fitting import checkpoint
from training.fitting.checkpoint import History
from training.fitting.schedule import WarmupCosine
from training.progress import Progress

#: Faces below this at the network's input are not asked for when the held-out photos are scored.
SCORED_FROM_PX = 12.0
_MINED_PHOTOS = 256
#: Views of so many batches tell what a bundle's convolutions give.
_WATCHED_BATCHES = 16


@dataclass(frozen=True)
class Album:
    """What a run learns from and is judged on.

    Attributes:
        kept: Photos with human boxes that it learns from.
        portraits: Photos with machine-made boxes that it learns from too.
        held_out: Photos with human boxes that it does not see; may be empty.
    """

    kept: Sequence[Photo]
    portraits: Sequence[Photo]
    held_out: Sequence[Photo]


def fit(
    recipe: DetectorRecipe,
    album: Album,
    folder: Path,
    resume: bool,
    progress: Progress,
    init_from: Path | None = None,
    teacher: Path | None = None,
) -> tuple[Any, History]:
    """Train to the end of the recipe, leaving a checkpoint in ``folder`` after every epoch.

    Args:
        recipe: All choices.
        album: What is learnt from.
        folder: For checkpoints; goes on from the one in it where ``resume`` is set.
        resume: Whether to go on.
        progress: Is told of batches and epochs.
        init_from: Folder of a bundle whose weights are the first ones, instead of random numbers; not
            read when a run is resumed.
        teacher: ONNX file of :class:`training.detection.fitting.teacher.Teacher`.
    Returns:
        The bare network with its averaged weights, and one record an epoch: the loss, and
        the average precision on the held-out photos where there are any.
    Raises:
        ContractError: ``resume`` without a usable checkpoint.
        ModelError: The teacher, or the bundle to start from, cannot be used.
        EmotionEdgeError: The loss is not finite any more; names the last good checkpoint.
    """
    keras.utils.set_random_seed(recipe.seed)
    lessons = _lessons(recipe, album, teacher)
    learner = network.build(recipe.views.size_px, recipe.views.size_px)
    if init_from is not None and not resume:
        initial_weights.from_bundle(learner, init_from, lessons.first_views(_WATCHED_BATCHES))
    model = _compiled(learner, recipe, teacher is not None)
    history = checkpoint.restore(folder, model) if resume else []
    bare = network.build(recipe.input_px, recipe.input_px)
    epochs = math.ceil(recipe.steps / recipe.steps_per_epoch)
    done = math.ceil(int(model.optimizer.iterations) / recipe.steps_per_epoch)
    history = history[:done]
    for epoch in range(done, epochs):
        started_s = time.monotonic()
        if epoch and recipe.views.mistake_share:
            # From the weights as they are: a resumed run mines what an uninterrupted one would have.
            bare.set_weights(learner.get_weights())
            rng = np.random.default_rng((recipe.seed, epoch, 1))
            lessons.composer.mistakes = mistakes(bare, album.kept, _MINED_PHOTOS, rng)
        record = {"epoch": float(epoch + 1), "loss": _one_epoch(model, lessons, recipe, epoch, progress)}
        if album.held_out and math.isfinite(record["loss"]):
            _deliver(model, learner, bare)
            record |= _judged(bare, album.held_out, recipe.input_px)
        _require_finite(record, folder)
        record["minutes"] = round((time.monotonic() - started_s) / 60, 3)
        history.append(record)
        checkpoint.save(folder, model, history)
        progress.epoch_done(record)
    _deliver(model, learner, bare)
    return bare, history


def _judged(bare: Any, photos: Sequence[Photo], input_px: int) -> dict[str, float]:
    """Nothing where the photos have no face to judge by."""
    found = average_precision(bare, photos, input_px)
    return {"held_out_ap": found} if math.isfinite(found) else {}


def average_precision(bare: Any, photos: Sequence[Photo], input_px: int) -> float:
    """At IoU .5, of faces with at least :data:`SCORED_FROM_PX` at the network's input."""
    truths, found = [], []
    for photo, detections in zip(photos, watching.found(bare, photos), strict=True):
        # In pixels of the input, so that one size holds for photos of all sizes.
        scale = min(1.0, input_px / max(photo.image.shape[:2]))
        truths.append(scoring.Truth(photo.faces * scale, photo.ignored * scale))
        found.append([scoring.scaled(one, scale) for one in detections])
    return scoring.score(truths, found, (SCORED_FROM_PX, math.inf)).average_precision


def _lessons(recipe: DetectorRecipe, album: Album, teacher: Path | None) -> batches.Lessons:
    size = recipe.views.size_px
    return batches.Lessons(
        Composer(album.kept, album.portraits, recipe.views),
        CellTargets(size),
        recipe,
        Teacher(teacher, size) if teacher is not None else None,
    )


def _compiled(learner: Any, recipe: DetectorRecipe, taught: bool) -> Any:
    size, chosen = recipe.views.size_px, recipe.optimizer
    model = network.trainable(learner, taught)
    optimizer = keras.optimizers.AdamW(
        WarmupCosine(chosen.learning_rate, chosen.warmup_steps, recipe.steps),
        weight_decay=chosen.weight_decay,
        use_ema=chosen.ema > 0,
        ema_momentum=chosen.ema,
        clipnorm=10.0,
    )
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    model.compile(optimizer, DetectionLoss(size, recipe.box_weight, recipe.teacher_weight), jit_compile=False)
    return model


def _one_epoch(
    model: Any, lessons: batches.Lessons, recipe: DetectorRecipe, epoch: int, progress: Progress
) -> float:
    """Mean loss over the epoch; stops at the first loss that is not finite."""
    first = epoch * recipe.steps_per_epoch
    steps = range(first, min(first + recipe.steps_per_epoch, recipe.steps))
    total, number = 0.0, 0
    with batches.in_background(lessons, steps) as made:
        for number, (images, targets) in enumerate(made, start=1):
            total += float(model.train_on_batch(images, targets))
            progress.batch_done(epoch, number, len(steps), total / number)
            if not math.isfinite(total):
                break
    return total / number


def _deliver(model: Any, learner: Any, bare: Any) -> None:
    """Give ``bare`` the averaged weights of the learner, a part of the model; both stay as they are."""
    current = [keras.ops.convert_to_numpy(v) for v in model.trainable_variables]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    bare.set_weights(learner.get_weights())
    for variable, value in zip(model.trainable_variables, current, strict=True):
        variable.assign(value)


def _require_finite(record: dict[str, float], folder: Path) -> None:
    if math.isfinite(record["loss"]):
        return
    epoch = int(record["epoch"])
    kept = f"the last good checkpoint is {checkpoint.path(folder)}" if epoch > 1 else "nothing was saved"
    raise EmotionEdgeError(
        f"epoch {epoch}: loss is {record['loss']}; {kept}. Lower optimizer.learning_rate and start a new run"
    )
