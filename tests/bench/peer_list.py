"""Which peers there are, and how their environments are made; desktop only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.peer_process import ROOT, Peer

VENVS = ROOT / "runs" / "bench" / "venvs"
_SHARED = ROOT.parent / "shared"
#: For each environment what pip installs, call by call. fer asks for facenet-pytorch, gigabytes that only
#: ``FER(mtcnn=True)`` uses: it is installed without its dependencies, and those of the default way beside.
_INSTALLS: dict[str, tuple[tuple[str, ...], ...]] = {
    "fer": (
        ("--no-deps", "fer==25.10.3"),
        (
            *("tensorflow>=2.18", "opencv-contrib-python<5", "requests", "pandas", "moviepy<2"),
            *("setuptools<81", "tqdm", "ffmpeg-python", "Pillow", "matplotlib"),
        ),
    ),
    "deepface": (("deepface==0.0.103", "tf-keras", "flask", "opencv-python<5"),),
}


def environment(name: str) -> Path:
    """The Python of a peer's environment, which is made where it is not there yet (minutes, gigabytes)."""
    folder = VENVS / name
    python, done = folder / "bin" / "python", folder / ".installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        for packages in _INSTALLS[name]:
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *packages], check=True)
        done.touch()
    return python


def peers() -> list[Peer]:
    """This project first, then the others that can be had here."""
    found = [
        Peer("emotion-edge", ("this_project.py",)),
        Peer("fer 25.10.3", ("fer_package.py",), environment("fer"), note="its defaults; its own weights"),
        Peer(
            "DeepFace 0.0.103",
            ("deepface_package.py",),
            environment("deepface"),
            note="OpenCV's detector, its default; random weights, speed only",
        ),
        Peer(
            "study 1: Haar, its best network",
            ("study.py", "haar", "kaggle-gen12"),
            note="44 M parameters, random weights, speed only",
        ),
        Peer(
            "study 1: Haar, its smallest network",
            ("study.py", "haar", "kaggle-gen05"),
            note="random weights, speed only",
        ),
    ]
    ssd = _SHARED / "models"
    if ssd.is_dir():
        found += [
            Peer(
                "study 1: SSD, its best network",
                ("study.py", "ssd", "kaggle-gen12"),
                note="44 M parameters, random weights, speed only",
                environment={"SSD_WEIGHTS": str(ssd)},
            ),
            Peer(
                "study 1: SSD, its smallest network",
                ("study.py", "ssd", "kaggle-gen05"),
                note="random weights, speed only",
                environment={"SSD_WEIGHTS": str(ssd)},
            ),
        ]
    return found
