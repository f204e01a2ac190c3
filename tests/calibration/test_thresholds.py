"""Thresholds and reliability, on drives whose predictions are made up so that the answer is known."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from calibration import labelled_drives, thresholds
from calibration.labelled_drives import LabelledDrive, recording_of, score_together
from calibration.reliability import Reliability, draw
from calibration.thresholds import fit_thresholds
from engines.activities import Activity
from engines.bundles.bundle import Bundle
from engines.command import run_command
from engines.errors import UserError
from engines.files.labels.drive_labels import parse_labels
from engines.prediction import Prediction
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.predictions import DrivePredictions
from monitor.health.camera_health import CameraHealth
from monitor.live.engine import Engine, EngineOptions
from tests.calibration.fake_networks import half_sure_of_a_passenger
from tests.engines.toy_bundle import write_toy_bundle
from tests.monitor.fakes import frames_of, one_hot, write_video

C0, C6, C9 = Activity.SAFE_DRIVING, Activity.DRINKING, Activity.PASSENGER
LABELS = "start_s,end_s,activity\n0,20,c0\n20,26,c6\n26,60,c0\n60,66,c9\n66,80,c0\n"


def labelled(mistaken: Activity, fraction: float) -> LabelledDrive:
    """A network that is right, but for ten seconds of attention in which it sees `fraction` of something else."""
    labels = parse_labels(LABELS)
    drive = DrivePredictions(complete=True)
    for index in range(800):
        time_s = index / 10.0
        seen = one_hot(labels.activity_at(time_s) or C0, 1.0)
        if 40.0 <= time_s < 50.0:
            seen = ((1.0 - fraction) * one_hot(C0, 1.0) + fraction * one_hot(mistaken, 1.0)).astype(np.float32)
        drive.times_s.append(time_s)
        drive.predictions.append(Prediction(seen, np.zeros((36, 4), np.float32), np.full(37, 1 / 37, np.float32)))
        drive.cameras.append(CameraHealth())
    return LabelledDrive("made up", labels, drive)


def test_the_blamed_activity_s_threshold_rises_above_the_mistake_and_no_other() -> None:
    drive, before = labelled(C9, 0.78), AlertSettings()
    assert len(score_together([drive], before).false) == 1
    after = fit_thresholds([drive], before, target=1.0)
    assert set(after.enter_by_activity) == {"c9"}
    assert 0.78 < after.enter_by_activity["c9"] <= 0.85
    score = score_together([drive], after)
    assert (score.false, score.missed, len(score.expected)) == ((), [], 2)


def test_nothing_changes_where_the_target_is_met() -> None:
    drive, before = labelled(C9, 0.1), AlertSettings()
    assert fit_thresholds([drive], before, target=0.0) is before
    noisy = labelled(C9, 0.78)
    assert fit_thresholds([noisy], before, target=100.0) is before


def test_a_sure_mistake_ends_the_search_and_delays_nothing() -> None:
    """No threshold helps against it, so none is raised; what can be helped still is."""
    sure, torn = labelled(C6, 1.0), labelled(C9, 0.78)
    assert fit_thresholds([sure], AlertSettings(), target=0.0).enter_by_activity == {}
    assert set(fit_thresholds([sure, torn], AlertSettings(), target=0.0).enter_by_activity) == {"c9"}


def test_a_drive_is_not_fitted_on_and_validated_on(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run_command(thresholds.main, ["demo", "--validate", "demo", "--output", str(tmp_path / "p.toml")]) == 2
    assert "cannot be validated on it" in capsys.readouterr().err


def test_simulated_drives_are_rendered_and_fitted_on_and_the_monitor_takes_the_bundle(
    rendered: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(labelled_drives, "predict", half_sure_of_a_passenger)
    toy, fitted = write_toy_bundle(tmp_path / "toy"), tmp_path / "fitted"
    arguments = ["--simulated", str(tmp_path / "drives"), "--fit-drives", "1", "--fit-attentive", "1"]
    arguments += ["--fit-minutes", "1", "--bundle", str(toy), "--output", str(fitted)]
    assert run_command(thresholds.main, arguments) == 0
    assert rendered == ["simulated-100401-20s", "attentive-101401-60s"]
    manifest = Bundle.open(fitted).manifest
    assert set(manifest.thresholds) == {"enter_by_activity.c9"} and manifest.format_version == 2
    settings = Engine.open(EngineOptions(fitted)).settings
    assert settings.enter_by_activity == {"c9": manifest.thresholds["enter_by_activity.c9"]}
    card = (fitted / "MODEL_CARD.md").read_text()
    assert "Drives that were fitted on: simulated-100401-20s.mp4, attentive-101401-60s.mp4." in card
    assert run_command(thresholds.main, arguments) == 2 and len(rendered) == 2
    assert "not an empty folder" in capsys.readouterr().err


def test_without_drives_there_is_nothing_to_fit_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    none = ["--simulated", str(tmp_path / "drives"), "--fit-drives", "0", "--fit-attentive", "0"]
    for arguments in ([], none):
        assert run_command(thresholds.main, [*arguments, "--output", str(tmp_path / "new")]) == 2
        assert "nothing to fit on" in capsys.readouterr().err


def test_labels_of_a_drive_are_found_whatever_their_format(tmp_path: Path) -> None:
    video = write_video(tmp_path / "drive.mp4", frames_of([(0, 2.0)]))
    with pytest.raises(UserError, match=r"no drive\.csv or drive\.json or drive\.xml beside"):
        recording_of(str(video))
    action = {"type": "driver_actions/safe_drive", "frame_intervals": [{"frame_start": 0, "frame_end": 19}]}
    (tmp_path / "drive.json").write_text(json.dumps({"openlabel": {"actions": {"0": action}}}))
    recording = recording_of(str(video))
    assert recording.labels is not None and recording.labels.activity_at(1.0) is C0 and recording.frames == 20
    with pytest.raises(UserError, match="camera or a stream"):
        recording_of("0")


def test_an_honest_confidence_has_no_error_and_a_boasting_one_has() -> None:
    generator = np.random.default_rng(3)
    confidence = generator.uniform(0.5, 1.0, 50_000)
    probabilities = np.stack([confidence, 1.0 - confidence], axis=1).astype(np.float32)
    honest = (generator.uniform(size=confidence.size) > confidence).astype(np.intp)
    assert Reliability.of(probabilities, honest).ece < 0.01
    coin = generator.integers(0, 2, confidence.size)
    assert Reliability.of(probabilities, coin).ece == pytest.approx(0.25, abs=0.01)


def test_a_diagram_is_a_picture(tmp_path: Path) -> None:
    diagram = Reliability.of(np.array([[0.9, 0.1], [0.4, 0.6]], np.float32), np.array([0, 0]))
    draw({"before": diagram, "after": diagram}, tmp_path / "r.png")
    picture = cv2.imread(str(tmp_path / "r.png"))
    assert picture is not None and picture.std() > 10.0
