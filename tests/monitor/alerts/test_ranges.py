"""No setting, within its range, switches the alerts off; what is beyond it is refused with its name and its range."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from engines.activities import Activity
from engines.errors import UserError
from engines.files.settings_faults import schema
from monitor.alerts.events import Tier
from monitor.alerts.policy_file import read_policy
from monitor.alerts.settings import LOW_RISK, AlertSettings
from monitor.health.camera_health import FrameHealth, Health, HealthSettings
from monitor.sources.open_source import DEMO
from monitor.sources.random_access import open_recording
from tests.monitor.alerts.stories import play
from tests.property_settings import examples

MODELS: dict[str, type[BaseModel]] = {"alerts": AlertSettings, "health": HealthSettings}
DISTRACTIONS = [activity for activity in Activity if activity.is_distraction]


def ends(model: type[BaseModel], name: str) -> tuple[float, float]:
    """The smallest and the largest value of a setting that is a number."""
    limits = schema(model)[name]
    low = limits.get("minimum", math.nextafter(limits.get("exclusiveMinimum", -math.inf), math.inf))
    return low, limits["maximum"]


NUMBERS = [
    (table, name)
    for table, model in MODELS.items()
    for name in model.model_fields
    if schema(model)[name].get("type") == "number"
]


@pytest.mark.parametrize(("table", "name"), NUMBERS)
def test_every_number_has_two_ends(table: str, name: str, tmp_path: Path) -> None:
    low, high = ends(MODELS[table], name)
    default = MODELS[table].model_fields[name].default
    assert math.isfinite(low) and low <= default <= high
    for beyond in (high * 1.001 + 1e-6, low - 1e-6, 1e9, math.inf, -math.inf, math.nan):
        file = tmp_path / "mine.toml"
        file.write_text(f"[{table}]\n{name} = {beyond}\n", encoding="utf-8")
        with pytest.raises(UserError, match=rf"mine\.toml: {table}\.{name} = .* is beyond its range: .* to {high:g};"):
            read_policy(file)


@pytest.mark.parametrize("value", [0.0, 0.96, 1.0, math.inf, math.nan])
def test_a_threshold_of_one_activity_has_the_same_ends(value: float, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(f"[alerts.enter_by_activity]\nc2 = {value}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"alerts\.enter_by_activity\.c2 = .* is beyond its range: from 0\.1 to 0\.95"):
        read_policy(file)
    with pytest.raises(UserError, match=r"the bundle's alert thresholds do not fit: enter_by_activity\.c2"):
        AlertSettings.fitted({"enter_by_activity.c2": value})


def test_thresholds_may_be_high() -> None:
    high = AlertSettings(enter=0.95, leave=0.9, enter_by_activity={a.code: 0.95 for a in DISTRACTIONS})
    assert play([(Activity.SAFE_DRIVING, 3.0), (Activity.DRINKING, 10.0)], settings=high).when(Tier.CRITICAL)


@st.composite
def some_settings(draw: st.DrawFn) -> AlertSettings:
    """A few settings anywhere in their ranges, mostly at an end, that go together."""
    chosen: dict[str, Any] = {}
    names = [name for table, name in NUMBERS if table == "alerts"]
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=8, unique=True)):
        low, high = ends(AlertSettings, name)
        chosen[name] = draw(st.sampled_from([low, high]) | st.floats(low, high))
    if draw(st.booleans()):
        codes = draw(st.sets(st.sampled_from([activity.code for activity in DISTRACTIONS])))
        chosen["enter_by_activity"] = {code: draw(st.sampled_from([0.95, 0.7])) for code in codes}
    try:
        return AlertSettings(**chosen)
    except ValidationError:
        assume(False)
        raise


@example(AlertSettings(smoothing_s=0.0, warning_slow_s=3.0, critical_slow_s=3.0), Activity.TEXTING_RIGHT, 41.0, 3.0)
@examples(0.5)
@given(
    some_settings(),
    st.sampled_from(DISTRACTIONS),
    st.sampled_from([None, 41.0, 130.0]),
    st.sampled_from([3.0, 5.0, 8.0, 25.0]),
)
def test_whatever_the_settings_a_driver_who_is_only_distracted_is_alerted(
    settings: AlertSettings, activity: Activity, speed_kmh: float | None, fps: float
) -> None:
    played = play([(Activity.SAFE_DRIVING, 3.0), (activity, 45.0)], settings=settings, speed_kmh=speed_kmh, fps=fps)
    first, warning, critical = (played.when(tier) for tier in (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL))
    late_s = 3.0 + 1.0  # after the distraction began, and a second for frames and their smoothing
    raised = [time_s for time_s in (first, warning, critical) if time_s is not None]
    assert raised and min(raised) <= late_s + 20.0
    # Where both are due at once, a warning is left out for the critical alert.
    assert min(raised[first is not None :], default=math.inf) <= late_s + 30.0
    if activity not in LOW_RISK:
        assert critical is not None and critical <= late_s + 30.0


HEALTH_ENDS = [
    HealthSettings(**{name: ends(HealthSettings, name)[end] for table, name in NUMBERS if table == "health"})
    for end in (0, 1)
]


@pytest.mark.parametrize("settings", HEALTH_ENDS)
def test_whatever_the_settings_a_cabin_is_seen_and_a_covered_lens_is_shown(settings: HealthSettings) -> None:
    noise = np.random.default_rng(0)
    covered = noise.normal(8.0, 3.0, (240, 320, 3)).clip(0, 255).astype(np.uint8)
    grey = np.full((240, 320, 3), 128, np.uint8)
    cabin = open_recording(DEMO).frame_at(0.0).pixels
    wrong = FrameHealth(settings)
    for index in range(120):
        frame = cabin.copy()
        frame[0, 0, 0] ^= index & 1  # the sensor's noise: else it would be frozen
        assert wrong.update(index / 10, frame) is Health.OK
    for picture in (covered, grey):
        shown = FrameHealth(settings)
        states = [shown.update(index / 10, picture) for index in range(101)]
        assert states[-1] is not Health.OK
