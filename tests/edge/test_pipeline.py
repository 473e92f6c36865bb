from __future__ import annotations

import pytest

from edge.aggregator import WindowAggregator, WindowLimits
from edge.contract.preprocess import CropSpec
from edge.pipeline import Pipeline
from edge.quality import QualityLimits
from edge.smoothing import Smoother, SmoothingLimits
from edge.tracker import Tracker, TrackerLimits
from tests.builders import LABELS, detection, frame
from tests.fakes import ConstantClassifier, ScriptedDetector


def pipeline(
    detector: ScriptedDetector,
    classifier: ConstantClassifier,
    every_n_frames: int = 1,
    quality: QualityLimits = QualityLimits(),  # noqa: B008 - frozen
    track_hz: float | None = None,
    confirm: int = 1,
) -> Pipeline:
    return Pipeline(
        detector=detector,
        classifier=classifier,
        crop=CropSpec(),
        tracker=Tracker(TrackerLimits(confirm=confirm)),
        smoother=Smoother(LABELS, SmoothingLimits()),
        aggregator=WindowAggregator("door", WindowLimits(window_s=10)),
        every_n_frames=every_n_frames,
        quality=quality,
        track_hz=track_hz,
    )


def test_a_face_in_view_becomes_the_event_of_its_window() -> None:
    one = pipeline(ScriptedDetector([[detection(4, 4)]] * 30), ConstantClassifier("sad"))
    events = [event for i in range(11) for event in one.process(frame(i * 1.0)).events]
    assert [(event.dominant, event.shares) for event in events] == [("sad", {"sad": 1.0})]


def test_all_faces_of_a_frame_are_classified_in_one_batch() -> None:
    classifier = ConstantClassifier()
    one = pipeline(ScriptedDetector([[detection(0), detection(45)]]), classifier)
    assert len(one.process(frame()).observations) == 2
    assert classifier.batches == [2]


def test_an_empty_frame_asks_the_classifier_nothing() -> None:
    classifier = ConstantClassifier()
    assert pipeline(ScriptedDetector([[]]), classifier).process(frame()).observations == []
    assert classifier.batches == []


def test_between_searched_frames_tracks_live_on_without_observations() -> None:
    detector = ScriptedDetector([[detection()]] * 9)
    one = pipeline(detector, ConstantClassifier(), every_n_frames=3)
    seen = [len(one.process(frame(i * 0.1)).observations) for i in range(9)]
    assert seen == [1, 0, 0] * 3
    assert detector.calls == 3
    (event,) = one.flush()
    assert event.faces is not None
    assert (event.faces.tracks, event.faces.mean_in_view) == (1, 1.0)


@pytest.mark.parametrize(("fps", "every_n_frames"), [(1.0, 2), (1.9, 2), (2.0, 3), (5.0, 4), (5.0, 5)])
def test_a_face_is_found_however_rarely_frames_are_searched(fps: float, every_n_frames: int) -> None:
    """The load governor alone goes down to 1 fps."""
    one = pipeline(ScriptedDetector([[detection()]] * 99), ConstantClassifier(), every_n_frames, confirm=2)
    for i in range(30):
        one.process(frame(i / fps))
    (event,) = one.flush()
    assert event.faces is not None
    assert event.faces.tracks == 1


def test_a_face_that_cannot_be_read_is_counted_but_gets_no_label() -> None:
    classifier = ConstantClassifier()
    script = [[detection(0, side=40), detection(45, side=18)]]
    one = pipeline(ScriptedDetector(script), classifier, quality=QualityLimits(min_face_px=20))
    labels = {o.track.box.width: o.label for o in one.process(frame()).observations}
    assert labels == {40: "happy", 18: None}
    assert classifier.batches == [1]
    (event,) = one.flush()
    assert event.abstained_share == 0.5


def test_where_no_face_can_be_read_the_classifier_is_asked_nothing() -> None:
    classifier = ConstantClassifier()
    one = pipeline(ScriptedDetector([[detection()]]), classifier, quality=QualityLimits(min_face_px=100))
    assert [o.label for o in one.process(frame()).observations] == [None]
    assert classifier.batches == []


def test_a_track_is_read_at_most_so_often_and_keeps_its_label_between() -> None:
    classifier = ConstantClassifier("sad")
    one = pipeline(ScriptedDetector([[detection(4, 4)]] * 16), classifier, track_hz=2.0)
    seen = [one.process(frame(i * 0.125)).observations for i in range(16)]
    assert sum(classifier.batches) == 4  # two seconds
    assert [[observation.label for observation in frame] for frame in seen] == [["sad"]] * 16
    (event,) = one.flush()
    assert event.faces is not None
    assert (event.faces.observations, event.faces.mean_in_view) == (16, 1.0)


def test_a_newcomer_is_read_at_once_beside_a_track_that_is_not_due() -> None:
    classifier = ConstantClassifier("sad")
    script = [[detection(0)], [detection(0), detection(45)]]
    one = pipeline(ScriptedDetector(script), classifier, track_hz=1.0)
    one.process(frame(0.0))
    observations = one.process(frame(0.1)).observations
    assert classifier.batches == [1, 1]
    assert [(o.track.id, o.label) for o in observations] == [(1, "sad"), (2, "sad")]
