"""The live path beside its reference: the figures hang together, and what cannot be measured is said first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calibration.studies.live_reference import compare, main
from engines.benchmarks.live import WARM_UP
from engines.bundles.bundle import Bundle
from engines.errors import UserError
from engines.regions.tracking import TrackingSettings
from tests.engines.benchmarks.test_live import write_drive
from tests.engines.toy_bundle import write_toy_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return Bundle.open(write_toy_bundle(tmp_path / "toy"))


def test_ratios_are_the_reference_s_times_over_ours(bundle: Bundle, tmp_path: Path) -> None:
    drives = [write_drive(tmp_path / "a.mp4"), write_drive(tmp_path / "b.mp4", 9)]
    result = compare(bundle, drives, threads=1)
    assert [each.frames for each in result.drives] == [12 - WARM_UP, 9 - WARM_UP]
    assert not result.separate_network
    for figures in (result, *result.drives):
        assert figures.regions_ratio == pytest.approx(figures.reference.wall.p50 / figures.tracked.wall.p50)
        assert figures.regions_amortised_ratio == pytest.approx(figures.reference.wall_mean / figures.tracked.wall_mean)
        assert figures.frame_ratio == pytest.approx(figures.reference_frame.wall.p50 / figures.frame.wall.p50)
        assert figures.frame_core_ratio == pytest.approx(figures.reference_frame.core_ms / figures.frame.core_ms)
        assert figures.reference_frame.wall_mean == pytest.approx(
            figures.view.wall_mean + figures.reference.wall_mean + figures.reference_network.wall_mean
        )


def test_frames_that_share_a_proposal_count_in_the_mean(bundle: Bundle, tmp_path: Path) -> None:
    drive = write_drive(tmp_path / "drive.mp4", 40)
    result = compare(bundle, [drive], threads=1, settings=TrackingSettings(refresh_every=2))
    assert result.regions_amortised_ratio > 1.5 * result.reference.wall_mean / result.tracked.wall_mean


def test_the_command(bundle: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drive, out = write_drive(tmp_path / "drive.mp4", 8), tmp_path / "out.json"
    assert main(["compare", str(drive), "--bundle", str(bundle.path), "--json", str(out)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["frames"] == figures["drives"][0]["frames"] == 3
    printed = capsys.readouterr().out
    assert "times as fast as the reference" in printed and "network of the reference: that of the bundle" in printed


def test_what_cannot_be_measured_is_said_first(bundle: Bundle, tmp_path: Path) -> None:
    drive, reported = write_drive(tmp_path / "drive.mp4", 8), list[str]()
    with pytest.raises(UserError, match="cannot read the network"):
        compare(bundle, [drive], network=tmp_path / "missing.onnx", report=reported.append)
    with pytest.raises(UserError, match="cannot read"):
        compare(bundle, [drive, tmp_path / "missing.mp4"], report=reported.append)
    assert not reported
