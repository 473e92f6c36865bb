"""The TFLite runtime of this device, whichever of the two it is; the only importer of either.

LiteRT and tflite-runtime offer the same few calls that are used here; which of the two is
installed is found at run time.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from edge.errors import ModelError
from edge.native_path import native_path
from edge.native_stderr import without_info_lines

#: In the order of preference.
RUNTIMES = ("ai_edge_litert", "tflite_runtime")


def find_runtime() -> tuple[str, Any]:
    """Name and ``Interpreter`` class of the first TFLite runtime that can be imported.

    Raises:
        ModelError: None can; says what to install and why each import failed.
    """
    reasons = []
    for name in RUNTIMES:
        found = _import_interpreter(name)
        if not isinstance(found, Exception):
            return name, found
        reasons.append(f"{name}: {found}")
    raise ModelError(
        "no TFLite runtime can be imported; pip install ai-edge-litert, or where it has no wheel "
        "pip install 'emotion-edge[tflite-runtime]' -c config/constraints-tflite-runtime.txt "
        f"({'; '.join(reasons)})"
    )


def _import_interpreter(name: str) -> Any:
    """The class, or the exception that its import raised."""
    try:
        return importlib.import_module(f"{name}.interpreter").Interpreter
    except (ImportError, AttributeError) as err:  # AttributeError: built against another numpy
        return err


def open_interpreter(path: Path, interpreter_class: Any, threads: int) -> Any:
    """An interpreter of a model file, its tensors allocated.

    Raises:
        ModelError: The runtime cannot run the file.
    """
    model = native_path(path, ModelError)
    try:
        with without_info_lines():
            interpreter = interpreter_class(model_path=model, num_threads=threads)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError, OSError) as err:
        reason = " ".join(str(err).split())
        raise ModelError(
            f"{path}: this TFLite runtime cannot run it: {reason}; convert it again or update the runtime"
        ) from err
    return interpreter
