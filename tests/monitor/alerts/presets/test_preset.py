"""Three presets: attentive is never later than balanced, which is never later than patient, and none is blind."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engines.activities import Activity
from engines.errors import UserError
from monitor.alerts.events import Tier
from monitor.alerts.presets.preset import Preset, preset_of
from monitor.alerts.settings import AlertSettings, SpeedBand
from tests.monitor.alerts.stories import C0, C1, C2, C5, C6, C7, C8, C9, Segment, play
from tests.property_settings import examples

DEFAULTS = AlertSettings()
SETTINGS = {preset: preset.over(DEFAULTS) for preset in Preset}
GLANCES: list[Segment] = [segment for _ in range(8) for segment in ((C6, 1.9), (C0, 1.4))]

segments = st.lists(st.tuples(st.sampled_from(list(Activity)), st.floats(0.05, 9.0)), max_size=8)
"""Of a driver who is seen: a critical alert stands while nobody is, which a warning does not."""
speeds = st.sampled_from([None, 10.0, 30.0, 90.0])


def times(settings: AlertSettings) -> list[float]:
    """Every time after which something is shown, in each band and of each activity."""
    found = [settings.caution_after_s(activity) for activity in Activity if activity.is_distraction]
    for band in (SpeedBand.SLOW, SpeedBand.FAST):
        for phone in (False, True):
            found += [settings.warning_after_s(band, phone=phone), settings.critical_after_s(band, phone=phone)]
    return [*found, settings.critical_after_warning_s, settings.cumulative_s]


def test_balanced_is_the_defaults() -> None:
    assert SETTINGS[Preset.BALANCED] == DEFAULTS
    assert all(getattr(DEFAULTS, name) == value for name, value in Preset.BALANCED.times.items())


def test_each_preset_has_every_time_of_the_others() -> None:
    assert {frozenset(preset.times) for preset in Preset} == {frozenset(Preset.BALANCED.times)}
    assert all(name.endswith("_s") for name in Preset.BALANCED.times)


def test_no_time_of_a_preset_is_later_than_the_next_one_s() -> None:
    for sooner, later in pairwise(Preset):
        assert all(one <= other for one, other in zip(times(SETTINGS[sooner]), times(SETTINGS[later]), strict=True))
        assert times(SETTINGS[sooner]) != times(SETTINGS[later])


@pytest.mark.parametrize("preset", list(Preset))
@pytest.mark.parametrize("speed_kmh", [30.0, 90.0, None])
@pytest.mark.parametrize(
    "story",
    [
        [(C1, 1.0)],
        [(C2, 1.4)],
        *[[(activity, DEFAULTS.caution_after_s(activity) + 0.3)] for activity in (C5, C6, C7, C8, C9)],
        [(C6, 1.5), (C0, 0.9), (C6, 1.0)],
        [(C7, 4.0), (C6, 12.0)],
        [(C6, 2.5), (None, 1.0)],
        GLANCES,
    ],
)
def test_what_the_defaults_alert_for_every_preset_does(
    preset: Preset, speed_kmh: float | None, story: list[Segment]
) -> None:
    whole = [(C0, 5.0), *story, (C0, 3.0)]
    assert play(whole, speed_kmh=speed_kmh).alerts
    assert play(whole, settings=SETTINGS[preset], speed_kmh=speed_kmh).alerts


@pytest.mark.parametrize("preset", list(Preset))
@pytest.mark.parametrize("activity", [activity for activity in Activity if activity.is_distraction])
def test_a_distraction_that_does_not_end_rises_as_high_as_with_the_defaults(preset: Preset, activity: Activity) -> None:
    story: list[Segment] = [(C0, 5.0), (activity, 25.0)]
    assert play(story, settings=SETTINGS[preset], fps=10.0).highest is play(story, fps=10.0).highest


@given(segments, speeds)
@example([(C0, 5.0), *GLANCES], None)
@examples(0.3)
def test_whatever_the_driver_does_an_alert_of_the_defaults_is_one_of_every_preset(
    story: list[Segment], speed_kmh: float | None
) -> None:
    """Frame by frame: no tier is shown later than by the next preset, and none of them shows nothing meanwhile."""
    attentive, balanced, patient = (
        play([(C0, 1.0), *story], settings=SETTINGS[preset], fps=5.0, speed_kmh=speed_kmh).states for preset in Preset
    )
    for sooner, middle, later in zip(attentive, balanced, patient, strict=True):
        assert sooner.tier >= middle.tier >= later.tier
        assert (later.tier is Tier.NONE) == (middle.tier is Tier.NONE)


@given(st.floats(0.2, 0.9), st.floats(0.0, 2.0))
@examples(0.5)
def test_what_was_fitted_to_a_network_stays(enter: float, smoothing_s: float) -> None:
    fitted = AlertSettings.fitted({"enter": enter, "leave": enter / 2.0, "smoothing_s": smoothing_s})
    for preset in Preset:
        chosen = preset.over(fitted)
        assert (chosen.enter, chosen.leave, chosen.smoothing_s) == (fitted.enter, fitted.leave, fitted.smoothing_s)
        assert preset_of(chosen, fitted) is preset


def test_settings_changed_by_hand_are_nobody_s_preset() -> None:
    for preset in Preset:
        assert preset_of(SETTINGS[preset].model_copy(update={"clear_s": 1.5}), DEFAULTS) is None


def test_a_locked_time_stays_whatever_is_chosen() -> None:
    base = AlertSettings(warning_fast_s=2.8)
    chosen = Preset.PATIENT.over(base, {"warning_fast_s"})
    assert chosen.warning_fast_s == 2.8 and chosen.critical_fast_s == Preset.PATIENT.times["critical_fast_s"]
    assert preset_of(chosen, base, {"warning_fast_s"}) is Preset.PATIENT
    assert preset_of(base, base, frozenset(Preset.PATIENT.times)) is Preset.BALANCED


def test_a_preset_that_does_not_go_with_what_is_locked_says_so() -> None:
    with pytest.raises(UserError, match="attentive does not fit"):
        Preset.ATTENTIVE.over(AlertSettings(caution_s=3.0, mild_weight=1.0), {"caution_s"})
