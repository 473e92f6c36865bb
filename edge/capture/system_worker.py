"""The capture process of picamera2 and GStreamer cameras, run by the system's own Python.

``/usr/bin/python3 -I system_worker.py``: Debian builds picamera2 and gi against its own numpy and
libraries, so nothing of our virtual environment may be on the path. Standard library, Python 3.9.
"""

from __future__ import annotations

import sys
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parents[2])
sys.path.insert(0, _ROOT)
from edge.capture import gstreamer_camera, pi_camera  # noqa: E402
from edge.capture.seat import silence_native_output, take_seat  # noqa: E402
from edge.capture.slot import ReaderGoneError  # noqa: E402
from edge.capture.slot_memory import SlotError  # noqa: E402
from edge.capture.system_camera import CameraError  # noqa: E402

# From here on nothing of ours may shadow or mix with the system's packages: no numpy of pip.
sys.path.remove(_ROOT)

_KINDS = {"picamera2": pi_camera.run, "gstreamer": gstreamer_camera.run}


def main() -> int:
    """Run one camera until it ends, fails, or the daemon says stop or is gone."""
    seat = take_seat()
    silence_native_output()
    try:
        _KINDS[seat.camera["source"]](seat)
    except (ReaderGoneError, BrokenPipeError):
        return 0
    except (CameraError, SlotError) as err:
        reason = str(err)
    except Exception as err:
        reason = f"{type(err).__name__}: {err}"
    else:
        return 0
    seat.messages.error(reason)
    return 1


if __name__ == "__main__":
    sys.exit(main())
