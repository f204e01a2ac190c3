"""The simulated driver: reproducible pictures, gapless labels, and data sets and drives as others read them."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError, run_command
from train.simulated import main
from train.simulation.appearance import DEMO_SEED, DEMO_SEEDS, TRAINING_SEEDS, VALIDATION_SEEDS, Appearance
from train.simulation.driver import SimulatedDriver
from train.simulation.geometry import bend_arm, vector
from train.simulation.hand import wrist_of
from train.simulation.motion import blend
from train.simulation.rig import skeleton, wheel_axes
from train.simulation.script import (
    BLEND_S,
    LABEL_HEADER,
    SHORTEST_S,
    Script,
    demo_script,
    script_for_drive,
    script_of,
)

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


@pytest.mark.parametrize("activity", list(Activity))
def test_every_activity_moves_the_picture(activity: Activity) -> None:
    driver = SimulatedDriver(11)
    frames = [driver.frame(driver.pose(activity, time), 0.0, SMALL).astype(int) for time in (1.0, 2.3)]
    assert np.abs(frames[0] - frames[1]).mean() > 0.1
    assert frames[0].std() > 10.0


def test_skin_covers_the_whole_range_and_some_drivers_are_seen_in_grey() -> None:
    drivers = [Appearance.from_seed(seed) for seed in TRAINING_SEEDS[:200]]
    skin = np.array([driver.face.skin.mean() for driver in drivers])
    assert skin.min() < 0.25
    assert skin.max() > 0.8
    night = np.mean([driver.light.saturation < 0.3 for driver in drivers])
    assert 0.05 < night < 0.3


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("activity", "phone"),
    [
        (Activity.TEXTING_RIGHT, "right"),
        (Activity.PHONE_RIGHT, "right"),
        (Activity.TEXTING_LEFT, "left"),
        (Activity.PHONE_LEFT, "left"),
        (Activity.SAFE_DRIVING, ""),
    ],
)
def test_the_phone_is_in_the_hand_that_the_label_names(seed: int, activity: Activity, phone: str) -> None:
    driver = SimulatedDriver(seed)
    pose = driver.pose(activity, 3.0)
    assert pose.phone == phone
    # The driver's right is the camera's side.
    assert driver.appearance.camera.place[1] < pose.right.point[1] < pose.left.point[1]


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_hands_are_where_the_activity_needs_them(seed: int) -> None:
    driver = SimulatedDriver(seed)

    def head(activity: Activity) -> np.ndarray:
        pose = driver.pose(activity, 3.0)
        return skeleton(driver.appearance.build, pose.trunk, pose.head).head.origin

    def right(activity: Activity) -> np.ndarray:
        return driver.pose(activity, 3.0).right.point

    assert np.linalg.norm(right(Activity.PHONE_RIGHT) - head(Activity.PHONE_RIGHT)) < 0.15
    left = driver.pose(Activity.PHONE_LEFT, 3.0).left.point
    assert np.linalg.norm(left - head(Activity.PHONE_LEFT)) < 0.17
    assert right(Activity.REACHING_BEHIND)[0] < -0.4
    assert np.linalg.norm(right(Activity.RADIO) - driver.appearance.cabin.console) < 0.2
    # Turned right, towards the camera, but for looks at the road.
    yaws = [driver.pose(Activity.PASSENGER, time).head[0] for time in np.arange(0.0, 12.0, 0.2)]
    assert np.quantile(yaws, 0.4) < -0.4


def test_a_hand_on_the_wheel_follows_the_rim() -> None:
    driver = SimulatedDriver(3)
    cabin = driver.appearance.cabin
    for time in (0.0, 1.0, 2.0):
        spoke = driver.pose(Activity.TEXTING_RIGHT, time).left.point - cabin.wheel
        assert np.linalg.norm(spoke) == pytest.approx(cabin.wheel_radius)
        assert spoke @ wheel_axes(cabin)[2] == pytest.approx(0.0, abs=1e-9)


@given(
    st.tuples(*[st.floats(-1.0, 1.0)] * 3),
    st.floats(0.2, 0.35),
    st.floats(0.2, 0.35),
    st.tuples(*[st.floats(-1, 1)] * 3),
)
def test_bones_keep_their_length(wrist: tuple[float, ...], upper: float, fore: float, pole: tuple[float, ...]) -> None:
    shoulder = vector(0.0, 0.1, 0.2)
    target, aside = shoulder + np.array(wrist), np.array(pole)
    if np.linalg.norm(target - shoulder) < 1e-3 or np.linalg.norm(np.cross(target - shoulder, aside)) < 1e-3:
        return
    elbow, reached = bend_arm(shoulder, target, upper, fore, aside)
    assert np.linalg.norm(elbow - shoulder) == pytest.approx(upper, abs=1e-6)
    assert np.linalg.norm(reached - elbow) == pytest.approx(fore, abs=1e-6)


def assert_covers(script: Script, duration: float) -> None:
    """Gapless from zero to the end, no empty segment, and a new activity at every boundary."""
    segments = script.segments
    assert segments[0].start_s == 0.0
    assert script.duration_s == pytest.approx(duration, abs=0.01)
    for before, after in itertools.pairwise(segments):
        assert before.end_s == after.start_s
        assert before.activity is not after.activity
    assert all(segment.end_s - segment.start_s > BLEND_S for segment in segments)


@given(st.integers(0, 2**31), st.floats(SHORTEST_S, 900.0))
def test_a_random_script_covers_its_drive(seed: int, duration: float) -> None:
    script = script_for_drive(seed, duration)
    assert_covers(script, duration)
    assert script == script_for_drive(seed, duration)


@given(st.integers(0, 2**31))
def test_a_long_drive_shows_every_activity(seed: int) -> None:
    assert {segment.activity for segment in script_for_drive(seed, 300.0).segments} == set(Activity)


def test_a_drive_too_short_to_hold_a_segment_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        script_for_drive(1, 1.0)


def test_the_demo_shows_everything_long_enough_for_an_alert() -> None:
    script = demo_script()
    assert_covers(script, 104.0)
    assert {segment.activity for segment in script.segments} == set(Activity)
    for segment in script.segments:
        slow = segment.activity in (Activity.RADIO, Activity.PASSENGER)
        least = 3.0 if segment.activity is Activity.SAFE_DRIVING else 8.0 if slow else 5.0
        assert segment.end_s - segment.start_s >= least
    attentive = [segment.activity is Activity.SAFE_DRIVING for segment in script.segments]
    assert all(attentive[::2])
    assert not any(attentive[1::2])


def test_a_phone_is_in_the_hand_from_its_labels_first_moment_to_the_last() -> None:
    script, driver = demo_script(), SimulatedDriver(DEMO_SEED)
    for segment in script.segments:
        phone = driver.pose(segment.activity, segment.start_s + 1.0).phone
        times = np.append(np.arange(segment.start_s, segment.end_s - 0.01, 0.1), segment.end_s - 0.01)
        assert {driver.pose_in(script, float(time)).phone for time in times} == {phone}


def test_without_a_thing_to_take_labels_change_in_the_middle_of_the_movement() -> None:
    script = script_of([(Activity.SAFE_DRIVING, 4.0), (Activity.PASSENGER, 4.0)])
    driver = SimulatedDriver(DEMO_SEED)
    before = driver.pose(Activity.SAFE_DRIVING, 4.0, 0)
    after = driver.pose(Activity.PASSENGER, 4.0, 1)
    np.testing.assert_allclose(driver.pose_in(script, 4.0).head, blend(before, after, 0.5).head)
    assert script.activity_at(4.0) is Activity.PASSENGER
    assert script.activity_at(3.99) is Activity.SAFE_DRIVING


@pytest.mark.parametrize("seed", [1, 2, DEMO_SEED])
def test_no_hand_and_no_head_jumps(seed: int) -> None:
    script, driver = demo_script(), SimulatedDriver(seed)
    times = np.arange(0.0, script.duration_s, 1 / 12)
    poses = [driver.pose_in(script, float(time)) for time in times]
    for hand, right in (("right", True), ("left", False)):
        wrists = np.array([wrist_of(getattr(pose, hand), right) for pose in poses])
        assert np.linalg.norm(np.diff(wrists, axis=0), axis=1).max() < 0.25
    heads = np.array([pose.head for pose in poses])
    assert np.abs(np.diff(heads, axis=0)).max() < 0.5


def test_a_data_set_has_state_farms_layout_and_is_finished_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["dataset", "--output", str(tmp_path / "set"), "--drivers", "2", "--images-per-class", "1"]
    command += ["--size", "64x64", "--workers", "1", "--split", "val"]
    assert main(command) == 0
    with (tmp_path / "set" / "driver_imgs_list.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["subject", "classname", "img"]
    assert len(rows) == 20
    assert len({row["img"] for row in rows}) == 20
    assert {row["subject"] for row in rows} == {f"s{seed}" for seed in VALIDATION_SEEDS[:2]}
    paths = [tmp_path / "set" / "imgs" / "train" / row["classname"] / row["img"] for row in rows]
    assert all(np.asarray(cv2.imread(str(path))).shape == (64, 64, 3) for path in paths)
    assert sorted(paths) == sorted((tmp_path / "set").rglob("*.jpg"))
    # A lost picture is drawn again, just as it was; the others stay.
    content = paths[3].read_bytes()
    paths[3].unlink()
    capsys.readouterr()
    assert main(command) == 0
    assert "1 drawn now" in capsys.readouterr().out
    assert paths[3].read_bytes() == content


def test_a_data_set_with_other_settings_is_left_alone(tmp_path: Path) -> None:
    command = ["dataset", "--output", str(tmp_path), "--seeds", "7", "--images-per-class", "1", "--size", "64x64"]
    assert main([*command, "--workers", "1"]) == 0
    with pytest.raises(UserError, match="other settings"):
        main([*command[:-1], "96x96"])


def test_a_foreign_data_set_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "driver_imgs_list.csv").write_text("subject,classname,img\n", encoding="utf-8")
    with pytest.raises(UserError, match="another data set"):
        main(["dataset", "--output", str(tmp_path), "--drivers", "1"])


def test_a_drive_is_a_video_with_labels(tmp_path: Path) -> None:
    video = tmp_path / "new" / "drive.mp4"
    command = ["drive", "--output", str(video), "--seed", "4", "--duration", "2", "--fps", "5", "--size", "96x72"]
    assert main(command) == 0
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 10
    assert frames[0].shape == (72, 96, 3)
    lines = video.with_suffix(".csv").read_text(encoding="utf-8").splitlines()
    assert lines == [LABEL_HEADER, "0.000,2.000,c0"]
    assert sorted(path.name for path in video.parent.iterdir()) == ["drive.csv", "drive.mp4"]


@pytest.mark.parametrize(
    "command",
    [
        ["dataset", "--output", "FILE/set", "--drivers", "1"],
        ["dataset", "--output", "set", "--seeds", "100001"],
        ["dataset", "--output", "set", "--split", "val", "--drivers", "200000"],
        ["drive", "--output", "FILE/drive.mp4", "--duration", "2"],
        ["drive", "--output", "drive.avi"],
        ["drive", "--output", "drive.mp4", "--demo", "--duration", "9"],
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
    ],
)
def test_impossible_options_are_refused(options: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["drive", "--output", str(tmp_path / "drive.mp4"), *options])
    assert refused.value.code == 2
