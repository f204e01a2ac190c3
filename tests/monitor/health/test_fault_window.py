"""Faults that come and go, added up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.health.fault_window import OVER_S, REPORTED_S, WINDOW_S, FaultWindow
from tests.property_settings import examples

STEP_S = 0.1


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 80)), min_size=1, max_size=30))
@examples(0.5)
def test_what_fills_a_quarter_of_the_window_is_reported_and_nothing_short(parts: list[tuple[bool, int]]) -> None:
    window, steps = FaultWindow(), [faulty for faulty, count in parts for _ in range(count)]
    recent_steps, was_reported = round(WINDOW_S / STEP_S), []
    for index, faulty in enumerate(steps):
        window.pass_time((index + 1) * STEP_S, STEP_S, faulty=faulty)
        was_reported.append(window.is_reported)
        recent = steps[max(0, index + 1 - recent_steps) : index + 1]
        several = sum(now and not before for before, now in zip([False, *recent], recent, strict=False)) > 1
        if several and sum(recent) * STEP_S >= 0.25 * WINDOW_S:
            assert any(was_reported[max(0, index + 1 - recent_steps) :])
        if sum(steps[: index + 1]) * STEP_S < REPORTED_S - STEP_S:
            assert not window.is_reported
        latest = steps[: index + 1][-round(OVER_S / STEP_S) - 1 :]
        if len(latest) > OVER_S / STEP_S and not any(latest):
            assert not window.is_reported
