"""The command ``python -m training time-detectors``: YuNet and ours in turn, at their own scores."""

# ruff: noqa: PLC0415 - everything heavy is imported inside: --help must not wait for OpenCV

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training import out_folder
from training.detection.options import OurDetector, Weights

console = Console()


def time_detectors(
    photos: Annotated[Path, typer.Option(help="Folder with photos.")],
    bundle: OurDetector,
    weights: Weights = None,
    input_px: Annotated[int, typer.Option(min=96, help="Longer side that all look at.")] = 320,
    limit: Annotated[int, typer.Option(min=1, help="So many photos.")] = 120,
    out: Annotated[Path | None, out_folder.option("timing.md; made where it is missing")] = None,
) -> None:
    """Time YuNet and our own detector in both runtimes, photo by photo in turn, on one thread."""
    import cv2

    from edge import weights as cache
    from edge.contract import manifest
    from edge.detectors import compact
    from edge.detectors.settings import DEFAULT_SCORES
    from edge.detectors.yunet import YunetDetector
    from edge.protocols import FaceDetector
    from training.detection import picture_folder, tables
    from training.detection.comparing import timing

    cv2.setNumThreads(1)
    (net,) = cache.locate("yunet", weights or cache.cache_folder())
    least = DEFAULT_SCORES["compact"]
    detectors: dict[str, FaceDetector] = {
        "yunet-s": YunetDetector(net, DEFAULT_SCORES["yunet"], input_px),
        "face-compact, OpenCV DNN": compact.load_verified(bundle, "opencv-dnn", least, input_px),
        "face-compact, TFLite int8": compact.load_verified(bundle, "tflite", least, input_px),
    }
    images = picture_folder.images(photos, limit)
    found = timing.medians_ms(detectors, images)
    yunet_ms = found["yunet-s"]
    table = tables.markdown(
        ("detector", "ms of processor", "times YuNet-s"),
        [(name, f"{ms:.2f}", f"{ms / yunet_ms:.2f}") for name, ms in found.items()],
    )
    version = manifest.load(bundle).manifest.version
    said = (
        f"{len(images)} photos, face-compact {version}, {input_px} px on the longer side, one thread, the "
        "detectors in turn: median over photos of the least of three looks, whole search at the detector's "
        f"own score.\n\n{table}\n"
    )
    console.print(said, markup=False, highlight=False, soft_wrap=True)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "timing.md").write_text(said, encoding="utf-8")
