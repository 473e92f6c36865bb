"""The model card of a detector: the README.md inside a bundle, written from what was measured."""

from __future__ import annotations

from collections.abc import Mapping

from convert.detector_gate import Parity
from edge.contract.manifest import DetectorManifest

_TEXT = """\
# {name} {version}

Finds faces in photographs and frames. One small convolutional network, anchor-free, three levels
(strides {strides}), {parameters:,} parameters, {mmacs:.0f} million multiply-accumulates at
{width}x{height} px. It says where faces are, not whose they are: no landmarks, no embedding.

`model.onnx` is for OpenCV DNN (float32, NCHW inside), `model.tflite` for a TFLite runtime ({scheme}, NHWC).
Both take any height and width that are multiples of {multiple}, blue-green-red, 0..255.

## Data and its terms

Trained from {start} on {photos:,} photos of {names} with {faces:,} boxes, and on {machine:,} more whose
boxes a detector had drawn; {held} photos were held out. No picture of them is in this bundle.{teacher}
{wider}
## Figures

| | |
|---|---|
{figures}

Parity of the files with the trained network, on photos that int8 calibration did not see:

| file | photos | faces | found again | extra | mean overlap of boxes |
|---|---|---|---|---|---|
{parity}

Precision and speed beside other detectors: `emotion-train compare-detectors`.

## Known weaknesses

- Faces below about 10 pixels at the network's input are not found, those below 16 often not.
- Heads turned by more than a profile, upside down, or covered by more than a half are found less often.
- Recall by age, sex and skin colour has not been measured: the data carries no such labels. Assume that it
  differs.
- Drawings, statues and pictures of faces count as faces.

## Intended use

Cutting faces out of a camera's frames for aggregated statistics on the device.

## Prohibited use

Identification; covert observation; any decision about a single person.

Exact figures and origin: manifest.json. Check this copy with `emotion-convert verify FOLDER`.
"""
_WIDER = """
The boxes are people's: of WIDER FACE (Yang et al. 2016, arXiv:1511.06523) and of a public set of masked
faces; the detector's are of Labeled Faces in the Wild. WIDER FACE is offered for research; its photographs
belong to others: whether a network trained on them may serve your purpose, commercial ones above all, is for
you to clear.
"""
_TEACHER = """
Beside the boxes it learnt what another detector, `{teacher}` (Wu et al. 2023, trained on WIDER FACE), says
of every cell; faces that only that one found were not taken for background. No weight of it is in here."""


def detector_card(manifest: DetectorManifest, found: Mapping[str, Parity]) -> str:
    """Markdown text for one bundle.

    Args:
        manifest: The finished manifest.
        found: For each runtime how its file compares with the trained network.
    """
    dataset = manifest.training.dataset if isinstance(manifest.training.dataset, dict) else {}
    # What the shipped detector has learnt is part of all that go on from it.
    given = dataset.get("names")
    names = [str(name) for name in given] if isinstance(given, list) else []
    lineage = "faces_train" in names or dataset.get("init_from")
    return _TEXT.format(
        name=manifest.name,
        version=manifest.version,
        strides=", ".join(map(str, manifest.strides)),
        multiple=max(manifest.strides),
        parameters=manifest.metrics["parameters"],
        mmacs=manifest.metrics["multiply_accumulates"] / 1e6,
        height=manifest.input.height,
        width=manifest.input.width,
        scheme=manifest.quantization.scheme,
        photos=dataset.get("photos", 0),
        faces=dataset.get("faces", 0),
        machine=dataset.get("machine_boxed_photos", 0),
        held=dataset.get("held_out_photos", 0),
        names=", ".join(names) or "a set that is not recorded",
        wider=_WIDER if lineage else "",
        start=dataset.get("init_from") or "a random start",
        teacher=_TEACHER.format(teacher=dataset["teacher"]) if dataset.get("teacher") else "",
        figures="\n".join(
            f"| {name.replace('_', ' ')} | {value:,} |" for name, value in manifest.metrics.items()
        ),
        parity="\n".join(
            f"| {manifest.files[runtime].file} | {one.photos} | {one.detections} | {one.found:.2%} "  # type: ignore[index]
            f"| {one.extra:.2%} | {one.mean_iou:.3f} |"
            for runtime, one in found.items()
        ),
    )
