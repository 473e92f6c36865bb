"""The typed configuration of one device (``edge/1``); every field has its default and its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator

from edge.cameras import AnyCamera, Identifier
from edge.capture.limits import CaptureLimits
from edge.contract import strict_yaml
from edge.contract.schema_version import reads
from edge.contract.section import TAKES_LIST, Entries, PathText, Section, inconsistent
from edge.contract.unique_names import named_apart
from edge.detectors.settings import DetectorSettings
from edge.errors import ConfigError
from edge.health.settings import HealthSettings, HttpSettings
from edge.home_assistant.settings import HomeAssistantSettings
from edge.mqtt.settings import MqttSettings, OutboxSettings

Purpose = Literal[
    "personal", "research", "retail", "public-space", "medical", "safety", "workplace", "education"
]
#: EU AI Act, Art. 5(1)(f): inferring emotions there is prohibited save for medical or safety reasons.
_NEEDS_JUSTIFICATION = frozenset({"workplace", "education"})
#: Where passers-by have not been asked, single faces are not reported.
_CROWD_PURPOSES = frozenset({"retail", "public-space"})

Share = Annotated[float, Field(ge=0, le=1)]
_Fps = Annotated[float, Field(gt=0, le=240)]


class ClassifierSettings(Section):
    """Which network reads the faces.

    Attributes:
        bundle: One of the shipped ones by its name, or the folder of a ``bundle/1``; None for fer-compact.
        threads: Threads of the interpreter. One, and not what a measurement at the start would say: on idle
            cores two take a tenth off a frame's time for a seventh more processor, and while a device starts
            its cores are not idle: then a short measurement chooses at random.
        delegate: What runs the graph: the processor, through XNNPACK where the runtime has it.
        track_hz: Each face is read at most so many times a second and keeps its label between, so that
            a crowd costs no more; None for each frame that is searched.
    """

    bundle: PathText | None = None
    threads: Annotated[int, Field(ge=1, le=16)] = 1
    delegate: Literal["cpu"] = "cpu"
    track_hz: Annotated[float, Field(gt=0, le=240)] | None = None


class LoadSettings(Section):
    """Adaptive load, for live cameras; a file waits for the pipeline anyway.

    Attributes:
        adapt: Whether the rate follows the load.
        busy_share: Of the main loop's time; above it the machine is too slow for what it is asked.
        hot_c: Of the processor, degrees Celsius; a Raspberry Pi throttles itself at 80 to 85.
        steps_fps: Limits on each camera's rate, one after the other.
    """

    adapt: bool = True
    busy_share: Annotated[float, Field(gt=0.1, le=1)] = 0.9
    hot_c: Annotated[float, Field(ge=30, le=120)] = 78.0
    steps_fps: Annotated[tuple[_Fps, ...], TAKES_LIST] = (10.0, 5.0, 2.0, 1.0)


class QualitySettings(Section):
    """Faces that are counted but not read; see :class:`edge.quality.QualityLimits`.

    Sharpness, measured on every second PublicTest face with the shipped classifier: as published, 1%
    are below 0.47 and accuracy is 65%; blurred until half of them are below 0.1 it is 45%.
    """

    min_face_px: Annotated[int, Field(ge=0, le=4096)] = 32
    max_outside: Share = 0.3
    min_sharpness: Annotated[float, Field(ge=0, le=10)] = 0.1


class TrackerSettings(Section):
    """See :class:`edge.tracker.TrackerLimits`."""

    min_iou: Share = 0.2
    max_jump: Annotated[float, Field(ge=0, le=5)] = 0.6
    confirm: Annotated[int, Field(ge=1, le=30)] = 2
    max_gap_s: Annotated[float, Field(ge=0, le=30)] = 1.0


class SmoothingSettings(Section):
    """See :class:`edge.smoothing.SmoothingLimits`; ``abstain_below`` None takes the bundle's own."""

    time_constant_s: Annotated[float, Field(ge=0, le=60)] = 0.5
    abstain_below: Share | None = None


class AggregateSettings(Section):
    """Windows and their privacy.

    Attributes:
        window_s: Length of a window, seconds.
        k_min: Windows that saw fewer faces are suppressed; None for 1, or 5 where the
            purpose is retail or public-space.
        rounding: Shares are published as multiples of it.
    """

    window_s: Annotated[float, Field(ge=1, le=3600)] = 10.0
    k_min: Annotated[int, Field(ge=1, le=1000)] | None = None
    rounding: Annotated[float, Field(gt=0, le=0.5)] = 0.01


#: What a network camera waits for itself, and when its capture process is killed from outside.
_KILLED_BEFORE = {"open_timeout_s": "open_within_s", "read_timeout_s": "kill_after_s"}


class WatchdogSettings(Section):
    """systemd's watchdog; it acts only where the unit file sets ``WatchdogSec``."""

    enabled: bool = True


class Settings(Section):
    """One device: who it is, what it sees, where it reports."""

    schema_name: Annotated[Literal["edge/1"], reads("edge/1"), Field(alias="schema")]
    site: Identifier
    device: Identifier
    medical_or_safety_justification: Annotated[str, Field(min_length=20)] | None = None
    purpose: Purpose
    cameras: Annotated[Entries[AnyCamera], named_apart("cameras")]
    capture: CaptureLimits = CaptureLimits()
    detector: DetectorSettings = DetectorSettings()
    classifier: ClassifierSettings = ClassifierSettings()
    quality: QualitySettings = QualitySettings()
    tracker: TrackerSettings = TrackerSettings()
    smoothing: SmoothingSettings = SmoothingSettings()
    aggregate: AggregateSettings = AggregateSettings()
    mqtt: MqttSettings
    outbox: OutboxSettings = OutboxSettings()
    home_assistant: HomeAssistantSettings = HomeAssistantSettings()
    http: HttpSettings = HttpSettings()
    health: HealthSettings = HealthSettings()
    load: LoadSettings = LoadSettings()
    watchdog: WatchdogSettings = WatchdogSettings()

    @property
    def k_min(self) -> int:
        """The k-anonymity bound in force."""
        if self.aggregate.k_min is not None:
            return self.aggregate.k_min
        return 5 if self.purpose in _CROWD_PURPOSES else 1

    @property
    def health_path(self) -> Path:
        """Where the health record lies."""
        return self.health.path_beside(self.outbox.path)

    @property
    def paused_path(self) -> Path:
        """Where it is kept which cameras are paused."""
        return self.outbox.path.with_suffix(".paused.json")

    @field_validator("capture")
    @classmethod
    def _lets_cameras_wait(cls, capture: CaptureLimits, info: ValidationInfo) -> CaptureLimits:
        """Refuses a camera's own timeouts that could never be reached: its process would be killed before."""
        for camera in info.data.get("cameras", ()):
            for own, limit in _KILLED_BEFORE.items():
                # A default is nobody's wish: it may be above a limit that was lowered.
                if own not in camera.model_fields_set:
                    continue
                wait_s, killed_s = getattr(camera, own), getattr(capture, limit)
                if wait_s >= killed_s:
                    raise inconsistent(
                        f"camera {camera.name}: its {own} of {wait_s:g} s is never reached, since its process"
                        f" is killed after {limit} of {killed_s:g} s: lower it, or raise capture.{limit}",
                        "cameras",
                    )
        return capture

    @field_validator("purpose")
    @classmethod
    def _lawful(cls, purpose: Purpose, info: ValidationInfo) -> Purpose:
        reason = "medical_or_safety_justification"
        # Not among the data: it is given and wrong, which is a fault of its own.
        if purpose in _NEEDS_JUSTIFICATION and reason in info.data and info.data[reason] is None:
            raise inconsistent(
                "reading emotions at a place of work or education is prohibited in the EU save for medical "
                "or safety reasons (AI Act, Art. 5(1)(f)); state yours in medical_or_safety_justification",
                reason,
            )
        return purpose


def load(path: Path) -> Settings:
    """Read a device's configuration.

    Raises:
        ConfigError: Every fault at once, each with file, line and field.
    """
    return strict_yaml.load(path, Settings)


def of_fields(fields: dict[str, Any]) -> Settings:
    """Settings from plain values: a file's, some of them changed by a command's options.

    Raises:
        ConfigError: They do not fit together.
    """
    try:
        return Settings.model_validate(fields)
    except ValidationError as err:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in err.errors(include_url=False)
        )
        raise ConfigError(
            f"the options do not fit the rest of the configuration: {faults}; change the one or the other"
        ) from err
