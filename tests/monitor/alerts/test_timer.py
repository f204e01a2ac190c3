"""The distraction timer and the cumulative window."""

from __future__ import annotations

import pytest

from monitor.alerts.events import Reason
from monitor.alerts.timer import CumulativeWindow, Timer, leading
from tests.monitor.alerts.stories import C1, C2, C5, C6


def test_a_gap_is_bridged_or_counts_as_far_as_frames_have_shown_distraction() -> None:
    timer = Timer()
    timer.gap_s = 0.2
    # Nothing before it to bridge from.
    assert timer.resume(C6, seen_s=0.0, bridge_s=0.3) == 0.0
    timer.seconds[C6] = 1.0
    timer.gap_s = 0.3
    assert timer.resume(C6, seen_s=0.0, bridge_s=0.3) == 0.3
    assert timer.gap_s == 0.0
    timer.gap_s = 0.8
    assert timer.resume(C6, seen_s=0.1, bridge_s=0.3) == 0.1


def test_a_phone_leads_where_the_alert_is_about_one() -> None:
    assert Timer(latest=C6).leading is C6
    timer = Timer(latest=C6, latest_phone=C2)
    timer.seconds[C1], timer.seconds[C2], timer.seconds[C6] = 1.0, 2.0, 2.9
    assert (timer.leading, timer.is_phone) == (C6, True)
    timer.reason = Reason.PHONE
    assert (timer.leading, timer.is_phone) == (C2, True)


def test_only_radio_and_passenger_are_low_risk() -> None:
    radio, both = Timer(), Timer()
    radio.seconds[C5] = both.seconds[C5] = 2.0
    both.seconds[C6] = 0.1
    assert radio.is_low_risk and radio.low_risk_s == radio.total_s == 2.0
    assert not both.is_low_risk and not both.is_phone and not Timer().is_low_risk


def test_the_window_weighs_and_forgets() -> None:
    window = CumulativeWindow(10.0, 0.5)
    window.add(0.0, 2.0, C6)
    window.add(2.0, 3.0, C6)
    window.add(5.0, 9.0, C5)
    assert window.weighted_s(9.0) == pytest.approx(3.0 + 0.5 * 4.0)
    assert leading(window.seconds(9.0), None) is C5 and leading(window.seconds(9.0), None, among={C6}) is C6
    assert window.weighted_s(12.0) == pytest.approx(1.0 + 0.5 * 4.0)
    assert window.weighted_s(16.0) == pytest.approx(0.5 * 3.0)
    assert window.weighted_s(20.0) == 0.0
    assert leading(window.seconds(20.0), None) is None and leading(window.seconds(20.0), C6) is C6


def test_the_window_may_begin_again() -> None:
    window = CumulativeWindow(10.0, 0.5)
    window.add(0.0, 4.0, C6)
    window.restart(4.0)
    assert window.weighted_s(4.0) == 0.0
    window.add(4.0, 5.0, C6)
    assert window.weighted_s(5.0) == 1.0
