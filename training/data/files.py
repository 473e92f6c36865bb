"""What a data report leaves behind: report.json, distribution.png, samples.png."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from edge.contract.facesets import FaceSet
from training import plots
from training.data.report import DataReport

_SAMPLES = 12


def write(folder: Path, report: DataReport, faces: FaceSet, dropped: Sequence[str]) -> None:
    """Write all three; the samples are the same in every call.

    Args:
        folder: Made where it is missing.
        report: Of the faces.
        faces: All that the samples are drawn from.
        dropped: Classes that the second distribution leaves out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plain = report.as_dict() | {"dropped_classes": list(dropped)}
    (folder / "report.json").write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
    plots.save_distribution(folder / "distribution.png", plain["counts"], dropped)
    order = np.random.default_rng(0).permutation(len(faces))
    rows = {
        name: faces.images[order[faces.labels[order] == label][:_SAMPLES]]
        for label, name in enumerate(faces.classes)
    }
    plots.save_class_sheet(folder / "samples.png", rows)
