"""What the driver sees at a glance, without a window."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engines.activities import Activity
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.dashboard.driver.poses import POSES, Pose, strike
from monitor.health.camera_health import Health
from monitor.viewmodel.driver.glance import Extent, Glance, glance
from monitor.viewmodel.live_message import Action
from monitor.viewmodel.state import DashboardState, Phase, Problem
from tests.monitor.viewmodel.test_state import opened, running


def struck(name: str) -> Glance:
    state = running()
    strike(state, POSES[name])
    return glance(state)


@pytest.mark.parametrize(
    ("pose", "word", "extent", "acknowledge", "snooze"),
    [
        ("attentive", "Attentive", Extent.NONE, False, False),
        ("distracted", "Watching", Extent.NONE, False, False),
        ("caution", "Caution", Extent.SMALL, True, True),
        ("warning", "Warning", Extent.HALF, True, True),
        ("critical", "Critical", Extent.FULL, False, False),
        ("acknowledged", "Acknowledged", Extent.NONE, False, False),
        ("snoozed", "Attentive", Extent.NONE, False, False),
        ("unsure", "Not watching", Extent.SMALL, False, False),
        ("no-picture", "Not watching", Extent.SMALL, False, False),
        ("alerts-off", "Alerts off", Extent.NONE, False, False),
    ],
)
def test_the_worse_the_more_of_the_display(
    pose: str, word: str, extent: Extent, acknowledge: bool, snooze: bool
) -> None:
    shown = struck(pose)
    assert (shown.content.word, shown.extent) == (word, extent)
    assert (shown.can_acknowledge, shown.can_snooze) == (acknowledge, snooze)
    assert shown.snoozed == ((Activity.DRINKING,) if pose == "snoozed" else ())
    assert shown.is_watching is (pose != "alerts-off")


def test_no_button_that_would_do_nothing() -> None:
    phone = Pose([(Activity.SAFE_DRIVING, 5.0), (Activity.TEXTING_LEFT, 1.5)])
    state = running()
    strike(state, phone)
    shown = glance(state)
    assert shown.can_acknowledge and not shown.can_snooze
    strict = AlertSettings(acknowledge_up_to="none", snooze_up_to="none")
    state.on_event(replace(opened(), settings=strict))
    strike(state, POSES["caution"])
    shown = glance(state)
    assert not shown.can_acknowledge and not shown.can_snooze


def test_every_button_does_what_the_policy_does() -> None:
    """Where a button is shown the alert is hidden by it, and where none is it is not."""
    for name in ("caution", "warning", "critical"):
        for ask in (AlertPolicy.acknowledge, AlertPolicy.snooze):
            policy, state = AlertPolicy(), running()
            strike(state, POSES[name])
            shown, now_s = glance(state), 0.0
            for seen, seconds in POSES[name].segments:
                for _ in range(round(10 * seconds)):
                    policy.update(now_s, [0.91 if activity is seen else 0.01 for activity in Activity])
                    now_s += 0.1
            ask(policy)
            hidden = policy.update(now_s, [0.91 if activity is seen else 0.01 for activity in Activity]).tier == 0
            offered = shown.can_acknowledge if ask is AlertPolicy.acknowledge else shown.can_snooze
            assert hidden is offered, (name, ask)


def test_where_no_drive_is_watched_there_is_something_to_do() -> None:
    state = DashboardState()
    assert glance(state).actions == (Action.CHOOSE, Action.DEMO) and not glance(state).is_watching
    state.begin("drive.mp4")
    assert glance(state).content.word == "Starting"
    state.fail(Problem("The source cannot be opened", "No such file."))
    assert state.phase is Phase.FAILED and glance(state).problem == "No such file."
    assert glance(state).actions[0] is Action.RETRY


def test_a_fault_is_named() -> None:
    assert struck("no-picture").content.fault is Health.CAMERA_LOST
    assert struck("unsure").content.fault is Health.UNSURE
