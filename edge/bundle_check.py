"""Whether a bundle of either kind computes here what it computed when it was made."""

from __future__ import annotations

from pathlib import Path

from edge import golden_check
from edge.classifier import TfliteClassifier
from edge.contract import manifest
from edge.contract.manifest import DetectorManifest, Manifest
from edge.detectors.compact import CompactDetector


def verify(folder: Path) -> tuple[Manifest, float]:
    """Check every file of a bundle, in each runtime that it has one for.

    Returns:
        Its manifest, and the largest deviation from its golden vectors.
    Raises:
        ModelError: A file is missing or altered, the graph is another one, or the golden
            vectors deviate.
    """
    bundle = manifest.load(folder)
    said = bundle.manifest
    if isinstance(said, DetectorManifest):
        runners = [CompactDetector(bundle, runtime) for runtime in said.files]
        return said, max(map(golden_check.deviation, runners))
    return said, golden_check.deviation(TfliteClassifier(bundle))
