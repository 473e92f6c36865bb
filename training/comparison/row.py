"""One network in the table, read from a run folder and from what was measured on its files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from edge.errors import ContractError

#: The splits that a table reports, in this order of preference.
SPLITS = {"public_test": "PublicTest", "test": "test"}


@dataclass(frozen=True)
class Footprint:
    """What a network's files weigh, and what a face costs on this machine.

    Attributes:
        keras_bytes: Of ``model.keras``; None for a bundle, which has none.
        int8_bytes: Of the fully quantized ``.tflite``.
        int8_ms: A face on LiteRT with one thread, median.
        keras_ms: A face alone in Keras on all cores, median; None for a bundle.
    """

    keras_bytes: int | None
    int8_bytes: int
    int8_ms: float
    keras_ms: float | None


@dataclass(frozen=True)
class Row:
    """One line of the table; shares are 0..1.

    Attributes:
        name: Of the recipe, of the folder of a run that was given, or of a bundle, with the bundle's
            folder where another row has its name.
        labels: Class names; a network without disgust is judged on faces without disgust.
        split: What it was judged on.
        images: Faces that it was judged on.
        accuracy: On the official split.
        accuracy_clean: Without exact copies of Training images; None where there is nothing to tell.
        macro_f1: On the official split.
        dataset: What it was trained on.
        epochs: Passes over ``training_images``.
        minutes: What they took; None for a bundle, whose manifest does not tell.
        start: "imagenet", "scratch", or where published weights come from.
        budget: The limits of the run in words.
        equal_budget_accuracy: Under the limits that all networks of the table share; None where it
            was not trained under them.
    """

    name: str
    labels: tuple[str, ...]
    split: str
    images: int
    accuracy: float
    accuracy_clean: float | None
    macro_f1: float
    parameters: int
    multiply_accumulates: int
    footprint: Footprint
    dataset: str
    training_images: int
    epochs: int
    minutes: float | None
    start: str
    budget: str
    equal_budget_accuracy: float | None

    def at_equal_budget_of(self, other: Row | None) -> Row:
        """This row, with the other's accuracy at equal budget where it has none of its own."""
        if other is None or self.equal_budget_accuracy is not None:
            return self
        return replace(self, equal_budget_accuracy=other.equal_budget_accuracy)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON and CSV, the footprint's beside the others."""
        plain = asdict(self)
        return {**plain, **plain.pop("footprint"), "labels": list(self.labels)}


@dataclass(frozen=True)
class Missing:
    """A row that could not be made, and why."""

    name: str
    reason: str


def read(name: str, folder: Path, footprint: Footprint, equal_budget: bool) -> Row:
    """The row of a finished run.

    Raises:
        ContractError: ``metrics.json`` is missing, damaged, or of a run without a reported split.
    """
    metrics = metrics_of(folder)
    try:
        key = next(key for key in SPLITS if key in metrics)
        judged = metrics[key]
        official, clean = judged["official"], judged["clean"]
        return Row(
            name=name,
            labels=tuple(metrics["labels"]),
            split=SPLITS[key],
            images=official["images"],
            accuracy=official["accuracy"],
            accuracy_clean=clean["accuracy"] if clean else None,
            macro_f1=official["macro_f1"],
            parameters=metrics["parameters"],
            multiply_accumulates=metrics["multiply_accumulates"],
            footprint=footprint,
            dataset=metrics["dataset"]["name"],
            training_images=metrics["dataset"]["training_images"],
            epochs=metrics["epochs"],
            minutes=metrics["minutes"],
            start=metrics.get("start", "scratch"),
            budget=_budget(metrics),
            equal_budget_accuracy=official["accuracy"] if equal_budget else None,
        )
    except StopIteration:
        raise ContractError(
            f"{folder}: judged on neither {' nor '.join(SPLITS.values())}; train with data that has one"
        ) from None
    except (KeyError, TypeError) as err:
        raise ContractError(f"{folder / 'metrics.json'}: lacks {err}; train again with this version") from err


def metrics_of(folder: Path) -> dict[str, Any]:
    """What the run says about itself.

    Raises:
        ContractError: There is no finished run in the folder.
    """
    path = folder / "metrics.json"
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ContractError(f"{folder}: no finished run ({path.name} is missing)") from None
    except (OSError, ValueError) as err:
        raise ContractError(f"{path}: cannot be read: {err}; train again") from err
    if not isinstance(metrics, dict) or metrics.get("schema") != "training-metrics/1":
        raise ContractError(f"{path}: expected the schema training-metrics/1")
    return metrics


def _budget(metrics: dict[str, Any]) -> str:
    if not metrics["epochs"]:
        return "as published"
    return in_words(metrics.get("limits", {})) or f"its recipe, {metrics['epochs']} epochs"


def in_words(limits: dict[str, Any]) -> str:
    """The limits of training, as the table prints them; empty where there are none."""
    units = {"minutes": "min", "epochs": "epochs", "train_images": "faces"}
    return ", ".join(f"{limits[name]:g} {unit}" for name, unit in units.items() if name in limits)
