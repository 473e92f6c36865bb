"""Assembles a detector's bundle: ONNX and TFLite, golden vectors, the gate, card and manifest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from convert import detector_inputs, detector_record, quantize
from convert.detector_card import detector_card
from convert.detector_gate import DetectorLimits, Parity, gate, parity
from convert.detector_inputs import Images
from convert.detector_onnx import to_onnx
from convert.detector_record import DetectorRecord
from convert.golden_inputs import TOLERANCE_SHARE
from convert.native_output import held_back
from convert.placing import folder_in_place, refuse_existing
from edge.contract import golden, manifest
from edge.contract.manifest import Bundle, DetectorManifest, Runtime, Scheme
from edge.datatypes import Box, Detection
from edge.detectors.compact import CompactDetector, load_verified
from edge.detectors.decode import DECODE, decode, ordered_heads
from edge.detectors.nms import suppress
from edge.detectors.settings import DEFAULT_SCORES
from edge.errors import ContractError

_FILES: dict[Runtime, str] = {"opencv-dnn": "model.onnx", "tflite": "model.tflite"}
_SLACK = 0.1


@dataclass(frozen=True)
class DetectorRequest:
    """What to convert, and how.

    Attributes:
        model: ``model.keras`` of fit-detector, with ``metrics.json`` beside it.
        photos: Folder with photos: int8 ranges come from some, the gate looks at others.
        out: The bundle's folder.
        created: Time of the conversion, with its zone.
        scheme: Of the TFLite file; the ONNX file is float32.
        score: Working score of the gate; a device's own unless another is given.
        seed: Of the draw of photos and of the golden inputs.
        force: Whether an existing ``out`` is replaced.
    """

    model: Path
    photos: Path
    out: Path
    created: datetime
    scheme: Scheme = "int8"
    name: str = "face-compact"
    version: str = "1.0.0"
    calibration_photos: int = 200
    gate_photos: int = 200
    score: float = DEFAULT_SCORES["compact"]
    limits: DetectorLimits = field(default_factory=DetectorLimits)
    seed: int = 0
    force: bool = False


def assemble_detector(
    request: DetectorRequest, say: Callable[[str], None]
) -> tuple[Bundle, dict[str, Parity]]:
    """Make the bundle; a failure at any moment leaves ``request.out`` as it was.

    Returns:
        The bundle, and how each of its files compares with the trained network.
    Raises:
        ContractError: The network, its record or the photos cannot be used, or ``out`` exists.
        GateRefused: The conversion changes too much.
    """
    refuse_existing(request.out, request.force)
    say(f"reading {request.model}")
    model, record = quantize.load_model(request.model), detector_record.read(request.model.parent)
    height, width = _input_size(model, request.model)
    wanted = request.calibration_photos + request.gate_photos
    drawn = detector_inputs.photos(request.photos, height, width, wanted, request.seed)
    judged = min(request.gate_photos, len(drawn) // 2)  # of a handful: a half each, and never the same
    calibrating, judging = drawn[: len(drawn) - judged], drawn[len(drawn) - judged :]
    if not judged:
        raise ContractError(f"{request.photos}: one photo is too few to calibrate with and to compare on")
    with folder_in_place(request.out) as folder:
        say(f"writing ONNX and TFLite ({request.scheme})")
        (folder / _FILES["opencv-dnn"]).write_bytes(to_onnx(model, height, width))
        graph = quantize.graph_of(quantize.of_any_size(model), request.scheme, calibrating)
        (folder / _FILES["tflite"]).write_bytes(graph)
        draft = _manifest(request, record, (height, width), folder, len(calibrating))
        say(f"comparing both with the trained network on {len(judging)} photos")
        found = _compare(Bundle(folder, draft), draft.strides, model, judging, request)
        final = draft.model_copy(update={"metrics": _metrics(found, draft, record, model)})
        _finish(folder, final, model, found, request)
    return manifest.load(request.out), found


def _input_size(model: Any, path: Path) -> tuple[int, int]:
    taken = tuple(model.input_shape)
    if len(taken) != 4 or taken[3] != 3 or None in taken[1:]:
        raise ContractError(f"{path}: takes {taken}; a detector takes (N, height, width, 3)")
    return int(taken[1]), int(taken[2])


def _manifest(
    request: DetectorRequest, record: DetectorRecord, size: tuple[int, int], folder: Path, calibrated: int
) -> DetectorManifest:
    """The manifest without its measured figures."""
    quantized = request.scheme in ("int8", "dynamic")
    return DetectorManifest.model_validate(
        {
            "name": request.name,
            "version": request.version,
            "files": {runtime: manifest.describe_file(folder / file) for runtime, file in _FILES.items()},
            "input": {"height": size[0], "width": size[1], "channels": 3, "color": "bgr"},
            "output": {"decode": DECODE, "parameters": {"strides": record.strides}},
            "quantization": {
                "scheme": request.scheme,
                "weights": "per-channel" if quantized else "none",
                "calibration_images": calibrated if request.scheme == "int8" else 0,
            },
            "metrics": {},
            "training": {
                "recipe": record.recipe,
                "dataset": {**record.dataset, "init_from": record.init_from, "teacher": record.teacher},
                "seed": record.seed,
                "code": record.code,
            },
            "created": request.created,
        }
    )


def _keras_heads(model: Any, images: Images, strides: Sequence[int]) -> list[list[npt.NDArray[np.float32]]]:
    every = []
    for image in images:
        with held_back():
            maps = [np.asarray(one) for one in model.predict_on_batch(image[None].astype(np.float32))]
        every.append(ordered_heads(maps, image.shape[0], image.shape[1], strides))
    return every


def _detections(
    heads: list[npt.NDArray[np.float32]], strides: Sequence[int], score: float
) -> list[Detection]:
    boxes, scores = decode(heads, strides, score)
    return [Detection(Box(*map(float, boxes[i])), float(scores[i])) for i in suppress(boxes, scores)]


def _compare(
    bundle: Bundle, strides: Sequence[int], model: Any, judging: Images, request: DetectorRequest
) -> dict[str, Parity]:
    """Each file against the trained network.

    Raises:
        GateRefused: One changes more than the limits allow.
    """
    low = request.score - _SLACK
    trained = [_detections(heads, strides, low) for heads in _keras_heads(model, judging, strides)]
    found: dict[str, Parity] = {}
    for runtime, file in _FILES.items():
        runner = CompactDetector(bundle, runtime)
        converted = [_detections(runner.heads(image), strides, low) for image in judging]
        found[runtime] = parity(trained, converted, request.score, _SLACK)
        gate(found[runtime], request.limits, file)
    return found


def _metrics(
    found: dict[str, Parity], draft: DetectorManifest, record: DetectorRecord, model: Any
) -> dict[str, float]:
    figures: dict[str, float] = {
        "parameters": int(model.count_params()),
        "multiply_accumulates": record.multiply_accumulates,
    }
    if record.held_out is not None:
        figures["held_out_average_precision"] = round(record.held_out["average_precision"], 4)
    for runtime, one in found.items():
        key = runtime.replace("-", "_")
        figures[f"{key}_bytes"] = draft.files[runtime].bytes  # type: ignore[index]
        figures[f"{key}_found_again"] = round(one.found, 4)
        figures[f"{key}_mean_iou"] = round(one.mean_iou, 4)
    return figures


def _finish(
    folder: Path, said: DetectorManifest, model: Any, found: dict[str, Parity], request: DetectorRequest
) -> None:
    """Golden vectors, card and manifest; then the bundle must pass what a device asks of it."""
    inputs = detector_inputs.golden_inputs(said.input.height, said.input.width, request.seed)
    every = _keras_heads(model, inputs, said.strides)
    outputs = tuple(np.stack(maps) for maps in zip(*every, strict=True))
    expected = golden.Golden(inputs, outputs, 1.0)
    # One set of vectors serves both files: what quantization moved here, which the gate has let
    # pass, and what another processor may move besides.
    moved = max(golden.deviation(expected, _outputs(folder, said, runtime, inputs)) for runtime in _FILES)
    span = max(float(np.ptp(output)) for output in outputs)
    allowed = moved + TOLERANCE_SHARE[request.scheme] * span
    golden.write(folder / manifest.GOLDEN, replace(expected, tolerance=allowed))
    (folder / manifest.CARD).write_text(detector_card(said, found), encoding="utf-8")
    manifest.write(Bundle(folder, said))
    for runtime in _FILES:
        load_verified(folder, runtime)


def _outputs(
    folder: Path, said: DetectorManifest, runtime: Runtime, inputs: Images
) -> list[npt.NDArray[np.float32]]:
    runner = CompactDetector(Bundle(folder, said), runtime)
    return [np.stack(maps) for maps in zip(*(runner.heads(image) for image in inputs), strict=True)]
