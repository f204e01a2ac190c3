"""The table of alerts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from calibration import alert_table, labelled_drives, simulated_drives
from calibration.simulated_drives import attentive_script
from engines.activities import Activity
from engines.command import run_command
from tests.calibration.fake_networks import flickering, half_sure_of_a_passenger
from tests.engines.toy_bundle import write_toy_bundle
from train.simulation.acting.near_misses import NearMiss


def test_an_attentive_hour_is_full_of_near_misses() -> None:
    script = attentive_script(7, 3600.0)
    assert [(segment.activity, segment.end_s) for segment in script.segments] == [(Activity.SAFE_DRIVING, 3600.0)]
    starts = [event.start_s for event in script.near_misses]
    assert 100 < len(starts) < 450 and {event.kind for event in script.near_misses} == set(NearMiss)
    assert float(np.diff(starts).max()) < 60.0
    assert attentive_script(7, 3600.0) == script != attentive_script(8, 3600.0)


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


def test_thresholds_are_fitted_on_other_drives(
    rendered: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--output", str(tmp_path), "--simulated", "2", "--attentive-drives", "1", "--attentive-minutes", "1"]
    arguments += ["--fit-drives", "1", "--fit-attentive", "1", "--fit-minutes", "1"]
    arguments += ["--bundle", str(write_toy_bundle(tmp_path / "toy"))]  # which brings no thresholds
    monkeypatch.setattr(alert_table, "DRIVE_S", 30.0)
    assert run_command(alert_table.main, [*arguments, "--render-only"]) == 0
    judged = ["simulated-100501-30s", "simulated-100502-30s", "attentive-101501-60s"]
    fitted = ["simulated-100401-20s", "attentive-101401-60s"]
    assert rendered == [*judged, *fitted] and not (tmp_path / "alert_table.json").exists()
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
    monkeypatch.setattr(simulated_drives, "renderer_fingerprint", lambda: "another")
    assert run_command(alert_table.main, [*arguments, "--render-only"]) == 0
    assert len(rendered) == 10


def test_nobody_is_both_fitted_on_and_evaluated_on() -> None:
    evaluated, fitted = (
        {
            drive.recording.seed
            for drives in (simulated_drives.distracted_drives, simulated_drives.attentive_drives)
            for drive in drives(first, 99, 20.0)
        }
        for first in (simulated_drives.FIRST_SEED, simulated_drives.FIRST_FIT_SEED)
    )
    assert len(evaluated) == len(fitted) == 198 and not evaluated & fitted
    for option in ("--fit-drives", "--fit-attentive"):
        assert run_command(alert_table.main, ["--output", "nowhere", option, "100"]) == 2


def test_a_drive_without_labels_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--output", str(tmp_path), "--simulated", "0", "--drives", str(tmp_path / "nowhere.mp4")]
    assert run_command(alert_table.main, arguments) == 2
    assert "no such source" in capsys.readouterr().err
