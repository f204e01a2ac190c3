"""Ways of finding regions are compared with each other, on the same frames; what is shipped keeps its aims."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from calibration.labelled_drives import read_drives, score_together
from calibration.studies.regions import LabelledFrame, compare_orders, compare_settings, in_words, main
from engines.bundles.bundle import Bundle
from engines.bundles.signature import NetworkOutputs
from engines.classifier import Classifier
from engines.errors import UserError
from engines.regions import propose_regions
from engines.regions.tracking import RegionTracker, TrackingSettings
from engines.runtimes import open_session
from monitor.fleet.prediction_cache import PredictionCache
from monitor.live.engine import Engine, EngineOptions
from monitor.sources.open_source import DEMO
from tests.engines.benchmarks.test_live import write_drive
from tests.engines.toy_bundle import write_toy_bundle


@pytest.fixture
def toy_bundle(tmp_path: Path) -> Path:
    return write_toy_bundle(tmp_path / "toy")


@pytest.fixture
def classifier(toy_bundle: Path) -> Classifier:
    bundle = Bundle.open(toy_bundle)
    return Classifier(bundle, open_session(bundle))


def labelled_video(folder: Path, views: int = 12) -> Path:
    drive = write_drive(folder / "drive.mp4", views)
    drive.with_suffix(".csv").write_text("start_s,end_s,activity\n0,0.5,c0\n0.7,1.2,c3\n", encoding="utf-8")
    return drive


def test_settings_are_compared_on_the_same_frames(classifier: Classifier, tmp_path: Path) -> None:
    ways = [TrackingSettings(), TrackingSettings(refresh_every=3), TrackingSettings(scale=1.0, follow=False)]
    drive = labelled_video(tmp_path)
    tables = compare_settings(classifier, [drive, drive], ways)
    # Drives of one name have one table.
    assert list(tables) == ["drive", "all"]
    cold, other, own, seldom, anew = tables["all"]
    assert [row.way for row in tables["all"]] == ["cold", "cold, another k-means start", *map(in_words, ways)]
    assert {row.frames for row in tables["all"]} == {24} and {row.labelled for row in tables["all"]} == {20}
    assert (cold.agreement, cold.same_nats, cold.all_nats) == (1.0, 0.0, 0.0)
    assert other.same_nats == other.all_nats != 0.0
    assert own.same_nats is not None and own.same_nats > -0.02
    assert own.all_nats is not None and own.all_nats < own.same_nats
    assert anew.all_nats == pytest.approx(anew.same_nats, abs=0.01), "at full scale all keypoints are its own"
    assert seldom.amortised_ratio is not None and seldom.ratio is not None and own.amortised_ms is not None
    assert seldom.amortised_ratio > 1.5 * seldom.ratio
    # The toy network looks at colours alone, which regions do not change.
    assert {row.agreement for row in tables["all"]} == {1.0}
    assert len({row.accuracy for row in tables["all"]}) == 1


class _First:
    """A network that names the first region's place: the column of tenths that its centre is in."""

    description = "first region"

    def run(self, images: NDArray[np.uint8], regions: NDArray[np.float32]) -> NetworkOutputs:
        tenth = min(int(5 * (regions[0, 0, 0] + regions[0, 0, 2])), 9)
        likely = np.full((1, 10), 0.01, np.float32) + 0.9 * np.eye(10, dtype=np.float32)[[tenth]]
        return NetworkOutputs.of({"probabilities": likely, "region_weights": np.ones((1, 37), np.float32)})


def test_an_order_that_matters_is_seen(toy_bundle: Path, tmp_path: Path) -> None:
    classifier = Classifier(Bundle.open(toy_bundle), _First())
    views = [classifier.view(np.asarray(cv2.resize(view, (64, 64)))) for view in _scene()]

    def frames() -> Iterator[LabelledFrame]:
        for view in views:
            boxes = propose_regions(view).boxes[0]
            yield LabelledFrame(view, min(int(5 * (boxes[0] + boxes[2])), 9))

    position, random, fixed = compare_orders(classifier, [frames], tracked=False)
    assert (position.way, random.way, fixed.way) == ("by position", "random", "random, fixed")
    assert position.accuracy == position.agreement == 1.0
    assert random.accuracy < 0.8 and random.log_loss > position.log_loss
    assert fixed.accuracy < 1.0
    kept = compare_orders(classifier, [frames], tracked=True)[1]
    assert kept.way == "kept" and kept.refresh_ms is None


def _scene() -> list[NDArray[np.uint8]]:
    from tests.engines.regions.test_tracking import moving_scene

    return moving_scene(2, 20)


def test_the_commands(toy_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drive, out = labelled_video(tmp_path), tmp_path / "out.json"
    common = [str(drive), "--bundle", str(toy_bundle), "--frames", "8", "--json", str(out)]
    assert main(["settings", *common, "--scales", "0.75"]) == 0
    assert "8 frames, 6 labelled" in capsys.readouterr().out
    rows = json.loads(out.read_text(encoding="utf-8"))["drive"]
    assert len(rows) == 2 + 6 and rows[0]["way"] == "cold" and rows[0]["frames"] == 8
    assert main(["order", *common]) == 0
    assert [row["way"] for row in json.loads(out.read_text(encoding="utf-8"))["drive"]] == [
        "by position",
        "kept",
        "random",
        "random, fixed",
    ]


def test_what_cannot_be_compared_is_said(toy_bundle: Path, tmp_path: Path, classifier: Classifier) -> None:
    with pytest.raises(UserError, match="nothing to compare"):
        main(["order", "--bundle", str(toy_bundle)])
    with pytest.raises(UserError, match="cannot read"):
        compare_settings(classifier, [tmp_path / "missing.mp4"], [])
    with pytest.raises(SystemExit):
        main(["settings", "a.mp4", "--scales", "1.5"])
    drive = labelled_video(tmp_path)
    drive.with_suffix(".csv").write_text("start_s,end_s,activity\n1,1.2,c0\n", encoding="utf-8")
    with pytest.raises(UserError, match="none of the first 3 frames"):
        compare_settings(classifier, [drive], [], frames=3)


def test_what_is_fitted_sees_regions_as_the_monitor_does(tmp_path: Path) -> None:
    engine = Engine.open(EngineOptions(write_toy_bundle(tmp_path / "toy")))  # looks at regions that it is given
    tracker = engine.tracker()
    assert isinstance(tracker, RegionTracker) and tracker.settings == TrackingSettings()


@pytest.mark.slow
def test_the_default_bundle_alerts_every_distraction_of_the_demo_drive(tmp_path: Path) -> None:
    engine = Engine.open()
    score = score_together(read_drives([DEMO], engine, PredictionCache.open(tmp_path)), engine.settings)
    assert (score.detected, len(score.expected), len(score.false)) == (9, 9, 0)
