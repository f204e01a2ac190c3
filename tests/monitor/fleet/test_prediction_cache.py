"""Predictions of drives that are stored: the network sees a drive once, and every policy the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.classifier import Classifier
from engines.driver_parts import PARTS
from engines.regions import RegionProposal
from engines.view import Mount
from monitor.alerts.events import AlertEvent
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.policy_run import run_policy
from monitor.evaluation.predictions import DrivePredictions
from monitor.fleet import prediction_cache
from monitor.fleet.prediction import predict_drive, saver
from monitor.fleet.prediction_cache import PredictionCache
from monitor.health.camera_health import Health
from monitor.live.pipeline import Pipeline, StageError, events_of
from monitor.sources import Frame, open_source
from tests.monitor.fakes import FAKE_MANIFEST, FakeClassifier, FakeSource, Segments, frames_of

STORY: Segments = [(0, 2.0), (6, 4.0), (0, 2.0), (1, 2.0), (0, 2.0)]
SHORT: Segments = [(0, 1.0), (1, 1.0), (0, 1.6)]


def frozen_frames(fps: float = 5.0) -> list[Frame]:
    """A distraction that a frozen camera hides after a while."""
    frames = frames_of([(0, 2.0), (6, 10.0), (0, 3.0)], fps)
    stuck = frames[20]
    return [Frame(stuck.pixels, frame.time, frame.index) if 20 < frame.index < 60 else frame for frame in frames]


def predicted(frames: list[Frame]) -> DrivePredictions:
    drive = DrivePredictions()
    predict_drive(FakeSource(frames), FakeClassifier(), drive)
    return drive


def live_events(frames: list[Frame], settings: AlertSettings, *, realtime: bool) -> list[AlertEvent]:
    policy = AlertPolicy(settings)
    with Pipeline(FakeSource(frames), FakeClassifier(), policy=policy, realtime=realtime) as pipeline:
        return [event for result in pipeline for event in events_of(result)]


def same(first: DrivePredictions, second: DrivePredictions) -> bool:
    """All that a policy sees."""
    return (
        first.times_s == second.times_s
        and first.cameras == second.cameras
        and np.array_equal(first.probabilities, second.probabilities)
    )


@pytest.mark.parametrize("settings", [AlertSettings(), AlertSettings(smoothing_s=0.0, clear_s=0.6)])
@pytest.mark.parametrize("frames", [frames_of(STORY, 5.0), frozen_frames()], ids=["story", "frozen"])
def test_a_replay_says_the_same_twice_and_what_the_pipeline_says(frames: list[Frame], settings: AlertSettings) -> None:
    drive = predicted(frames)
    first, second = run_policy(drive, settings).events, run_policy(drive, settings).events
    assert first == second == live_events(frames, settings, realtime=False)
    assert any(event.is_alert for event in first)


def test_a_replay_says_what_the_pipeline_says_at_the_drives_own_pace() -> None:
    frames = frames_of(SHORT, 10.0)
    events = run_policy(predicted(frames), AlertSettings()).events
    assert events == live_events(frames, AlertSettings(), realtime=True)
    assert len(events) == 2


def test_a_camera_fault_is_replayed() -> None:
    run = run_policy(predicted(frozen_frames()), AlertSettings())
    assert Health.FROZEN in run.healths


def test_what_is_stored_is_what_was_computed() -> None:
    drive = predicted(frozen_frames())
    drive.notices.append("a frame is missing")
    again = DrivePredictions.from_bytes(drive.to_bytes())
    assert same(again, drive) and again.complete and again.notices == drive.notices and again.size == drive.size
    assert run_policy(again, AlertSettings()).events == run_policy(drive, AlertSettings()).events
    assert set(again.latencies_s) == set(drive.latencies_s)
    for stored, computed in zip(again.predictions, drive.predictions, strict=True):
        np.testing.assert_allclose(stored.regions, computed.regions, atol=1e-3)


def test_a_drive_without_frames_is_stored_too() -> None:
    assert DrivePredictions.from_bytes(DrivePredictions().to_bytes()).times_s == []


def test_an_interrupted_drive_continues_where_it_was(tmp_path: Path) -> None:
    frames, path = frames_of(STORY, 5.0), tmp_path / "drive.npz"
    broken = FakeClassifier(fails_in="infer", fails_at=25)
    with pytest.raises(StageError):
        predict_drive(FakeSource(frames), broken, DrivePredictions(), save=saver(path))
    known = PredictionCache(tmp_path).read(path)
    assert known is not None and not known.complete and len(known.times_s) == 25

    network, drive = FakeClassifier(), DrivePredictions()
    predict_drive(FakeSource(frames), network, drive, known=known, save=saver(path))
    assert network.calls["infer"] == network.calls["regions"] == len(frames) - 25
    assert drive.complete and same(drive, predicted(frames))
    stored = PredictionCache(tmp_path).read(path)
    assert stored is not None and stored.complete and same(stored, drive)


def test_the_times_of_a_drive_are_those_of_the_work_on_it() -> None:
    """The frames of an interrupted run cost nothing the second time: that is not how fast the network is."""
    frames = frames_of([(0, 2.0)], 5.0)
    with pytest.raises(StageError):
        first = DrivePredictions()
        predict_drive(FakeSource(frames), FakeClassifier(delay_s=0.02, fails_in="infer", fails_at=6), first)
    drive = DrivePredictions()
    predict_drive(FakeSource(frames), FakeClassifier(delay_s=0.02), drive, known=first)
    assert min(drive.latencies_s["network"]) >= 0.02
    assert (drive.known, drive.computed) == (6, len(frames) - 6)
    assert predicted(frames).computed == len(frames)


def test_a_resumed_run_has_the_regions_of_the_whole() -> None:
    """Tracked regions depend on all views before: the known ones too."""

    class Finder:
        seen = 0.0

        def propose(self, view: NDArray[np.uint8]) -> RegionProposal:
            self.seen = 0.9 * self.seen + 0.1 * float(view.mean()) / 255.0
            return replace(FakeClassifier().propose(view), boxes=np.full((36, 4), self.seen, dtype=np.float32))

    frames = frames_of(STORY, 5.0)
    whole, first, drive = DrivePredictions(), DrivePredictions(), DrivePredictions()
    predict_drive(FakeSource(frames), FakeClassifier(), whole, regions=Finder())
    with pytest.raises(StageError):
        predict_drive(FakeSource(frames), FakeClassifier(fails_in="infer", fails_at=6), first, regions=Finder())
    predict_drive(FakeSource(frames), FakeClassifier(), drive, known=first, regions=Finder())
    assert drive.known == 6 and same(drive, whole)
    for one, other in zip(drive.predictions, whole.predictions, strict=True):
        assert np.array_equal(one.regions, other.regions)


def test_a_run_that_ends_sooner_than_the_one_before_loses_nothing(tmp_path: Path) -> None:
    frames, path = frames_of(STORY, 5.0), tmp_path / "drive.npz"
    with pytest.raises(StageError):
        predict_drive(
            FakeSource(frames), FakeClassifier(fails_in="infer", fails_at=25), DrivePredictions(), save=saver(path)
        )
    known = PredictionCache(tmp_path).read(path)
    torn = FakeSource([*frames[:10], RuntimeError("the disk is gone")])
    with pytest.raises(StageError):
        predict_drive(torn, FakeClassifier(), DrivePredictions(), known=known, save=saver(path))
    stored = PredictionCache(tmp_path).read(path)
    assert stored is not None and len(stored.times_s) == 25


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 torn"])
def test_a_file_that_is_damaged_is_computed_again(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "drive.npz"
    path.write_bytes(content)
    assert PredictionCache(tmp_path).read(path) is None
    assert PredictionCache(tmp_path).read(tmp_path / "none.npz") is None


def test_what_changes_the_predictions_changes_the_file(tmp_path: Path) -> None:
    cache, drive = PredictionCache(tmp_path), tmp_path / "drive.mp4"
    drive.write_bytes(b"one")
    first = cache.path(str(drive), FAKE_MANIFEST, Mount(), None)
    moved = tmp_path / "moved.mp4"
    moved.write_bytes(b"one")
    assert cache.path(str(moved), FAKE_MANIFEST, Mount(), None) == first
    fitted = FAKE_MANIFEST.model_copy(update={"name": "fitted", "thresholds": {"enter": 0.7}})
    # Thresholds come with another model card, other precisions with more models.
    fitted = fitted.model_copy(update={"files": {"MODEL_CARD.md": "1", "model.int8.onnx": "2"}})
    assert cache.path(str(drive), fitted, Mount(), None) == first
    assert cache.path(str(drive), fitted, Mount(), None, engine="onnxruntime auto") != first
    assert cache.path(str(drive), fitted, Mount(), None, regions="tracked") != first
    others = {
        cache.path(str(drive), FAKE_MANIFEST, Mount(mirror=True), None),
        cache.path(str(drive), FAKE_MANIFEST, Mount(), 7.0),
        cache.path(str(drive), FAKE_MANIFEST, Mount(), None, track=2),
        cache.path(str(drive), FAKE_MANIFEST.model_copy(update={"temperature": 2.0}), Mount(), None),
        cache.path(str(drive), FAKE_MANIFEST.model_copy(update={"uses_regions": False}), Mount(), None),
        cache.path(str(drive), FAKE_MANIFEST.model_copy(update={"region_names": PARTS}), Mount(), None),
        cache.path(str(drive), FAKE_MANIFEST.model_copy(update={"files": {"model.fp32.onnx": "0"}}), Mount(), None),
    }
    drive.write_bytes(b"two")
    others.add(cache.path(str(drive), FAKE_MANIFEST, Mount(), None))
    assert len(others) == 8 and first not in others


def test_fp32_predictions_depend_on_the_fp16_file_where_that_stands_for_it(tmp_path: Path) -> None:
    cache, drive = PredictionCache(tmp_path), tmp_path / "drive.mp4"
    drive.write_bytes(b"one")
    half = FAKE_MANIFEST.model_copy(update={"format_version": 2, "fp32": "model.fp16.onnx"})
    first, second = (half.model_copy(update={"files": {"model.fp16.onnx": digest}}) for digest in ("1", "2"))
    path = cache.path(str(drive), first, Mount(), None)
    assert path != cache.path(str(drive), second, Mount(), None)
    assert path != cache.path(str(drive), first, Mount(), None, engine="onnxruntime fp16")


def test_other_software_s_predictions_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "drive.mp4").write_bytes(b"one")
    paths = []
    for version in ("1", "1", "2"):
        monkeypatch.setattr(
            prediction_cache, "software_fingerprint", lambda engine, version=version: {"regions": version}
        )
        paths.append(PredictionCache(tmp_path).path(str(tmp_path / "drive.mp4"), FAKE_MANIFEST, Mount(), None))
    assert paths[0] == paths[1] != paths[2]


@pytest.mark.slow
def test_the_demo_drive_with_the_real_network_at_its_own_pace() -> None:
    drive = DrivePredictions()
    classifier = Classifier.open()
    predict_drive(open_source("demo"), classifier, drive)
    with Pipeline(open_source("demo"), classifier, policy=AlertPolicy(), realtime=True) as pipeline:
        live = [event for result in pipeline for event in events_of(result)]
    assert run_policy(drive, AlertSettings()).events == live
    assert sum(event.is_alert for event in live) >= 9
