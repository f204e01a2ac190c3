"""What single frames become: attentive, distracted or unsure, dated back to when it began."""

from __future__ import annotations

import numpy as np
import pytest

from engines.activities import Activity
from monitor.alerts.driver_state import DriverState
from monitor.alerts.events import Attention
from monitor.alerts.settings import AlertSettings
from tests.monitor.alerts.stories import C0, C6
from tests.monitor.fakes import one_hot

STEP_S = 0.1


def feed(driver: DriverState, activity: Activity | None, seconds: float, start_s: float) -> float:
    """Frames of one activity at ten a second; the time of the last one."""
    now_s = start_s
    for index in range(1, round(seconds / STEP_S) + 1):
        now_s = start_s + index * STEP_S
        driver.pass_time(STEP_S, known=True)
        latest = None if activity is None else np.asarray(one_hot(activity, 1.0), dtype=np.float64)
        driver.update(now_s, STEP_S, True, latest)
    return now_s


def test_attention_counts_from_when_frames_showed_it_not_from_when_the_mean_did() -> None:
    settings = AlertSettings()
    driver = DriverState(settings)
    now_s = feed(driver, C6, 3.0, 0.0)
    assert (driver.is_distracted, driver.current) == (True, C6)
    now_s = feed(driver, C0, STEP_S, now_s)
    # The frame shows attention and the mean does not yet: neither counts.
    assert (driver.attention, driver.is_distracted, driver.attentive_s) == (Attention.DISTRACTED, False, 0.0)
    feed(driver, C0, 2.0 - STEP_S, now_s)
    assert driver.is_attentive
    assert driver.attentive_s == pytest.approx(2.0 - STEP_S)


def test_distraction_is_dated_back_by_the_delay_of_the_mean_at_most() -> None:
    settings = AlertSettings(smoothing_s=1.0)
    driver = DriverState(settings)
    now_s = feed(driver, C0, 5.0, 0.0)
    while not driver.is_distracted:
        now_s = feed(driver, C6, STEP_S, now_s)
    assert driver.distracted_frames_s(now_s, STEP_S, max_s=9.0) == pytest.approx(now_s - 5.1)
    assert driver.distracted_frames_s(now_s, STEP_S, max_s=0.4) == 0.4
    now_s = feed(driver, C6, 5.0, now_s)
    delay_s = driver.distracted_frames_s(now_s, STEP_S, max_s=9.0)
    assert delay_s == pytest.approx(settings.entry_delay_s + STEP_S)


def test_without_a_prediction_nothing_is_known_and_the_mean_begins_again() -> None:
    driver = DriverState(AlertSettings())
    now_s = feed(driver, C6, 3.0, 0.0)
    now_s = feed(driver, None, 1.0, now_s)
    assert (driver.attention, driver.current, driver.probabilities) == (Attention.UNKNOWN, None, None)
    assert driver.unsure_s == pytest.approx(1.0 - STEP_S) and driver.unseen_s == 0.0
    feed(driver, C0, STEP_S, now_s)
    assert driver.attention == Attention.UNSURE and driver.probabilities is not None
    assert driver.probabilities[C0] == 1.0
