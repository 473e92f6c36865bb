"""Settings -> objects: the only file that knows the concrete classes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from edge import shipped, weights
from edge.aggregator import WindowAggregator, WindowLimits
from edge.cameras import AnyCamera
from edge.classifier import load_verified
from edge.contract.preprocess import CropSpec
from edge.detectors.filtering import FilteredDetector
from edge.detectors.framing import framed
from edge.detectors.region import RegionDetector
from edge.detectors.settings import DEFAULT_SCORES, EMBEDDED_DEFAULT, DetectorName, DetectorSettings
from edge.detectors.tiling import TiledDetector
from edge.pipeline import Pipeline
from edge.protocols import EmotionClassifier, FaceDetector
from edge.quality import QualityLimits
from edge.settings import ClassifierSettings, Settings
from edge.smoothing import Smoother, SmoothingLimits
from edge.stage_clock import Observe, TimedClassifier, TimedDetector
from edge.tracker import Tracker, TrackerLimits

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Networks:
    """What all cameras share: the two networks and how their input is cut."""

    detector: FaceDetector
    classifier: EmotionClassifier
    crop: CropSpec
    abstain_below: float
    model_name: str
    model_version: str

    def timed(self, observe: Observe) -> Networks:
        """The same, telling how long each took."""
        return replace(
            self,
            detector=TimedDetector(self.detector, observe),
            classifier=TimedClassifier(self.classifier, observe),
        )


def build_networks(detector: DetectorSettings, classifier: ClassifierSettings) -> Networks:
    """Load and verify detector and classifier.

    Raises:
        ModelError: Weights or bundle are missing, altered or of another network.
    """
    loaded = load_verified(shipped.bundle(classifier.bundle, shipped.DEFAULT_CLASSIFIER), classifier.threads)
    manifest, faces = loaded.manifest, build_detector(detector)
    return Networks(
        detector=faces,
        classifier=loaded,
        crop=framed(loaded.crop_spec, faces.name),
        abstain_below=loaded.abstain_below,
        model_name=manifest.name,
        model_version=manifest.version,
    )


def build_detector(settings: DetectorSettings) -> FaceDetector:
    """The configured detector with the options that all share.

    Raises:
        ModelError: Its weights are missing, altered or of another network.
    """
    name = _chosen(settings)
    score = DEFAULT_SCORES[name] if settings.score is None else settings.score
    found, tiling = _bare(name, settings, score), settings.tiling
    if tiling.tile_px is not None:
        # One of its own, since a change of the picture's size between frame and tile is dear, too.
        of_tiles = _compact(settings, score, near_faces=False) if name == "compact" else None
        found = TiledDetector(
            found, tiling.tile_px, tiling.overlap, settings.nms_iou, tiling.enlarge, of_tiles
        )
    return FilteredDetector(found, settings.min_face_px)


def _bare(name: DetectorName, settings: DetectorSettings, score: float) -> FaceDetector:
    """The detector itself. Each loads its own part of OpenCV; only the chosen one is imported."""
    folder = settings.weights or weights.cache_folder()
    if name == "haar":
        from edge.detectors.haar import HaarDetector

        haar = settings.haar
        return HaarDetector(haar.scale_factor, haar.min_neighbors, settings.min_face_px, score)
    if name == "ssd":
        from edge.detectors.ssd import SsdDetector

        net, graph = weights.locate(f"ssd-{settings.network}", folder)
        return SsdDetector(net, graph, score, settings.nms_iou, settings.target)
    if name == "mtcnn":
        from edge.detectors.mtcnn import MtcnnDetector

        return MtcnnDetector(score, settings.nms_iou, settings.min_face_px)
    if name == "yunet":
        from edge.detectors.yunet import YunetDetector

        (net,) = weights.locate("yunet", folder)
        return YunetDetector(net, score, settings.input_px, settings.nms_iou, settings.target)
    return _compact(settings, score)


def _compact(settings: DetectorSettings, score: float, *, near_faces: bool = True) -> FaceDetector:
    from edge.detectors import compact

    return compact.load_verified(
        shipped.bundle(settings.bundle, shipped.DEFAULT_DETECTOR),
        settings.compact_runtime,
        score,
        settings.input_px,
        settings.nms_iou,
        settings.target,
        near_faces=near_faces,
    )


def _chosen(settings: DetectorSettings) -> DetectorName:
    if settings.name != "auto":
        return settings.name
    if settings.bundle is not None or settings.runtime == "tflite":  # what no other detector has
        log.info("face detector chosen detector=compact reason='its bundle or its runtime is configured'")
        return "compact"
    if weights.present("yunet", settings.weights or weights.cache_folder()):
        log.info("face detector chosen detector=yunet reason='its weights are present'")
        return "yunet"
    log.info("face detector chosen detector=%s reason='it is shipped'", EMBEDDED_DEFAULT)
    return EMBEDDED_DEFAULT


def tracker_limits(settings: Settings, camera: AnyCamera) -> TrackerLimits:
    """How the faces of one camera are followed."""
    tracker = settings.tracker
    return TrackerLimits(
        min_iou=tracker.min_iou,
        max_jump=tracker.max_jump,
        # Pictures of a folder do not continue one another: each face counts at once.
        confirm=1 if camera.source == "images" else tracker.confirm,
        max_gap_s=tracker.max_gap_s,
    )


def build_pipeline(networks: Networks, settings: Settings, camera: AnyCamera) -> Pipeline:
    """One camera's pipeline around the shared networks."""
    smoothing = settings.smoothing
    abstain_below = networks.abstain_below if smoothing.abstain_below is None else smoothing.abstain_below
    detector = networks.detector
    return Pipeline(
        detector=RegionDetector(detector, camera.roi) if camera.roi else detector,
        classifier=networks.classifier,
        crop=networks.crop,
        tracker=Tracker(tracker_limits(settings, camera)),
        smoother=Smoother(
            networks.classifier.labels,
            SmoothingLimits(0.0 if camera.source == "images" else smoothing.time_constant_s, abstain_below),
        ),
        aggregator=WindowAggregator(camera.name, WindowLimits(settings.aggregate.window_s, settings.k_min)),
        every_n_frames=settings.detector.every_n_frames,
        quality=QualityLimits(
            settings.quality.min_face_px, settings.quality.max_outside, settings.quality.min_sharpness
        ),
        track_hz=settings.classifier.track_hz,
    )
