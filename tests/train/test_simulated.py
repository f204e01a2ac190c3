"""The simulated drivers' command line, and who they are: reproducible, and different people in every split."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.activities import Activity
from engines.command import run_command
from train.simulated import main
from train.simulation.acting.driver import SimulatedDriver
from train.simulation.appearance import DEMO_SEED, DEMO_SEEDS, TRAINING_SEEDS, VALIDATION_SEEDS, Appearance

SMALL = (96, 72)


def overlap(a: range, b: range) -> bool:
    return max(a.start, b.start) < min(a.stop, b.stop)


def test_training_validation_and_demo_drivers_are_different_people() -> None:
    assert not overlap(TRAINING_SEEDS, VALIDATION_SEEDS)
    assert not overlap(TRAINING_SEEDS, DEMO_SEEDS)
    assert not overlap(VALIDATION_SEEDS, DEMO_SEEDS)
    assert DEMO_SEED in DEMO_SEEDS


def test_the_same_seeds_draw_the_same_frame() -> None:
    first, second = SimulatedDriver(5, motion_seed=9, session=1), SimulatedDriver(5, motion_seed=9, session=1)
    frames = [driver.frame(driver.pose(Activity.DRINKING, 2.5), 2.5, SMALL) for driver in (first, second)]
    assert frames[0].shape == (72, 96, 3)
    assert frames[0].dtype == np.uint8
    np.testing.assert_array_equal(frames[0], frames[1])


def test_other_drivers_days_and_motions_look_different() -> None:
    frames = [
        driver.frame(driver.pose(Activity.DRINKING, 2.5), 2.5, SMALL).astype(int)
        for driver in (
            SimulatedDriver(5, motion_seed=9),
            SimulatedDriver(6, motion_seed=9),
            SimulatedDriver(5, motion_seed=10),
            SimulatedDriver(5, motion_seed=9, session=1),
        )
    ]
    for other in frames[1:]:
        assert np.abs(frames[0] - other).mean() > 2.0


def test_skin_covers_the_whole_range_and_some_drivers_are_seen_in_grey() -> None:
    drivers = [Appearance.from_seed(seed) for seed in TRAINING_SEEDS[:200]]
    skin = np.array([driver.face.skin.mean() for driver in drivers])
    assert skin.min() < 0.25
    assert skin.max() > 0.8
    night = np.mean([driver.light.saturation < 0.3 for driver in drivers])
    assert 0.05 < night < 0.3


@pytest.mark.parametrize(
    "command",
    [
        ["dataset", "--output", "FILE/set", "--drivers", "1"],
        ["dataset", "--output", "set", "--seeds", "100001"],
        ["dataset", "--output", "set", "--split", "val", "--drivers", "200000"],
        ["drive", "--output", "FILE/drive.mp4", "--duration", "2"],
        ["drive", "--output", "drive.avi"],
        ["drive", "--output", "drive.mp4", "--script", "nowhere.csv"],
        ["drive", "--output", "drive.mp4", "--script", "FILE"],
        ["drive", "--output", "drive.mp4", "--demo", "--fault", "covered@5"],
        ["drive", "--output", "drive.mp4", "--demo", "--fault", "fog@5-9"],
        ["drive", "--output", "drive.mp4", "--demo", "--fault", "glare@9-5"],
        ["drive", "--output", "drive.mp4", "--demo", "--fault", "glare@300-305"],
        ["drive", "--output", "drive.mp4", "--demo", "--near-miss", "gear@5-9"],
        ["drive", "--output", "drive.mp4", "--demo", "--near-miss", "gear@400-401"],
        ["drive", "--output", "drive.mp4", "--demo", "--near-miss", "gear@1-3", "--near-miss", "nose@2-4"],
        ["sheet", "--output", "sheet.jpg"],
        ["sheet", "--output", "sheet.png", "--count", "501"],
        ["sheet", "--output", "FILE/sheet.png", "--count", "1", "--size", "64x64"],
    ],
)
def test_what_the_user_can_put_right_is_one_line_and_exit_code_two(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("FILE").write_text("", encoding="utf-8")
    assert run_command(main, command) == 2
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.parametrize(
    "options",
    [
        ["--size", "321x240"],
        ["--size", "big"],
        ["--fps", "0"],
        ["--fps", "90"],
        ["--duration", "nan"],
        ["--seed", "-1"],
        ["--demo", "--duration", "9"],
        ["--demo", "--near-miss", "nose@1-2", "--no-near-misses"],
        ["--drive-side", "both"],
    ],
)
def test_impossible_options_are_refused(options: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["drive", "--output", str(tmp_path / "drive.mp4"), *options])
    assert refused.value.code == 2
