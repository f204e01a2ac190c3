"""The live benchmark: its figures hang together, and what cannot be measured is said first."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture

from engines.__main__ import main
from engines.benchmarks import live as live_benchmark_module
from engines.benchmarks.live import WARM_UP, live_benchmark
from engines.bundles.bundle import Bundle
from engines.bundles.signature import NetworkOutputs
from engines.errors import UserError
from engines.files.video import open_video
from engines.regions import propose_regions
from engines.regions.tracking import RegionTracker, TrackingSettings
from engines.runtimes import Choice
from engines.view import model_view
from tests.engines.regions.test_tracking import moving_scene


def write_drive(path: Path, views: int = 12) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (160, 160))
    for view in moving_scene(3, views):
        writer.write(view)
    writer.release()
    return path


def test_figures_hang_together(toy_bundle: Path, tmp_path: Path) -> None:
    drives = [write_drive(tmp_path / "a.mp4"), write_drive(tmp_path / "b.mp4", 9)]
    result = live_benchmark(Bundle.open(toy_bundle), drives, threads=1)
    timed = [12 - WARM_UP, 9 - WARM_UP]
    assert [each.frames for each in result.drives] == timed and result.frames == sum(timed), "each drive has a warm-up"
    assert [each.drive for each in result.drives] == ["a.mp4", "b.mp4"]
    assert result.numeric_threads == 1
    always = live_benchmark(Bundle.open(toy_bundle), drives, settings=TrackingSettings(restart_every=1))
    assert always.restart_fraction == 1.0 and always.followed is None and always.restarted == always.tracked
    for figures in (result, *result.drives):
        assert figures.frame.wall_mean == pytest.approx(
            figures.view.wall_mean + figures.tracked.wall_mean + figures.network.wall_mean
        )
        assert figures.frame.core_ms > 0.0 and figures.tracked.core_mean > 0.0
        assert 0.0 < figures.restart_fraction < 1.0
    weighted = [each.agreement * count for each, count in zip(result.drives, (12, 9), strict=True)]
    assert result.agreement == pytest.approx(sum(weighted) / 21)


def test_followed_and_restarted_refreshes_are_counted_apart(toy_bundle: Path, tmp_path: Path) -> None:
    settings = TrackingSettings(restart_every=4, jump_nats=100.0, refresh_every=2)
    drive = write_drive(tmp_path / "drive.mp4", 40)
    result = live_benchmark(Bundle.open(toy_bundle), [drive], threads=1, settings=settings)
    assert result.followed is not None and result.restarted is not None
    assert result.restart_fraction == pytest.approx(1 / 4, abs=0.1)


class _Turning:
    """An engine whose answer depends on where the regions are: C0 for cold ones, else C1."""

    description = "turning"

    def __init__(self, cold: list[NDArray[np.float32]]) -> None:
        self._cold = cold

    def run(self, images: NDArray[np.uint8], regions: NDArray[np.float32]) -> NetworkOutputs:
        known = any(np.array_equal(regions[0], boxes) for boxes in self._cold)
        probabilities = np.eye(10, dtype=np.float32)[[0 if known else 1]]
        weights = np.full((1, 37), 1 / 37, dtype=np.float32)
        return NetworkOutputs(probabilities, weights, np.empty((1, 0, 4), dtype=np.float32))


def test_agreement_and_likelihood_are_those_of_the_regions(
    toy_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, drive = Bundle.open(toy_bundle), write_drive(tmp_path / "drive.mp4")
    with open_video(drive) as video:
        views = [model_view(frame.pixels, bundle.manifest.view_size) for frame in video]
    cold = [propose_regions(view).boxes for view in views]
    tracker, same = RegionTracker(), []
    differences = []
    for view, boxes in zip(views, cold, strict=True):
        proposal = tracker.propose(view)
        same.append(np.array_equal(proposal.boxes, boxes))
        reference = GaussianMixture(8, random_state=0).fit(proposal.keypoints)
        differences.append(tracker.likelihood_of(proposal.keypoints) - reference.score(proposal.keypoints))
    turning = Choice(_Turning(cold), "turning", "fp32", ())
    monkeypatch.setattr(live_benchmark_module, "choose", lambda *_, **__: turning)
    result = live_benchmark(bundle, [drive])
    assert result.agreement == pytest.approx(np.mean(same)) and result.agreement < 1.0
    assert result.likelihood_difference == pytest.approx(np.mean(differences), abs=5e-3)
    assert result.likelihood_difference != 0.0
    assert result.full_likelihood_difference is not None
    assert result.full_likelihood_difference < result.likelihood_difference


def test_views_without_keypoints_have_no_mixture(
    toy_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "dark.mp4", tmp_path / "out.json"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (160, 160))
    for _ in range(WARM_UP + 2):
        writer.write(np.zeros((160, 160, 3), dtype=np.uint8))
    writer.release()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert main(["benchmark", str(toy_bundle), "--live", str(path), "--json", str(out)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert figures["likelihood_difference"] is figures["full_likelihood_difference"] is None
    assert figures["no_mixture"] == WARM_UP + 2
    assert "no mixture" in capsys.readouterr().out


def test_the_command(toy_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drive, out = write_drive(tmp_path / "drive.mp4", 8), tmp_path / "out.json"
    assert main(["benchmark", str(toy_bundle), "--live", str(drive), "--json", str(out)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert figures["frames"] == figures["drives"][0]["frames"] == 3
    printed = capsys.readouterr().out
    assert "frame to probabilities" in printed and "same class as cold" in printed


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--live", "a.mp4", "--plot", "a.png", "--runtime", "onnxruntime"], "--runtime, --plot"),
        (["--live", "a.mp4", "--precision", "fp32", "--images", "a.jpg"], "--images, --precision"),
        (["--live", "a.mp4", "--repeats", "3", "--batches", "1"], "--repeats, --batches"),
        (["--live-frames", "9"], "--live-frames"),
        (["--frames", "3"], "--frames"),
    ],
)
def test_options_of_another_mode_are_refused(toy_bundle: Path, options: list[str], named: str) -> None:
    with pytest.raises(UserError, match=f"^{named} cannot be used with"):
        main(["benchmark", str(toy_bundle), *options])


def test_what_cannot_be_measured_is_said_first(toy_bundle: Path, tmp_path: Path) -> None:
    bundle, drive = Bundle.open(toy_bundle), write_drive(tmp_path / "drive.mp4", 8)
    reported: list[str] = []
    short = write_drive(tmp_path / "short.mp4", 3)
    for unusable, said in ((tmp_path / "missing.mp4", "cannot read"), (short, "is no video of more than 5 frames")):
        with pytest.raises(UserError, match=said):
            live_benchmark(bundle, [drive, unusable], report=reported.append)
    with pytest.raises(UserError, match="too few"):
        live_benchmark(bundle, [drive], frames=WARM_UP)
    with pytest.raises(UserError, match="no drive"):
        live_benchmark(bundle, [])
    assert not reported
