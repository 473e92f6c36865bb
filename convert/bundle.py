"""Assembles a bundle: convert, measure, pass the gate, write golden vectors, card and manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import JsonValue

from convert import calibration, faces, golden_inputs, quantize, training_record
from convert.compare import Comparison, Limits, compare, gate
from convert.faces import ConversionFaces
from convert.model_card import model_card
from convert.placing import folder_in_place, refuse_existing
from convert.training_record import TrainingRecord
from edge.classifier import TfliteClassifier, load_verified
from edge.contract import golden, manifest
from edge.contract.facesets import FaceSet
from edge.contract.manifest import Bundle, ClassifierManifest, Manifest, Scheme
from edge.contract.preprocess import CropSpec
from edge.errors import ContractError

MODEL = "model.tflite"
_SPLIT_KEYS = {"PublicTest": "public", "PrivateTest": "private", "test": "test", "Training": "training"}


@dataclass(frozen=True)
class Request:
    """What to convert, and how.

    Attributes:
        model: ``model.keras``, with ``metrics.json`` beside it.
        data: FER2013 in any of its layouts, or the network's own set.
        votes: FER+ votes, for a network that learnt FER+'s labels.
        out: The bundle's folder.
        created: Time of the conversion, with its zone.
        gate_split: The split that the converted network is measured on.
        abstain_below: Advice to the device: below this probability, no label.
        seed: Of the calibration draw and the golden inputs.
        force: Whether an existing ``out`` is replaced.
    """

    model: Path
    data: Path
    out: Path
    scheme: Scheme
    created: datetime
    name: str = "fer-compact"
    version: str = "1.0.0"
    calibration_images: int = 2000
    gate_split: str = "PublicTest"
    abstain_below: float = 0.35
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    force: bool = False
    votes: Path | None = None


class Source(NamedTuple):
    """What a conversion starts from."""

    network: quantize.Network
    record: TrainingRecord
    faces: ConversionFaces
    calibration: FaceSet


def assemble(request: Request, say: Callable[[str], None]) -> tuple[Bundle, Comparison]:
    """Make the bundle; a failure at any moment leaves ``request.out`` as it was.

    Args:
        request: What to convert.
        say: Told in words which step begins.
    Raises:
        ContractError: The network, its record or the data cannot be used, or ``out`` exists.
        GateRefused: The conversion changes too much.
    """
    refuse_existing(request.out, request.force)
    source = read_source(request, say)
    say(f"converting to {request.scheme}")
    graph = quantize.to_tflite(source.network, request.scheme, source.calibration.images)
    with folder_in_place(request.out) as folder:
        draft = draft_bundle(folder, graph, source, request)
        say(f"measuring both networks on {len(source.faces.gate)} faces of {request.gate_split}")
        comparison = measure(draft, source)
        gate(comparison, request.limits)
        name = source.faces.gate.name
        figures = _metrics(comparison, draft.manifest, source.network, name, request.gate_split)
        _finish(Bundle(folder, draft.manifest.model_copy(update={"metrics": figures})), comparison, request)
    return manifest.load(request.out), comparison


def read_source(request: Request, say: Callable[[str], None]) -> Source:
    """Read network, record and faces, and draw the calibration images.

    Raises:
        ContractError: One of them cannot be used, or they do not belong together.
    """
    say(f"reading {request.model}")
    network = quantize.load_network(request.model)
    record = training_record.read(request.model.parent)
    if len(record.labels) != network.classes:
        raise ContractError(
            f"{request.model}: has {network.classes} outputs where its {training_record.METRICS} names "
            f"{len(record.labels)} labels; keep the two files of one run together"
        )
    say(f"reading faces from {request.data}")
    found = faces.read(request.data, request.gate_split, record.labels, request.votes)
    _check_size(network, found, request)
    drawn = calibration.balanced(found.training, request.calibration_images, request.seed)
    return Source(network, record, found, drawn)


def draft_bundle(folder: Path, graph: bytes, source: Source, request: Request) -> Bundle:
    """Write the graph into the folder; its manifest, without figures, is not written yet."""
    (folder / MODEL).write_bytes(graph)
    calibrated = len(source.calibration) if request.scheme in quantize.CALIBRATED else 0
    return Bundle(folder, _manifest(request, source.network, source.record, folder / MODEL, calibrated))


def measure(bundle: Bundle, source: Source) -> Comparison:
    """The bundle's graph, as a device runs it, against the Keras network on the gate's faces."""
    found = source.faces
    before = quantize.keras_outputs(source.network, found.gate.images)
    after = TfliteClassifier(bundle).classify(found.gate.images[..., None].astype(np.float32))
    return compare(before, after, found.gate.labels, found.copies)


def _check_size(network: quantize.Network, found: ConversionFaces, request: Request) -> None:
    size = found.gate.images.shape[1:]
    if (network.height, network.width) != size:
        raise ContractError(
            f"{request.model}: takes {network.width}x{network.height} px where the faces of {request.data} "
            f"are {size[1]}x{size[0]}; put the resizing into the network's graph"
        )


def _manifest(
    request: Request, network: quantize.Network, record: TrainingRecord, model: Path, calibrated: int
) -> ClassifierManifest:
    """The manifest without its measured figures."""
    crop = CropSpec()
    quantized = request.scheme in (*quantize.CALIBRATED, "dynamic")
    dtype = "uint8" if request.scheme == "full-int8" else "float32"
    return ClassifierManifest.model_validate(
        {
            "name": request.name,
            "version": request.version,
            "files": {"tflite": manifest.describe_file(model)},
            "input": {
                "height": network.height,
                "width": network.width,
                "channels": 1,
                "color": "gray",
                "dtype": dtype,
            },
            "crop": {"square": crop.square, "margin": crop.margin},
            "output": {
                "labels": record.labels,
                "activation": network.activation,
                "temperature": record.temperature,
                "abstain_below": request.abstain_below,
            },
            "quantization": {
                "scheme": request.scheme,
                "weights": "per-channel" if quantized else "none",
                "calibration_images": calibrated,
            },
            "metrics": {},
            "training": {
                "recipe": record.recipe or "not recorded",
                "dataset": _dataset(record),
                "seed": record.seed,
                "code": record.code,
            },
            "created": request.created,
        }
    )


def _dataset(record: TrainingRecord) -> dict[str, JsonValue] | str:
    """What was learnt from, and what the run began with where that was not random."""
    if not record.init_from:
        return record.dataset or "not recorded"
    return {**record.dataset, "init_from": record.init_from}


def _metrics(
    found: Comparison, draft: Manifest, network: quantize.Network, data: str, split: str
) -> dict[str, float]:
    """Shares 0..1 and counts, all of the converted file unless they say otherwise."""
    key = f"{data}_{_SPLIT_KEYS.get(split, split.lower())}"
    figures = {
        f"{key}_accuracy": found.accuracy,
        f"{key}_accuracy_clean": found.accuracy_clean,
        f"{key}_ece": found.ece,
        "keras_accuracy": found.keras_accuracy,
        "agreement": found.agreement,
        "accuracy_drop": found.keras_accuracy - found.accuracy,
    }
    counts = {"bytes": draft.files["tflite"].bytes, "parameters": network.parameters}
    return {name: round(value, 6) for name, value in figures.items() if np.isfinite(value)} | counts


def _finish(bundle: Bundle, comparison: Comparison, request: Request) -> None:
    """Golden vectors, card and manifest; then the bundle must pass what a device asks of it."""
    if not isinstance(bundle.manifest, ClassifierManifest):
        raise TypeError("only classifiers are converted here")
    inputs = golden_inputs.golden_inputs(bundle.manifest.crop_spec, request.seed)
    outputs = TfliteClassifier(bundle).raw_outputs(inputs.astype(np.float32))
    allowed = golden_inputs.tolerance(outputs, request.scheme)
    golden.write(bundle.folder / manifest.GOLDEN, golden.Golden(inputs, (outputs,), allowed))
    card = model_card(bundle.manifest, comparison, request.gate_split)
    (bundle.folder / manifest.CARD).write_text(card, encoding="utf-8")
    manifest.write(bundle)
    load_verified(bundle.folder)
