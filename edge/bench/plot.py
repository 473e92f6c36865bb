"""The stages as a picture; the only file of the device part that draws, and only where matplotlib is."""

from __future__ import annotations

from pathlib import Path

from edge.bench.measurement import Measurement
from edge.errors import EmotionEdgeError
from edge.writable import refuse_unwritable_file


def refuse_unwritable(path: Path) -> None:
    """Stop before minutes are spent on measuring.

    Raises:
        EmotionEdgeError: matplotlib is not installed, does not write such files, or the file cannot
            be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra
    except ImportError as err:
        raise EmotionEdgeError(f"a plot needs matplotlib: {err}; pip install 'emotion-edge[bench]'") from err
    kinds = sorted(FigureCanvasAgg.get_supported_filetypes())
    if path.suffix.lstrip(".").lower() not in kinds:
        raise EmotionEdgeError(f"{path}: no kind of picture; its name must end in .{', .'.join(kinds)}")
    refuse_unwritable_file(path, EmotionEdgeError)


def draw_stages(measured: Measurement, path: Path) -> None:
    """Write one bar a stage: time a frame, split by stage.

    Raises:
        OSError: It cannot be written.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 - an extra

    figure = Figure(figsize=(8, 0.35 * len(measured.stages) + 1.2), layout="constrained")
    axes = figure.add_subplot()
    names = [stage.stage for stage in measured.stages]
    axes.barh(names, [stage.total_ms / measured.frames for stage in measured.stages])
    axes.invert_yaxis()
    axes.set_xlabel("ms a frame, mean")
    axes.set_title(
        f"{measured.width}x{measured.height}, {measured.faces_per_frame:g} faces, {measured.detector}, "
        f"{measured.machine.processor}",
        fontsize=9,
    )
    figure.savefig(path)
