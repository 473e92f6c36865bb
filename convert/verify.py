"""What ``convert verify`` tells about a bundle of either kind."""

from __future__ import annotations

from pathlib import Path

from edge import bundle_check
from edge.contract import golden, manifest
from edge.contract.manifest import DetectorManifest
from edge.tflite import find_runtime


def verified_rows(folder: Path) -> list[tuple[str, str]]:
    """Check a bundle as a device does; (what, finding) in the order of the checks.

    Raises:
        ModelError: A check fails; says which and by how much.
    """
    said, deviation = bundle_check.verify(folder)
    expected = golden.read(folder / manifest.GOLDEN)
    given = said.input
    if isinstance(said, DetectorManifest):
        output = f"heads at strides {', '.join(map(str, said.strides))}: {said.output.decode}"
    else:
        output = f"(1, {len(said.output.labels)}) {said.output.activation}: {', '.join(said.output.labels)}"
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
        ("output", output),
        (
            "golden vectors",
            f"{len(expected.inputs)} inputs, deviation {deviation:.2g} of {expected.tolerance:.2g} allowed",
        ),
        ("runtime", ", ".join(find_runtime()[0] if name == "tflite" else name for name in said.files)),
    ]
    return rows + [
        (name, f"{value:,}" if isinstance(value, int) else f"{value:.4f}")
        for name, value in said.metrics.items()
    ]
