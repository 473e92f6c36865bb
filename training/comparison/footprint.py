"""Bytes and milliseconds of a finished run, from its files."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from edge import classifier
from edge.contract.facesets import FaceSet
from edge.errors import EmotionEdgeError
from training import quiet
from training.comparison import few_faces
from training.comparison.row import Footprint, metrics_of
from training.networks import saved

_MEASURED_S, _LEAST_CALLS = 2.0, 5


def of_run(folder: Path, faces: FaceSet, out: Path) -> Footprint:
    """Measure a run, or give what was measured on the very same ``model.keras`` before.

    Args:
        folder: Of the run.
        faces: What is compared on, all splits.
        out: Folder of the converted network; the figures are kept beside it.
    Raises:
        EmotionEdgeError: There is no finished run, or the conversion or the measurement fails.
    """
    model = folder / "model.keras"
    kept, stamp = out.with_name(f"{out.name}.json"), [model.stat().st_size, model.stat().st_mtime_ns]
    if kept.is_file():
        before = json.loads(kept.read_text(encoding="utf-8"))
        if before["model"] == stamp:
            return Footprint(**before["footprint"])
    _convert(folder, faces, out)
    measured = Footprint(
        keras_bytes=model.stat().st_size,
        int8_bytes=(out / "model.tflite").stat().st_size,
        int8_ms=litert_ms(out),
        keras_ms=_median_ms(_keras(model)),
    )
    text = json.dumps({"model": stamp, "footprint": asdict(measured)}, indent=2) + "\n"
    kept.write_text(text, encoding="utf-8")
    return measured


def _convert(folder: Path, faces: FaceSet, out: Path) -> None:
    """Make an int8 bundle, whatever it loses: only its size and speed are asked for."""
    shutil.rmtree(out, ignore_errors=True)
    out.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as written:
        data = Path(written) / "faces"
        few_faces.write(data, faces, metrics_of(folder).get("labels", faces.classes))
        _run_conversion(folder / "model.keras", data, out)


def _run_conversion(model: Path, data: Path, out: Path) -> None:
    options = {
        "--model": model,
        "--data": data,
        "--gate-split": few_faces.GATE_SPLIT,
        "--out": out,
        "--calibration-images": 16,
        "--min-agreement": 0,
        "--max-drop-points": 100,
    }
    command = [
        sys.executable,
        "-m",
        "convert",
        "bundle",
        *(str(word) for pair in options.items() for word in pair),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise EmotionEdgeError(f"conversion to int8 failed: {said[-1]}")


def litert_ms(bundle: Path) -> float:
    """Milliseconds a face on LiteRT with one thread, median over two seconds.

    Raises:
        ModelError: The bundle cannot be used.
    """
    runner = classifier.load_verified(bundle, threads=1)
    return _median_ms(lambda: runner.classify(_face()))


def _keras(model: Path) -> Callable[[], Any]:
    quiet.import_keras()
    import keras  # noqa: PLC0415 - only a measurement needs it, not a table from kept figures

    keras.backend.clear_session()
    network = saved.load(model, "a Keras model", "train it again")
    return lambda: network.predict_on_batch(_face())


def _face() -> npt.NDArray[np.float32]:
    return np.random.default_rng(0).uniform(0, 255, (1, 48, 48, 1)).astype(np.float32)


def _median_ms(call: Callable[[], Any]) -> float:
    call()
    durations_s: list[float] = []
    started_s = time.monotonic()
    while len(durations_s) < _LEAST_CALLS or time.monotonic() - started_s < _MEASURED_S:
        before_s = time.perf_counter()
        call()
        durations_s.append(time.perf_counter() - before_s)
    return round(1000 * statistics.median(durations_s), 3)
