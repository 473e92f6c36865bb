from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge.errors import ModelError, SourceError
from edge.native_path import native_path

NOT_UTF8 = os.fsdecode(b"/films/bad\xff.mp4")


def test_a_path_in_utf_8_goes_on_as_it_is() -> None:
    assert native_path(Path("/films/tür.mp4"), SourceError) == "/films/tür.mp4"


def test_another_path_is_shown_with_escapes_and_what_to_do() -> None:
    with pytest.raises(ModelError) as told:
        native_path(NOT_UTF8, ModelError)
    assert str(told.value) == r"/films/bad\xff.mp4: its name is not UTF-8; rename the file or folder"


#: Each would end the process with a signal where OpenCV saw the name, or LiteRT with a TypeError.
_EACH_WAY = """
import os
from pathlib import Path
import numpy as np
from edge.annotate import AnnotatedVideo
from edge.contract.image_files import face_crop
from edge.detectors import opencv_dnn
from edge.detectors.yunet import YunetDetector
from edge.errors import EmotionEdgeError
from edge.sources.opencv_capture import open_capture
from edge.tflite import find_runtime, open_interpreter
bad = Path(os.fsdecode(b"/films/bad\\xff.mp4"))
onnx = bad.with_suffix(".onnx")
picture = np.zeros((48, 64, 3), np.uint8)
for way in (
    lambda: open_capture(str(bad), 0),
    lambda: AnnotatedVideo(bad, 5).write(picture),
    lambda: opencv_dnn.read("cpu", onnx),
    lambda: YunetDetector(onnx, 0.5, 320),
    lambda: open_interpreter(bad, find_runtime()[1], 1),
    lambda: face_crop(bad),
):
    try:
        way()
    except EmotionEdgeError as err:
        print(err)
"""


def test_every_way_to_native_code_refuses_it_instead_of_crashing() -> None:
    command = [sys.executable, "-c", _EACH_WAY]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("its name is not UTF-8; rename") == 6


def test_a_name_in_utf_8_is_taken_also_where_python_itself_uses_ascii() -> None:
    program = (
        "import sys; from pathlib import Path; from edge.errors import SourceError\n"
        "from edge.native_path import native_path\n"
        "sys.stdout.buffer.write(native_path(sys.argv[1], SourceError).encode())"
    )
    ascii_only = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command: list[str | bytes] = [sys.executable, "-c", program, "tür.mp4".encode()]
    done = subprocess.run(command, env=ascii_only, capture_output=True, check=True)
    assert done.stdout == "tür.mp4".encode()
