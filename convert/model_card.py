"""The model card: the README.md inside a bundle, written from what was measured."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

from convert.compare import Comparison
from edge.contract.manifest import ClassifierManifest

_TEXT = """\
# {name} {version}

Facial expression classifier for {height}x{width} grey face crops: {labels}.
{scheme} TFLite, {size_kb:.0f} kB. It reads expressions as people label them in photographs, not what somebody
feels.

## Data and its terms

Trained on: {dataset}. No image of it is in this bundle.
{start}{fer2013}{votes}{teachers}
## Protocol

Measured on the file in this bundle, one view a face, on the split {split} ({images}
images).{protocol}{calibration}

## Figures

| on {split} | |
|---|---|
| accuracy, official | {accuracy:.2%} |{clean}
| accuracy of the Keras network before conversion | {keras:.2%} |
| same label as the Keras network | {agreement:.2%} |
| expected calibration error (temperature {temperature:.3g}) | {ece:.3f} |

| class | recall |
|---|---|
{recall}

## Known weaknesses

- Worst class: {weakest}, recall {weakest_recall:.0%}.
- {learnt_from}Small, turned, covered, blurred and dark faces were not
  measured apart: expect less.
- Accuracy by age, sex and skin colour has not been measured: the data carries no such labels. Assume that it
  differs.
- Single pictures flicker: smooth over time, and abstain below {abstain_below:.0%}, as the device does.

## Intended use

Aggregated statistics of expressions over time, on the device, for research, art, personal projects and
audiences that have been told.

## Prohibited use

Inferring the emotions of people at work or in education, which EU law prohibits except for medical or safety
reasons (Regulation (EU) 2024/1689, Article 5(1)(f)); any decision about a single person (hiring, credit,
policing, border control, health); lie detection; identification; covert observation.

Exact figures and origin: manifest.json. Check this copy with `emotion-convert verify FOLDER`.
"""

_FER2013 = """
FER2013 (Goodfellow et al. 2013, arXiv:1307.0414) was gathered by web image search; people agree with its
labels on about 65% of the images. Its authors give no licence for the pictures themselves: whether a network
trained on them may serve your purpose, commercial ones above all, is for you to clear.
"""

_CLEAN = """ "Clean" leaves out the images that are exact copies of training images."""
_SEEN = """ These are the faces that it was
trained on: others will be read less well. Put some aside, as `test/` beside `train/`."""

_VOTES = """
FER+ (Barsoum et al. 2016, arXiv:1608.01041; labels under the MIT licence) is what ten people voted for
each of these pictures.
"""

_START = """
It went on from {begun}, whose data is part of its own.
"""

_TEACHERS = """
Taught by {names} as well: {weight:.0%} of what it learnt from each view is what is said of that view there,
mistakes included.
"""


def model_card(manifest: ClassifierManifest, found: Comparison, split: str) -> str:
    """Markdown text for one bundle.

    Args:
        manifest: The finished manifest.
        found: What was measured on the bundle's file.
        split: Name of the split that it was measured on.
    """
    recalls = list(zip(manifest.output.labels, found.recall, strict=True))
    weakest, weakest_recall = min(recalls, key=lambda pair: math.inf if math.isnan(pair[1]) else pair[1])
    dataset = _dataset(manifest)
    # The shipped classifiers, which others go on from, are FER2013's.
    from_fer2013 = re.search(r"\bfer(2013|plus|\+|-)", f"{dataset} {_begun(manifest)}".lower()) is not None
    all_seen = math.isnan(found.accuracy_clean)
    return _TEXT.format(
        name=manifest.name,
        version=manifest.version,
        height=manifest.input.height,
        width=manifest.input.width,
        labels=", ".join(manifest.output.labels),
        scheme=manifest.quantization.scheme,
        size_kb=manifest.files["tflite"].bytes / 1000,
        dataset=dataset,
        fer2013=_FER2013 if from_fer2013 else "",
        learnt_from="Learnt from web photographs, mostly frontal. " if from_fer2013 else "",
        votes=_VOTES if "fer+" in dataset.lower() or "ferplus" in dataset.lower() else "",
        start=_start(manifest),
        teachers=_teachers(manifest),
        split=split,
        images=found.images,
        calibration=_calibration(manifest.quantization.calibration_images),
        accuracy=found.accuracy,
        protocol=_SEEN if all_seen else _CLEAN,
        clean="" if all_seen else f"\n| accuracy, clean | {found.accuracy_clean:.2%} |",
        keras=found.keras_accuracy,
        agreement=found.agreement,
        ece=found.ece,
        temperature=manifest.output.temperature,
        recall="\n".join(f"| {label} | {_share(recall)} |" for label, recall in recalls),
        weakest=weakest,
        weakest_recall=weakest_recall,
        abstain_below=manifest.output.abstain_below,
    )


def _calibration(images: int) -> str:
    return f" Activation ranges\ncome from {images} training images, classes balanced." if images else ""


def _dataset(manifest: ClassifierManifest) -> str:
    dataset = manifest.training.dataset
    if isinstance(dataset, str):
        return dataset
    images = dataset.get("training_images")
    counted = f" ({images} training images)" if images is not None else ""
    return f"{dataset.get('name', 'not recorded')}{counted}"


def _share(recall: float) -> str:
    return "no face" if math.isnan(recall) else f"{recall:.1%}"


def _begun(manifest: ClassifierManifest) -> str:
    dataset = manifest.training.dataset
    return str(dataset.get("init_from") or "") if isinstance(dataset, dict) else ""


def _start(manifest: ClassifierManifest) -> str:
    begun = _begun(manifest)
    return _START.format(begun=begun) if begun else ""


def _teachers(manifest: ClassifierManifest) -> str:
    recipe: Any = manifest.training.recipe
    distillation = recipe.get("distillation") if isinstance(recipe, dict) else None
    if not distillation:
        return ""
    # A run's network is runs/NAME/model.keras: its folder names it.
    paths = [Path(teacher) for teacher in distillation["teachers"]]
    names = ", ".join(path.parent.name if path.suffix == ".keras" else path.name for path in paths)
    return _TEACHERS.format(names=names, weight=distillation["weight"])
