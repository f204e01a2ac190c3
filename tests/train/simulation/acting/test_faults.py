"""Faults of the simulated camera: the image shows them, and the monitor's health checks see them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError
from monitor.health.camera_health import FrameHealth, Health
from monitor.health.downscale import small_grey
from train.simulation.acting.driver import SimulatedDriver
from train.simulation.acting.faults import Fault, FaultKind, shown_time, spoil
from train.simulation.acting.near_misses import NearMiss
from train.simulation.acting.recording import SimulatedDrive
from train.simulation.acting.script import demo_script
from train.simulation.output.timed import parse_timed

FINE = SimulatedDrive(200_004, demo_script(), 2, (96, 72))


def faulty(*faults: Fault) -> SimulatedDrive:
    return replace(FINE, faults=faults)


@pytest.mark.parametrize("kind", list(FaultKind))
def test_a_fault_changes_the_picture_while_it_lasts(kind: FaultKind) -> None:
    recording = faulty(Fault(6.0, 8.0, kind))
    np.testing.assert_array_equal(recording.at(5.9), FINE.at(5.9))
    np.testing.assert_array_equal(recording.at(8.0), FINE.at(8.0))
    assert np.abs(recording.at(7.0).astype(int) - FINE.at(7.0)).mean() > (0.5 if kind is FaultKind.FREEZE else 5.0)


def test_a_frozen_camera_repeats_one_image() -> None:
    frames = list(faulty(Fault(6.0, 9.0, FaultKind.FREEZE)).frames(10, 19))
    np.testing.assert_array_equal(frames[1], FINE.at(5.5))
    assert not np.array_equal(frames[0], frames[1])
    assert all(np.array_equal(frames[1], frame) for frame in frames[2:8])
    assert not np.array_equal(frames[7], frames[8])


@example([(0.10000000000000002, 1.0)], 10)
@given(st.lists(st.tuples(st.floats(0.0, 9.0), st.floats(0.1, 4.0)), min_size=1, max_size=4), st.integers(1, 60))
def test_while_it_is_frozen_a_camera_shows_the_frame_before(spans: list[tuple[float, float]], fps: int) -> None:
    faults = [Fault(start, start + length, FaultKind.FREEZE) for start, length in spans]
    before = 0.0
    for index in range(15 * fps):
        shown = shown_time(faults, index / fps, fps)
        frozen = index > 0 and any(fault.holds(index / fps) for fault in faults)
        # Either this very frame, or again what was shown last.
        assert shown == pytest.approx(before if frozen else index / fps)
        before = shown


def test_swapped_sides_are_a_mirror_image() -> None:
    np.testing.assert_array_equal(faulty(Fault(0.0, 9.0, FaultKind.SWAPPED)).at(2.0), FINE.at(2.0)[:, ::-1])


def test_nobody_is_in_an_empty_seat() -> None:
    driver = SimulatedDriver(3)
    poses = [driver.pose(activity, 2.0) for activity in (Activity.SAFE_DRIVING, Activity.REACHING_BEHIND)]
    poses = [replace(pose, wheel=0.0) for pose in poses]
    empty = [driver.frame(pose, 2.0, (96, 72), driver_present=False) for pose in poses]
    seated = [driver.frame(pose, 2.0, (96, 72)) for pose in poses]
    np.testing.assert_array_equal(empty[0], empty[1])
    assert np.abs(empty[0].astype(int) - seated[0]).mean() > 3.0


def test_the_glare_is_bright_and_the_shaking_takes_the_edges() -> None:
    def steepest(pixels: np.ndarray) -> float:
        return float(np.quantile(np.abs(np.diff(pixels.astype(int).mean(axis=2), axis=1)), 0.98))

    glare, blur = (faulty(Fault(0.0, 9.0, kind)).at(2.0) for kind in (FaultKind.GLARE, FaultKind.BLUR))
    assert glare.mean() > FINE.at(2.0).mean() + 30.0
    assert glare.max() > 240
    assert steepest(blur) < 0.7 * steepest(FINE.at(2.0))


@pytest.mark.parametrize(
    ("kind", "health"),
    [(FaultKind.COVERED, Health.BLOCKED), (FaultKind.DARK, Health.DARK), (FaultKind.FREEZE, Health.FROZEN)],
)
def test_the_monitor_sees_the_fault_and_its_end(kind: FaultKind, health: Health) -> None:
    frame_health, recording = FrameHealth(), faulty(Fault(1.0, 6.0, kind))
    shown = [frame_health.update(index / 2, pixels) for index, pixels in enumerate(recording.frames(0, 18))]
    assert shown[0] is Health.OK
    assert shown[11] is health
    assert shown[-1] is Health.OK


@given(st.integers(0, 2**31), st.integers(0, 255), st.floats(0.0, 7200.0))
def test_whatever_lies_on_the_lens_is_seen_as_a_cover(seed: int, grey: int, time: float) -> None:
    pixels = np.full((72, 96, 3), grey, dtype=np.uint8)
    pixels[20:40, 30:60] = 255 - grey
    before = pixels.copy()
    assert FrameHealth().assess(small_grey(spoil(pixels, frozenset({FaultKind.COVERED}), time, seed))) is Health.BLOCKED
    assert FrameHealth().assess(small_grey(spoil(pixels, frozenset({FaultKind.DARK}), time, seed))) is Health.DARK
    np.testing.assert_array_equal(pixels, before)


def test_a_fault_after_the_end_is_refused() -> None:
    with pytest.raises(UserError, match="after the drive"):
        faulty(Fault(500.0, 501.0, FaultKind.GLARE))


def test_events_are_read_as_they_are_written() -> None:
    assert parse_timed("Empty-Seat@3-4.5", FaultKind) == (FaultKind.EMPTY_SEAT, 3.0, 4.5)
    assert parse_timed(" gear@0-2 ", NearMiss) == (NearMiss.GEAR, 0.0, 2.0)


@given(st.text(max_size=20))
def test_anything_else_is_one_line_about_how_to_write_it(text: str) -> None:
    with pytest.raises(UserError, match=r"KIND@START-END|ends before"):
        parse_timed(text, NearMiss)
