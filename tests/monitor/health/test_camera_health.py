"""Pictures that show nothing, and when that is said."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.files.images import read_image
from monitor.health.camera_health import FrameHealth, Health, HealthSettings
from monitor.health.downscale import small_grey
from monitor.sources import open_source
from tests.monitor.fakes import picture

S = HealthSettings()
REPORTED_WITHIN_S = 10.0
"""Euro NCAP, for a blocked camera."""


def noisy(level: float, spread: float, seed: int = 0) -> NDArray[np.uint8]:
    """A picture of sensor noise around a grey level."""
    values = np.random.default_rng(seed).normal(level, spread, size=(120, 160, 3))
    return np.clip(values, 0, 255).astype(np.uint8)


def blurred(seed: int = 0) -> NDArray[np.uint8]:
    """A bright, colourful picture far out of focus."""
    coarse = np.random.default_rng(seed).integers(60, 220, size=(3, 4, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (160, 120), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (noisy(6, 3), Health.DARK),
        (np.zeros((48, 64, 3), dtype=np.uint8), Health.DARK),
        (noisy(120, 3), Health.BLOCKED),
        (np.full((48, 64, 3), 255, dtype=np.uint8), Health.BLOCKED),
        (blurred(), Health.FEATURELESS),
        (picture(0, height=120, width=160), Health.OK),
        (np.full((1, 1, 3), 128, dtype=np.uint8), Health.BLOCKED),
    ],
)
def test_what_a_frame_shows(pixels: NDArray[np.uint8], expected: Health) -> None:
    assert FrameHealth().assess(small_grey(pixels)) is expected


@pytest.mark.parametrize("fps", [2.0, 5.0, 30.0])
@pytest.mark.parametrize("fault", ["dark", "blocked", "featureless", "frozen"])
def test_a_fault_is_reported_in_time_and_goes_again(fault: str, fps: float) -> None:
    health = FrameHealth()
    reported: list[tuple[float, Health]] = []
    for index in range(round(30 * fps)):
        at_s = index / fps
        if not 10.0 <= at_s < 22.0:
            pixels = picture(0, index, 120, 160)
        else:
            pixels = {
                "dark": noisy(6, 3, index),
                "blocked": noisy(120, 3, index),
                "featureless": blurred(index),
                "frozen": picture(0, 0, 120, 160),
            }[fault]
        reported.append((at_s, health.update(at_s, pixels)))
    first = next(at_s for at_s, state in reported if state is not Health.OK)
    wait_s = S.frozen_s if fault == "frozen" else S.shown_after_s
    assert 10.0 + wait_s <= first <= 10.0 + wait_s + 1.0 / fps < 10.0 + REPORTED_WITHIN_S
    assert {state.value for _, state in reported if state is not Health.OK} == {fault}
    back = next(at_s for at_s, state in reported if at_s > first and state is Health.OK)
    assert back <= 22.0 + S.recovered_s + 1.0 / fps


def test_the_raw_health_is_known_at_once() -> None:
    health = FrameHealth()
    assert health.update(0.0, picture(0, 0, 120, 160)) is Health.OK and health.raw is Health.OK
    assert health.update(0.1, noisy(120, 3)) is Health.OK and health.raw is Health.BLOCKED
    assert health.update(0.2, picture(0, 1, 120, 160)) is Health.OK and health.raw is Health.OK


def test_a_fault_that_changes_its_look_is_reported_once() -> None:
    """A hand on the lens: dark in one frame, flat in the next."""
    health = FrameHealth()
    reported = [health.update(index / 10, noisy(6 if index % 2 else 120, 3, index)) for index in range(100)]
    first = next(index for index, state in enumerate(reported) if state is not Health.OK)
    assert first / 10 == pytest.approx(S.shown_after_s)
    assert len(set(reported[first:])) == 1
    later = [health.update(10.0 + index / 10, noisy(6, 3, index)) for index in range(40)]
    assert later[-1] is Health.DARK


def shown(fault: str, index: int) -> NDArray[np.uint8]:
    """Frame `index` of a camera, with a fault or "ok"."""
    if fault == "dark":
        return noisy(6, 3, index)
    if fault == "blocked":
        return noisy(120, 3, index)
    return picture(0, 0 if fault == "frozen" else index, 120, 160)


@pytest.mark.parametrize(
    ("fault", "bad_s", "good_s", "within_s"),
    [("blocked", 1.4, 0.6, 10.0), ("dark", 1.9, 0.3, 10.0), ("blocked", 0.5, 1.3, 30.0), ("frozen", 3.7, 0.3, 30.0)],
)
def test_a_fault_that_comes_and_goes_adds_up(fault: str, bad_s: float, good_s: float, within_s: float) -> None:
    health, raws, reported = FrameHealth(), [], []
    for index in range(600):
        bad = index / 10 % (bad_s + good_s) < bad_s - 1e-6
        reported.append(health.update(index / 10, shown(fault if bad else "ok", index)))
        raws.append(health.raw)
    first = next(index for index, state in enumerate(reported) if state is not Health.OK)
    assert first / 10 <= within_s
    # Reported throughout from then on, under one name; good frames stay good by themselves.
    assert {state.value for state in reported[first:]} == {fault}
    assert Health.OK in raws[first:]
    after = [health.update(60.0 + index / 10, shown("ok", 600 + index)) for index in range(80)]
    assert after[-1] is Health.OK


def test_a_lens_that_was_covered_once_is_well_again_at_once() -> None:
    health = FrameHealth()
    for index in range(150):
        health.update(index / 10, shown("blocked" if 20 <= index < 130 else "ok", index))
    states = [health.update(15.0 + index / 10, shown("ok", 150 + index)) for index in range(5)]
    assert states[-1] is Health.OK


def test_short_faults_now_and_then_are_no_fault() -> None:
    health = FrameHealth()
    for index in range(1200):
        assert health.update(index / 10, shown("dark" if index % 100 < 15 else "ok", index)) is Health.OK


def test_a_tunnel_is_no_fault() -> None:
    """Dark for less than it takes."""
    health = FrameHealth()
    for index in range(100):
        dark = 30 <= index < 30 + round(10 * 0.9 * S.shown_after_s)
        assert health.update(index / 10, noisy(6, 3, index) if dark else picture(0, index, 120, 160)) is Health.OK


def test_time_that_goes_back_starts_anew() -> None:
    health = FrameHealth()
    for index in range(50):
        health.update(index / 10, noisy(6, 3, index))
    assert health.update(0.0, picture(0)) is Health.OK


def test_every_state_has_a_line_for_people() -> None:
    assert all(state.title and "\n" not in state.text and ":" not in state.title for state in Health)
    assert all((state.advice == "") == (state is Health.OK) for state in Health)
    assert Health.BLOCKED.text == "The camera is covered: clear its view"


def test_real_drives_are_healthy(shared_data: Path) -> None:
    health = FrameHealth()
    with open_source(shared_data / "drives" / "p021.mp4") as source:
        for _ in range(60):
            frame = source.read()
            assert frame is not None
            assert health.update(frame.time, frame.pixels) is Health.OK


def test_real_drivers_are_healthy(shared_data: Path) -> None:
    health = FrameHealth()
    for path in sorted((shared_data / "statefarm" / "imgs" / "train").glob("c*/*.jpg"))[::60]:
        pixels = read_image(path)
        assert pixels is not None
        assert health.assess(small_grey(pixels)) is Health.OK, path
