"""A shown alert does not go by itself: attention ends it, or what a driver, a fault or the speed does.

A snoozed activity that goes on for longer than a caution takes an alert over and is hidden, as the driver has asked; a
phone within it is not.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from tests.monitor.alerts.stories import C0, C2, C8, Segment, play
from tests.property_settings import examples

Key = str
Story = list["Segment | Key"]

WARNED = AlertSettings(snooze_up_to="warning")
LOOKS: Story = [(C0, 2.0), (C8, 2.3), "snooze", (C0, 2.5), (C8, 2.0)]


def falls(story: Story, settings: AlertSettings, speed_kmh: float) -> list[float]:
    """When the shown tier fell though no frame since the latest key was attentive."""
    policy, time_s, tier, attended = AlertPolicy(settings), 0.0, Tier.NONE, True
    found = []
    for part in story:
        if isinstance(part, str):
            getattr(policy, part)()
            attended = True  # the key may take it away, with the next frame
            continue
        played = play([part], policy=policy, fps=10.0, speed_kmh=speed_kmh, start_s=time_s)
        for state in played.states:
            if state.tier < tier and not attended:
                found.append(state.time_s)
            attended = (attended and state.tier is Tier.NONE) or state.current in (C0, None)
            tier = state.tier
        time_s += part[1] + 0.1
    return found


@pytest.mark.parametrize(
    ("story", "settings", "speed_kmh"),
    [
        ([*LOOKS, (C2, 1.0), (C8, 1.6)], AlertSettings(), 30.0),
        ([*LOOKS, *[(C2, 0.5), (C8, 0.9)] * 3], AlertSettings(), 30.0),
        ([*LOOKS, (C2, 1.0), (C8, 1.8)], WARNED, 90.0),
    ],
)
def test_a_phone_within_a_snoozed_activity_stays_alerted(
    story: Story, settings: AlertSettings, speed_kmh: float
) -> None:
    assert falls(story, settings, speed_kmh) == []


segments = st.tuples(st.sampled_from(list(Activity)), st.sampled_from([0.3, 0.6, 1.0, 2.3, 4.0]))


@examples(0.5)
@given(
    st.lists(segments | st.just("acknowledge"), min_size=2, max_size=16),
    st.sampled_from([AlertSettings(), AlertSettings(acknowledge_up_to="caution")]),
    st.sampled_from([30.0, 90.0]),
)
def test_no_alert_goes_by_itself(story: Story, settings: AlertSettings, speed_kmh: float) -> None:
    assert falls(story, settings, speed_kmh) == []
