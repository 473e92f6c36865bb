"""Rows and run folders as training leaves them, with defaults."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from edge.contract.labels import FER2013_LABELS
from training.comparison.row import Footprint, Row

FOOTPRINT = Footprint(keras_bytes=3_700_000, int8_bytes=920_000, int8_ms=0.2, keras_ms=2.25)


def row(name: str = "tiny", **changed: Any) -> Row:
    plain = Row(
        name=name,
        labels=FER2013_LABELS,
        split="PublicTest",
        images=3589,
        accuracy=0.66,
        accuracy_clean=0.65,
        macro_f1=0.64,
        parameters=875_887,
        multiply_accumulates=62_800_000,
        footprint=FOOTPRINT,
        dataset="fer2013",
        training_images=25_838,
        epochs=3,
        minutes=6.25,
        start="scratch",
        budget="6 min",
        equal_budget_accuracy=0.66,
    )
    return replace(plain, **changed)


def metrics(**changed: Any) -> dict[str, Any]:
    return {
        "schema": "training-metrics/1",
        "network": "tiny",
        "labels": list(FER2013_LABELS),
        "parameters": 875_887,
        "multiply_accumulates": 62_800_000,
        "dataset": {"name": "fer2013", "training_images": 25_838},
        "epochs": 36,
        "minutes": 80.5,
        "public_test": {
            "official": {"images": 3589, "accuracy": 0.67, "macro_f1": 0.65},
            "clean": {"images": 3309, "accuracy": 0.66},
        },
        **changed,
    }


def run_folder(folder: Path, content: dict[str, Any]) -> Path:
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(content), encoding="utf-8")
    return folder
