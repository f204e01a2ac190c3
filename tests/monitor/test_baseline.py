"""Drives and replays with a network that looks at no regions."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import platformdirs
import pytest
from numpy.typing import NDArray

from engines.bundles.bundle import Bundle
from engines.command import run_command
from engines.regions import propose_regions
from engines.runtimes import open_session
from engines.view import model_view
from monitor.evaluation.predictions import DrivePredictions
from monitor.fleet.prediction import predict
from monitor.fleet.prediction_cache import PredictionCache
from monitor.fleet.recordings import as_recording
from monitor.live import engine as engine_module
from monitor.live.engine import Engine, EngineOptions
from monitor.live.headless import run_headless
from monitor.live.pipeline import FrameResult
from monitor.live.session import Opened, SessionEvent, SessionOptions
from monitor.replay import __main__ as replay
from monitor.sources import open_source
from tests.engines.toy_bundle import SIZE, write_toy_bundle
from tests.monitor.fakes import frames_of, write_video


@pytest.fixture(params=["baseline", "places", "zoom"])
def baseline(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write_toy_bundle(tmp_path / "bundle", model=request.param)


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    return write_video(tmp_path / "drive.mp4", frames_of([(0, 1.0), (6, 1.0)]))


@pytest.fixture
def probabilities_of_before(baseline: Path, drive: Path, monkeypatch: pytest.MonkeyPatch) -> NDArray[np.float32]:
    """What the drive's frames gave while regions were looked for; from here on nobody may look for any."""
    bundle = Bundle.open(baseline)
    session = open_session(bundle)
    rows = []
    with open_source(str(drive)) as source:
        while (frame := source.read()) is not None:
            view = model_view(frame.pixels, SIZE)
            rows.append(session.run(view[None], propose_regions(view).boxes[None])[0][0])

    def refuse(*_: object) -> None:
        raise AssertionError("somebody looks for regions")

    monkeypatch.setattr(cv2.SIFT, "create", refuse)
    monkeypatch.setattr(engine_module, "warming_up", refuse)
    monkeypatch.setattr(platformdirs, "user_config_dir", lambda _name: str(drive.parent / "config"))
    return np.stack(rows)


class Collector:
    name = "the test"

    def __init__(self) -> None:
        self.opened: list[Opened] = []
        self.results: list[FrameResult] = []

    def on_event(self, event: SessionEvent) -> None:
        if isinstance(event, Opened):
            self.opened.append(event)
        elif isinstance(event, FrameResult):
            self.results.append(event)


@pytest.mark.parametrize("mode", ["tracked", "cold"])
def test_a_drive_finds_no_regions(
    mode: str, baseline: Path, drive: Path, probabilities_of_before: NDArray[np.float32]
) -> None:
    engine, collector = Engine.open(EngineOptions(bundle=baseline, regions=mode)), Collector()
    assert engine.tracker() is None
    assert run_headless(engine, SessionOptions(str(drive)), write_line=lambda _: None, listeners=[collector]) == 0
    assert np.array_equal([result.prediction.probabilities for result in collector.results], probabilities_of_before)
    (opened,) = collector.opened
    assert not opened.uses_regions and opened.names_regions == bool(engine.manifest.region_names)
    for result in collector.results:
        prediction, names = result.prediction, engine.manifest.region_names
        assert len(result.proposal.boxes) == len(result.proposal.keypoints) == 0
        assert prediction.region_names == names and prediction.regions.shape == (len(names), 4)
        assert prediction.region_weights.shape == (len(names) + 1,) and prediction.region_weights.sum() > 0.999


def test_a_replay_looks_for_no_regions_and_stores_what_the_network_finds(
    baseline: Path, drive: Path, probabilities_of_before: NDArray[np.float32], tmp_path: Path
) -> None:
    engine, cache = Engine.open(EngineOptions(bundle=baseline)), PredictionCache.open(tmp_path / "cache")
    with open_source(str(drive)) as source:
        recording = as_recording(str(drive), source, None)
    predict(recording, engine, cache, DrivePredictions())
    unused = DrivePredictions()
    stored = predict(recording, engine, cache, unused)
    assert stored is not unused and stored.complete  # read from the file
    assert np.array_equal(stored.probabilities, probabilities_of_before)
    names = engine.manifest.region_names
    for prediction in stored.predictions:
        assert prediction.region_names == names and prediction.regions.shape == (len(names), 4)
    arguments = [str(drive), "--bundle", str(baseline), "--output", str(tmp_path / "report")]
    assert run_command(replay.main, [*arguments, "--cache", str(tmp_path / "cache")]) == 0
    assert "data:image/jpeg" in (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
