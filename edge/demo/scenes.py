"""Two simulated cameras: real public-domain faces, filmed by a virtual camera that pans, zooms and has noise.

The pictures are not ours to ship; they are read from the packages that ship them: NASA's
portrait of Eileen Collins in scikit-image, the US Navy's of Grace Hopper in matplotlib.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from edge.datatypes import BgrImage
from edge.errors import SourceError

_SIZE = (640, 480)
_FPS = 15.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One camera's scene; paths of the virtual camera are whole periods, so the film loops."""

    camera: str
    package: str
    picture: str
    zoom: tuple[float, float]
    seed: int


SCENES = (
    Scene("entrance", "skimage", "data/astronaut.png", (1.0, 1.5), 1),
    Scene("counter", "matplotlib", "mpl-data/sample_data/grace_hopper.jpg", (0.9, 1.3), 2),
)


def film(scene: Scene, folder: Path, seconds: float = 12.0) -> Path:
    """Write the scene as a video file of 640x480 at 15 fps.

    Raises:
        SourceError: The package that ships the picture is not installed.
    """
    picture = portrait(scene)
    path = folder / f"{scene.camera}.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), _FPS, _SIZE)
    frames = round(seconds * _FPS)
    grain = _grain(np.random.default_rng(scene.seed))
    try:
        for index in range(frames):
            shot = _shot(picture, scene, 2 * np.pi * index / frames)
            writer.write(cv2.add(shot, grain[index % len(grain)], dtype=cv2.CV_8U))
    finally:
        writer.release()
    return path


def portrait(scene: Scene) -> BgrImage:
    """(H, W, 3): the picture that the scene films.

    Raises:
        SourceError: The package that ships it is not installed.
    """
    spec = find_spec(scene.package)
    origin = Path(spec.origin).parent / scene.picture if spec and spec.origin else None
    image = cv2.imread(str(origin)) if origin and origin.is_file() else None
    if image is None:
        raise SourceError(
            f"the demo's picture {scene.picture} of the package {scene.package} is missing; "
            "run: pip install 'emotion-edge[demo]', or show your own: emotion-edge demo --source FILE"
        )
    return np.asarray(image, dtype=np.uint8)


def _grain(rng: np.random.Generator) -> list[npt.NDArray[np.int16]]:
    """A few fields of sensor noise, (H, W, 3), used in turn: drawing one for each frame takes longer."""
    width, height = _SIZE
    fields = (rng.normal(0, 4, (height, width, 1)) for _ in range(5))
    return [np.repeat(field, 3, axis=2).astype(np.int16) for field in fields]


def _shot(picture: BgrImage, scene: Scene, phase: float) -> BgrImage:
    """One frame: ``phase`` runs from 0 to 2 pi over the film."""
    width, height = _SIZE
    near, far = scene.zoom[1], scene.zoom[0]
    zoom = (near + far) / 2 - (near - far) / 2 * np.cos(phase)
    zoom *= height / picture.shape[0]
    # The camera's aim wanders about the upper middle of the portrait, where the face is.
    aim = (
        picture.shape[1] * (0.45 + 0.08 * np.sin(2 * phase)),
        picture.shape[0] * (0.38 + 0.05 * np.sin(3 * phase + scene.seed)),
    )
    lean = np.deg2rad(4 * np.sin(phase + scene.seed))
    linear = zoom * np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    offset = np.array([width / 2, height / 2]) - linear @ np.array(aim)
    warp = np.hstack([linear, offset[:, None]])
    shot = cv2.warpAffine(picture, warp, _SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    light = 1 + 0.25 * np.sin(2 * phase + scene.seed)
    return np.asarray(cv2.convertScaleAbs(shot, alpha=light), dtype=np.uint8)
