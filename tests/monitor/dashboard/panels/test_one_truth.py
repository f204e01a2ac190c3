"""Gauge, activity panel and timeline say what the banner says."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.alerts.policy import AlertPolicy
from monitor.dashboard.driver.poses import POSES, strike
from monitor.dashboard.panels.activity_panel import ActivityPanel
from monitor.dashboard.panels.gauges import Gauges
from monitor.dashboard.panels.timeline import OUTAGE_HEIGHT, SEEN, Timeline
from monitor.health.camera_health import Health
from monitor.live.pipeline import StatusUpdate
from tests.monitor.fakes import frame_result, one_hot, picture
from tests.monitor.viewmodel.test_state import drive, observe, running


def test_a_blind_monitor_s_gauge_is_empty(qtbot: QtBot) -> None:
    state = running()
    gauges = Gauges(state)
    qtbot.addWidget(gauges)
    gauges.resize(400, 92)
    strike(state, POSES["attentive"])
    assert gauges.accessibleName().startswith("Awareness 100 %")
    full = gauges.grab().toImage()
    images = {}
    for name in ("no-picture", "unsure", "alerts-off"):
        strike(state, POSES[name])
        assert gauges.accessibleName().startswith("Awareness unknown"), name
        images[name] = gauges.grab().toImage()
        assert images[name] != full
    # Empty is empty, whatever the cause.
    assert images["no-picture"] == images["unsure"] == images["alerts-off"]


def test_the_panel_names_what_the_alert_is_about(qtbot: QtBot) -> None:
    state, policy = running(), AlertPolicy()
    panel = ActivityPanel(state)
    qtbot.addWidget(panel)
    drive(state, Activity.SAFE_DRIVING, 0.0, 2.0, policy)
    assert panel.accessibleName() == "Current activity: Safe driving C0 · 91 % confident"
    drive(state, Activity.REACHING_BEHIND, 2.0, 3.9, policy)
    assert state.tier is Tier.WARNING
    drive(state, Activity.DRINKING, 5.9, 0.6, policy)
    assert state.alert is not None and state.alert.current is Activity.DRINKING
    assert panel.accessibleName() == "Current activity: Reaching behind now: Drinking"


def test_an_outage_is_a_low_line_and_unsure_a_question_mark(qtbot: QtBot) -> None:
    state, policy = running(), AlertPolicy()
    timeline = Timeline(state)
    qtbot.addWidget(timeline)
    drive(state, Activity.SAFE_DRIVING, 0.0, 1.0, policy)
    for index in range(20):
        alert = policy.update(1.0 + index / 10, one_hot(0, 0.4))
        observe(state, frame_result(picture(0), 1.0 + index / 10, alert=alert))
    for index in range(20):
        state.on_event(StatusUpdate(alert=policy.update(3.0 + index / 10, None, None, Health.CAMERA_LOST)))
    seen = [(height, text, colour.name()) for _, _, row, height, colour, text in timeline.blocks() if row == SEEN]
    unsure, outage = seen[-2:]
    assert unsure[:2] == (1.0, "?") and outage[:2] == (OUTAGE_HEIGHT, "") and unsure[2] != outage[2]


def test_no_alert_in_the_timeline_while_alerts_are_off(qtbot: QtBot) -> None:
    state, policy = running(), AlertPolicy()
    timeline = Timeline(state)
    qtbot.addWidget(timeline)
    state.armed = False
    drive(state, Activity.TEXTING_RIGHT, 0.0, 8.0, policy)
    assert {block[2] for block in timeline.blocks()} == {SEEN}
