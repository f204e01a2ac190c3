"""The table of alerts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from calibration import alert_table, labelled_drives
from calibration.alert_table import attentive_script
from engines.activities import Activity
from engines.command import run_command
from engines.prediction import Prediction
from monitor.evaluation.predictions import DrivePredictions
from monitor.health.camera_health import CameraHealth
from monitor.replay.recordings import RecordedDrive
from tests.monitor.fakes import frames_of, write_video
from train.simulation.acting.near_misses import NearMiss
from train.simulation.acting.recording import SimulatedDrive


def test_an_attentive_hour_is_full_of_near_misses() -> None:
    script = attentive_script(7, 3600.0)
    assert [(segment.activity, segment.end_s) for segment in script.segments] == [(Activity.SAFE_DRIVING, 3600.0)]
    starts = [event.start_s for event in script.near_misses]
    assert 100 < len(starts) < 450 and {event.kind for event in script.near_misses} == set(NearMiss)
    assert float(np.diff(starts).max()) < 60.0
    assert attentive_script(7, 3600.0) == script != attentive_script(8, 3600.0)


def answers(recording: RecordedDrive, mistaken: NDArray[np.float32], when: Callable[[int], bool]) -> DrivePredictions:
    """A network that is right but for some frames of attention."""
    drive = DrivePredictions(complete=True)
    assert recording.labels is not None
    for index in range(int(recording.labels.end_s * 5)):
        activity = recording.labels.activity_at(index / 5)
        assert activity is not None
        wrong = activity is Activity.SAFE_DRIVING and when(index)
        drive.times_s.append(index / 5)
        answer = mistaken if wrong else np.eye(10, dtype=np.float32)[activity]
        empty = np.zeros((36, 4), dtype=np.float32)
        drive.predictions.append(Prediction(answer, empty, np.zeros(37, dtype=np.float32)))
        drive.cameras.append(CameraHealth())
    return drive


def flickering(recording: RecordedDrive, *_: object) -> DrivePredictions:
    """One frame in eleven of attention is taken for drinking."""
    return answers(recording, np.eye(10, dtype=np.float32)[6], lambda index: index % 11 == 0)


def half_sure_of_a_passenger(recording: RecordedDrive, *_: object) -> DrivePredictions:
    """Five seconds of every twenty of attention look rather like talking."""
    torn = np.zeros(10, dtype=np.float32)
    torn[[0, 9]] = 0.22, 0.78
    return answers(recording, torn, lambda index: index % 100 < 25)


def test_the_demo_drive_in_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(labelled_drives, "predict", flickering)
    (tmp_path / "fitted.toml").write_text("[alerts]\ncaution_s = 1.5\n")
    arguments = ["--output", str(tmp_path / "out"), "--simulated", "0", "--attentive-drives", "0"]
    assert run_command(alert_table.main, [*arguments, "--policy", str(tmp_path / "fitted.toml")]) == 0
    content = json.loads((tmp_path / "out" / "alert_table.json").read_text())
    rows = {(row["drives"], row["variant"]): row for row in content["rows"]}
    variants = ("before smoothing", "smoothed", "smoothed, fitted")
    assert set(rows) == {(drives, variant) for drives in ("demo drive", "all") for variant in variants}
    row = rows["demo drive", "smoothed"]
    assert (row["expected"], row["detected"], row["false"], row["false_per_hour"]) == (9, 9, 0, 0.0)
    assert row["frame_accuracy"] < 1.0 and content["settings"]["smoothed, fitted"]["caution_s"] == 1.5
    assert rows["all", "smoothed"] == {**row, "drives": "all"}
    assert content["fitted_on"] == [] and [aim["met"] for aim in content["aims"]] == [True, True]
    assert "9 of 9 (100 %)" in capsys.readouterr().out


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the drives that were rendered, small and short; the real renderer takes minutes."""
    names: list[str] = []

    def write(video: Path, labels: Path, recording: SimulatedDrive, workers: int) -> int:
        names.append(video.stem)
        write_video(video, frames_of([(0, recording.script.duration_s)], 5.0), 5.0)
        labels.write_text(recording.script.labels_csv())
        return video.stat().st_size

    monkeypatch.setattr(alert_table, "write_drive", write)
    for name, seconds in {"DRIVE_S": 30.0, "FIT_DRIVE_S": 20.0}.items():
        monkeypatch.setattr(alert_table, name, seconds)
    return names


def test_thresholds_are_fitted_on_other_drives(
    rendered: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--output", str(tmp_path), "--simulated", "2", "--attentive-drives", "1", "--attentive-minutes", "1"]
    arguments += ["--fit-drives", "1", "--fit-attentive", "1", "--fit-minutes", "1"]
    assert run_command(alert_table.main, [*arguments, "--render-only"]) == 0
    simulated_drives = ["simulated-100501-30s", "simulated-100502-30s", "attentive-101501-60s"]
    fitted = ["simulated-100401-20s", "attentive-101401-60s"]
    assert rendered == [*simulated_drives, *fitted] and not (tmp_path / "alert_table.json").exists()
    assert "5 of 5" in capsys.readouterr().err
    monkeypatch.setattr(labelled_drives, "predict", half_sure_of_a_passenger)
    assert run_command(alert_table.main, arguments) == 0
    assert len(rendered) == 5, "what was rendered before is there"
    content = json.loads((tmp_path / "alert_table.json").read_text())
    assert content["fitted_on"] == [f"{name}.mp4" for name in fitted]
    assert set(content["settings"]["smoothed, fitted"]["enter_by_activity"]) == {"c9"}
    false = {row["variant"]: row["false"] for row in content["rows"] if row["drives"] == "attentive, 1 × 1 min"}
    assert false["smoothed"] > 0 == false["smoothed, fitted"]
    assert content["aims"][-1]["met"] is True
    # Another renderer's drives are rendered again.
    monkeypatch.setattr(alert_table, "renderer_fingerprint", lambda: "another")
    assert run_command(alert_table.main, [*arguments, "--render-only"]) == 0
    assert len(rendered) == 10


def test_nobody_is_both_fitted_on_and_evaluated_on() -> None:
    evaluated, fitted = (
        {
            drive.recording.seed
            for drives in (alert_table.distracted_drives, alert_table.attentive_drives)
            for drive in drives(first, 99, 20.0)
        }
        for first in (alert_table.FIRST_SEED, alert_table.FIRST_FIT_SEED)
    )
    assert len(evaluated) == len(fitted) == 198 and not evaluated & fitted
    for option in ("--fit-drives", "--fit-attentive"):
        assert run_command(alert_table.main, ["--output", "nowhere", option, "100"]) == 2


def test_a_drive_without_labels_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--output", str(tmp_path), "--simulated", "0", "--drives", str(tmp_path / "nowhere.mp4")]
    assert run_command(alert_table.main, arguments) == 2
    assert "no such source" in capsys.readouterr().err
