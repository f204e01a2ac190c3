"""The table of alerts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from calibration import alert_table
from calibration.alert_table import attentive_script
from engines.activities import Activity
from engines.errors import run_command
from engines.prediction import Prediction
from monitor.drive_predictions import DrivePredictions
from monitor.health import CameraJudgement
from monitor.replay import Recording
from train.simulated import NearMiss


def test_an_attentive_hour_is_full_of_near_misses() -> None:
    script = attentive_script(7, 3600.0)
    assert [(segment.activity, segment.end_s) for segment in script.segments] == [(Activity.SAFE_DRIVING, 3600.0)]
    starts = [event.start_s for event in script.near_misses]
    assert 100 < len(starts) < 450 and {event.kind for event in script.near_misses} == set(NearMiss)
    assert float(np.diff(starts).max()) < 60.0
    assert attentive_script(7, 3600.0) == script != attentive_script(8, 3600.0)


def flickering(recording: Recording, *_: object) -> DrivePredictions:
    """A network that is right but for one frame in eleven of attention, which it takes for drinking."""
    drive = DrivePredictions(complete=True)
    assert recording.labels is not None
    for index in range(int(recording.labels.end_s * 5)):
        activity = recording.labels.activity_at(index / 5)
        assert activity is not None
        if activity is Activity.SAFE_DRIVING and index % 11 == 0:
            activity = Activity.DRINKING
        drive.times_s.append(index / 5)
        answer = np.eye(10, dtype=np.float32)[activity]
        empty = np.zeros((36, 4), dtype=np.float32)
        drive.predictions.append(Prediction(answer, empty, np.zeros(37, dtype=np.float32)))
        drive.cameras.append(CameraJudgement())
    return drive


def test_the_demo_drive_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(alert_table, "predict", flickering)
    (tmp_path / "fitted.toml").write_text("[alerts]\ncaution_s = 1.5\n")
    arguments = ["--output", str(tmp_path / "out"), "--simulated", "0", "--attentive-drives", "0"]
    assert run_command(alert_table.main, [*arguments, "--policy", str(tmp_path / "fitted.toml")]) == 0
    content = json.loads((tmp_path / "out" / "alert_table.json").read_text())
    rows = {(row["drives"], row["variant"]): row for row in content["rows"]}
    variants = ("before smoothing", "smoothed", "smoothed, fitted")
    assert set(rows) == {(drives, variant) for drives in ("demo drive", "all") for variant in variants}
    row = rows["demo drive", "smoothed"]
    assert (row["needed"], row["detected"], row["false"], row["false_per_hour"]) == (9, 9, 0, 0.0)
    assert row["frame_accuracy"] < 1.0 and content["settings"]["smoothed, fitted"]["caution_s"] == 1.5
    assert rows["all", "smoothed"] == {**row, "drives": "all"}
    assert "9 of 9 (100 %)" in capsys.readouterr().out


def test_a_drive_without_labels_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--output", str(tmp_path), "--simulated", "0", "--drives", str(tmp_path / "nowhere.mp4")]
    assert run_command(alert_table.main, arguments) == 2
    assert "no such source" in capsys.readouterr().err
