"""The bundle contract ``bundle/1``: a folder with manifest.json, one model file per runtime, golden.npz.

Unknown fields are ignored, so that an older device still reads a bundle with an additive
field; whatever changes the meaning of a field needs a new schema version.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
)

from edge.contract.labels import LABEL_PATTERN, LONGEST_LABEL, MOST_LABELS
from edge.contract.preprocess import CropSpec
from edge.errors import ModelError

Runtime = Literal["tflite", "opencv-dnn"]
#: ``int8`` takes and gives float32, ``full-int8`` takes uint8 and gives int8.
Scheme = Literal["float32", "float16", "dynamic", "int8", "full-int8"]
SCHEMA: Literal["bundle/1"] = "bundle/1"
MANIFEST, GOLDEN, CARD = "manifest.json", "golden.npz", "README.md"
NAME_PATTERN, VERSION_PATTERN = r"^[a-z0-9][a-z0-9-]*$", r"^\d+\.\d+\.\d+$"
_ORDER = (
    *("schema", "kind", "name", "version", "files", "input", "crop", "output"),
    *("quantization", "metrics", "training", "created"),
)
_RANGE_8_BIT = (0.0, 255.0)
FORBIDDEN = "permission denied; let this user read the whole bundle (chmod -R a+rX)"

Label = Annotated[str, Field(pattern=LABEL_PATTERN, max_length=LONGEST_LABEL)]


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("the same label stands here twice")
    return names


def _eight_bit(bounds: tuple[float, float]) -> tuple[float, float]:
    if bounds != _RANGE_8_BIT:
        raise ValueError("the graph must take 0..255 and rescale inside")
    return bounds


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class ModelFile(_Part):
    """One model file of the bundle; a plain name, so that it cannot lie outside the folder."""

    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(gt=0)]


class GraphInput(_Part):
    """What the graph takes; 0..255 whatever the scheme, since rescaling happens inside."""

    layout: Literal["NHWC", "NCHW"] = "NHWC"
    height: Annotated[int, Field(gt=0)]
    width: Annotated[int, Field(gt=0)]
    channels: Literal[1, 3]
    color: Literal["gray", "bgr", "rgb"]
    dtype: Literal["float32", "uint8"] = "float32"
    range: Annotated[tuple[float, float], AfterValidator(_eight_bit)] = _RANGE_8_BIT


class Crop(_Part):
    """How a face is cut out of a frame: see :class:`edge.contract.preprocess.CropSpec`."""

    square: bool
    margin: Annotated[float, Field(ge=0, le=1)]


class ClassifierOutput(_Part):
    """(N, labels) float32; ``temperature`` divides logits before the softmax."""

    labels: Annotated[
        tuple[Label, ...], Field(min_length=2, max_length=MOST_LABELS), AfterValidator(_distinct)
    ]
    activation: Literal["logits", "probabilities"]
    temperature: Annotated[float, Field(gt=0)] = 1.0
    abstain_below: Annotated[float, Field(ge=0, lt=1)] = 0.0


class DetectorOutput(_Part):
    """How boxes are decoded from the raw heads: the decoder's name and its constants."""

    decode: Annotated[str, Field(min_length=1)]
    parameters: dict[str, JsonValue] = Field(default_factory=dict)


class Quantization(_Part):
    """How weights and activations are stored."""

    scheme: Scheme
    weights: Literal["per-channel", "per-tensor", "none"] = "none"
    calibration_images: Annotated[int, Field(ge=0)] = 0


class Training(_Part):
    """Where the weights come from."""

    recipe: dict[str, JsonValue] | str
    dataset: dict[str, JsonValue] | str
    seed: int | None = None
    code: str | None = None


class _Manifest(_Part):
    schema_: Literal["bundle/1"] = Field(default=SCHEMA, alias="schema")
    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    version: Annotated[str, Field(pattern=VERSION_PATTERN)]
    files: Annotated[dict[Runtime, ModelFile], Field(min_length=1)]
    input: GraphInput
    quantization: Quantization
    metrics: dict[str, int | float]
    training: Training
    created: AwareDatetime


class ClassifierManifest(_Manifest):
    """A network that gives each face crop its emotion probabilities."""

    kind: Literal["emotion-classifier"] = "emotion-classifier"
    crop: Crop
    output: ClassifierOutput

    @property
    def crop_spec(self) -> CropSpec:
        """The crop that :func:`edge.contract.preprocess.face_tensor` must make."""
        return CropSpec(self.input.height, self.input.width, self.crop.square, self.crop.margin)


class DetectorManifest(_Manifest):
    """A network that finds faces in a picture.

    ``input`` is that of the golden vectors and of the ``tflite`` file; an ``opencv-dnn`` file takes
    the same pixels as NCHW. Both take other heights and widths that the strides divide.
    """

    kind: Literal["face-detector"] = "face-detector"
    output: DetectorOutput

    @property
    def strides(self) -> tuple[int, ...]:
        """Pixels between the cells of the network, one a level, the finest first.

        Raises:
            ModelError: The parameters have none that divide the input.
        """
        strides = self.output.parameters.get("strides")
        numbers = [s for s in strides if isinstance(s, int) and s > 0] if isinstance(strides, list) else []
        if (
            not numbers
            or numbers != strides
            or any(side % stride for side in (self.input.height, self.input.width) for stride in numbers)
        ):
            raise ModelError(
                f"{self.name}: output.parameters.strides is {strides!r}; expected whole numbers that divide "
                f"the input of {self.input.width}x{self.input.height} px: convert the network again"
            )
        return tuple(numbers)


Manifest = ClassifierManifest | DetectorManifest
_ADAPTER: TypeAdapter[Manifest] = TypeAdapter(Annotated[Manifest, Field(discriminator="kind")])


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle on disk.

    Attributes:
        folder: Where it lies.
        manifest: What its manifest.json says.
    """

    folder: Path
    manifest: Manifest

    def model_path(self, runtime: Runtime) -> Path:
        """The model file for a runtime.

        Raises:
            ModelError: The bundle has none for it.
        """
        if runtime not in self.manifest.files:
            present = ", ".join(self.manifest.files)
            raise ModelError(f"{self.folder}: no model file for the runtime {runtime} (there is: {present})")
        return self.folder / self.manifest.files[runtime].file


def load(folder: Path) -> Bundle:
    """Read manifest.json and check every model file against it, byte for byte.

    Raises:
        ModelError: The manifest or a file is missing, malformed or altered.
    """
    path = folder / MANIFEST
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as err:
        raise ModelError(
            f"{folder}: not a bundle: {MANIFEST} is missing; give the folder that convert wrote"
        ) from err
    except PermissionError as err:
        raise ModelError(f"{path}: {FORBIDDEN}") from err
    except (OSError, ValueError) as err:
        raise ModelError(f"{path}: cannot be read as JSON: {err}; fetch or convert the bundle again") from err
    bundle = Bundle(folder, _parse(document, path))
    for model_file in bundle.manifest.files.values():
        _check_file(folder / model_file.file, model_file)
    return bundle


def write(bundle: Bundle) -> None:
    """Write manifest.json into the bundle's folder, the fields in the order of the contract."""
    document = bundle.manifest.model_dump(mode="json", by_alias=True)
    ordered = {name: document[name] for name in sorted(document, key=_ORDER.index)}
    text = json.dumps(ordered, indent=2, ensure_ascii=False)
    (bundle.folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def describe_file(path: Path) -> ModelFile:
    """The manifest's entry for a model file as it lies on disk."""
    return ModelFile(file=path.name, sha256=_sha256(path), bytes=path.stat().st_size)


def _parse(document: Any, path: Path) -> Manifest:
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        newer = isinstance(schema, str) and re.fullmatch(r"bundle/\d+", schema)
        advice = (
            "update emotion-edge or fetch an older bundle" if newer else "give a bundle that convert wrote"
        )
        raise ModelError(f"{path}: schema is {schema!r}, this version reads {SCHEMA!r}; {advice}")
    try:
        return _ADAPTER.validate_python(document)
    except ValidationError as err:
        faults = [
            f"{path}: {_where(fault['loc'])}: {fault['msg']}" for fault in err.errors(include_url=False)
        ]
        raise ModelError(
            "\n".join(faults) + "\nconvert the network again, or fetch the bundle again"
        ) from err


def _where(location: tuple[int | str, ...]) -> str:
    # The discriminator puts the kind in front; it is no field of the file.
    kinds = ("emotion-classifier", "face-detector")
    return ".".join(str(part) for part in location if part not in kinds) or "kind"


def _check_file(path: Path, expected: ModelFile) -> None:
    try:
        size = path.stat().st_size
        digest = _sha256(path) if size == expected.bytes else ""
    except PermissionError as err:
        raise ModelError(f"{path}: {FORBIDDEN}") from err
    except OSError as err:
        raise ModelError(
            f"{path}: named in {MANIFEST} but cannot be read: {err.strerror}; fetch the bundle again"
        ) from err
    if size != expected.bytes:
        raise ModelError(
            f"{path}: {size} bytes where {MANIFEST} says {expected.bytes}; "
            "the copy is incomplete or of another version: fetch the bundle again"
        )
    if digest != expected.sha256:
        raise ModelError(
            f"{path}: sha256 is {digest[:12]}… where {MANIFEST} says {expected.sha256[:12]}…; "
            "the file was altered or damaged: fetch the bundle again"
        )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
