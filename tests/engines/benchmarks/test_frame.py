"""What a frame costs by network: bundles in turn over the same frames, each as the monitor runs it."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import pytest

from engines.__main__ import main
from engines.benchmarks.frame import frame_benchmark
from engines.benchmarks.live import WARM_UP
from engines.bundles.bundle import Bundle
from engines.command import run_command
from tests.engines.benchmarks.test_live import write_drive
from tests.engines.toy_bundle import write_toy_bundle


def test_two_bundles_are_timed_over_the_same_frames(
    toy_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zoom, drive = write_toy_bundle(tmp_path / "zoom", model="zoom"), write_drive(tmp_path / "a.mp4")
    output = tmp_path / "out.json"
    arguments = [
        "benchmark",
        str(zoom),
        "--live",
        str(drive),
        "--against-bundle",
        str(toy_bundle),
        "--json",
        str(output),
    ]
    assert run_command(main, arguments) == 0
    result = json.loads(output.read_text())
    first, second = result["costs"]
    assert result["frames"] == 12 - WARM_UP
    # Only the second one's network looks at regions that it is given.
    assert first["regions"] is None and second["regions"]["p50"] > 0.0
    assert result["ratio"] == pytest.approx(first["frame"]["p50"] / second["frame"]["p50"])
    for cost in (first, second):
        assert cost["frame"]["p50"] >= max(cost["view"]["p50"], cost["network"]["p50"])
    assert f"{result['ratio']:.2f} times toy's" in capsys.readouterr().out


@pytest.mark.parametrize("model", ["baseline", "places", "zoom"])
def test_a_network_without_given_regions_is_timed_without_any(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, drives = write_toy_bundle(tmp_path / model, model=model), [write_drive(tmp_path / "a.mp4", 8)]
    monkeypatch.setattr(cv2.SIFT, "create", lambda: pytest.fail("somebody looks for keypoints"))
    result = frame_benchmark([Bundle.open(folder)], drives, frames=7)
    (cost,) = result.costs
    assert result.ratio is None and result.frames == 7 - WARM_UP and cost.regions is None and cost.fault is None
    assert run_command(main, ["benchmark", str(folder), "--live", str(drives[0]), "--live-frames", "7"]) == 0


def test_another_bundle_is_compared_live_alone(toy_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(main, ["benchmark", str(toy_bundle), "--against-bundle", str(toy_bundle)]) == 2
    assert "--against-bundle cannot be used without --live" in capsys.readouterr().err
