"""The live benchmark: its reference finds the regions that ours do, and its figures hang together."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.__main__ import main
from engines.bundle import Bundle
from engines.errors import UserError
from engines.live_benchmark import live_benchmark, plain_regions
from engines.region_tracking import TrackingSettings
from engines.regions import propose_regions
from tests.engines.test_region_tracking import moving_scene
from tests.engines.test_regions import textured_view


def write_drive(path: Path, views: int = 12) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (160, 160))
    for view in moving_scene(3, views):
        writer.write(view)
    writer.release()
    return path


@pytest.mark.parametrize("seed", range(3))
def test_the_plain_regions_are_the_cold_ones(seed: int) -> None:
    view = textured_view(seed)
    assert np.allclose(plain_regions(view, 8).boxes, propose_regions(view, 8).boxes, atol=1e-6)
    blank = np.zeros_like(view)
    assert plain_regions(blank, 8).fallback is propose_regions(blank, 8).fallback is not None


def test_figures_hang_together(toy_bundle: Path, tmp_path: Path) -> None:
    drive = write_drive(tmp_path / "drive.mp4")
    result = live_benchmark(Bundle.open(toy_bundle), [drive, drive], frames=8, threads=1)
    assert result.frames == 16 and not result.literal
    assert result.regions_ratio == pytest.approx(result.reference.wall.p50 / result.tracked.wall.p50)
    assert result.frame.wall.p50 >= result.network.wall.p50 and result.frame.core_ms > 0.0
    assert 2 / 16 <= result.cold_share <= 1.0 and 0.0 <= result.agreement <= 1.0
    cold = live_benchmark(Bundle.open(toy_bundle), [drive], settings=TrackingSettings(cold_every=1, scale=1.0))
    assert cold.agreement == 1.0 and cold.cold_share == 1.0
    assert cold.likelihood_difference == cold.full_likelihood_difference == 0.0


def test_the_command(toy_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drive, out = write_drive(tmp_path / "drive.mp4", 8), tmp_path / "out.json"
    assert main(["benchmark", str(toy_bundle), "--live", str(drive), "--json", str(out)]) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["frames"] == 8
    assert "times as fast as the reference" in capsys.readouterr().out


def test_what_cannot_be_measured_is_said(toy_bundle: Path, tmp_path: Path) -> None:
    bundle = Bundle.open(toy_bundle)
    with pytest.raises(UserError, match="is no video"):
        live_benchmark(bundle, [tmp_path / "missing.mp4"])
    with pytest.raises(UserError, match="is no video"):
        live_benchmark(bundle, [write_drive(tmp_path / "short.mp4", 3)])
    with pytest.raises(UserError, match="cannot load"):
        live_benchmark(bundle, [], literal=tmp_path / "missing.onnx")
