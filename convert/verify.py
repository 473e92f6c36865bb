"""What ``convert verify`` tells about a bundle."""

from __future__ import annotations

from pathlib import Path

from edge.classifier import TfliteClassifier, verify_golden
from edge.contract import golden, manifest


def verified_rows(folder: Path) -> list[tuple[str, str]]:
    """Check a bundle as a device does; (what, finding) in the order of the checks.

    Raises:
        ModelError: A check fails; says which and by how much.
    """
    bundle = manifest.load(folder)
    classifier = TfliteClassifier(bundle)
    deviation = verify_golden(classifier)
    expected = golden.read(folder / manifest.GOLDEN)
    said = classifier.manifest
    given = said.input
    rows = [
        ("bundle", f"{said.name} {said.version} ({said.kind}), {said.quantization.scheme}"),
        ("created", said.created.isoformat()),
        *(
            (f"file {file.file}", f"{file.bytes:,} bytes, sha256 {file.sha256[:12]}… matches")
            for file in said.files.values()
        ),
        (
            "input",
            f"(1, {given.height}, {given.width}, {given.channels}) {given.dtype} {given.color} matches",
        ),
        (
            "output",
            f"(1, {len(said.output.labels)}) {said.output.activation}: {', '.join(said.output.labels)}",
        ),
        (
            "golden vectors",
            f"{len(expected.inputs)} inputs, deviation {deviation:.2g} of {expected.tolerance:.2g} allowed",
        ),
        ("runtime", classifier.runtime),
    ]
    return rows + [
        (name, f"{value:,}" if isinstance(value, int) else f"{value:.4f}")
        for name, value in said.metrics.items()
    ]
