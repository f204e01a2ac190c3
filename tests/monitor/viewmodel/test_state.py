"""The state model, without a window."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from weakref import WeakKeyDictionary

import pytest

from engines.activities import Activity
from engines.errors import UserError
from engines.view import Mount
from monitor.alerts.events import Attention, EventKind, Reason, Tier
from monitor.alerts.incidents.incident import Incident, Review, ReviewStatus
from monitor.alerts.incidents.tracker import IncidentTracker
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.health.camera_health import Health
from monitor.health.system_health import SystemCondition, SystemFault
from monitor.live.pipeline import FrameResult, StatusUpdate
from monitor.live.session import AlertChanged, IncidentChanged, Opened, SystemChanged
from monitor.speed.source import FixedSpeed
from monitor.viewmodel.banner import BannerStyle, banner_content, past_content
from monitor.viewmodel.clock import clock
from monitor.viewmodel.event_log import LoggedEvent, LoggedIncident
from monitor.viewmodel.history import ShownAlert, Strip
from monitor.viewmodel.live_message import Action, live_message
from monitor.viewmodel.performance import Performance
from monitor.viewmodel.replay import ReplayModel
from monitor.viewmodel.state import DashboardState, Overlays, Phase, Problem
from tests.monitor.fakes import FakeClock, frame_result, one_hot, picture


def opened(name: str = "a drive", *, live: bool = False) -> Opened:
    return Opened(
        name, live, None if live else 20.0, "fake", "a fake runtime", Mount(), None, FixedSpeed(None), AlertSettings()
    )


TRACKERS: WeakKeyDictionary[DashboardState, IncidentTracker] = WeakKeyDictionary()
"""Of the drives that are observed."""


def observe(state: DashboardState, result: FrameResult) -> None:
    """As a session tells it: the frame, then what changed with it."""
    state.on_event(result)
    for event in result.alert.events:
        state.on_event(AlertChanged(event))
    for incident in TRACKERS.setdefault(state, IncidentTracker(AlertSettings().frame_holds_s)).update(result.alert):
        state.on_event(IncidentChanged(incident))


def running() -> DashboardState:
    state = DashboardState()
    state.begin("drive.mp4")
    state.on_event(opened())
    return state


def drive(
    state: DashboardState,
    activity: Activity,
    start_s: float,
    seconds: float,
    policy: AlertPolicy,
    *,
    speed_kmh: float | None = None,
    fault: Health | None = None,
) -> None:
    """Ten frames a second of one activity."""
    for index in range(round(10 * seconds)):
        time_s = start_s + index / 10
        alert = policy.update(time_s, one_hot(activity), speed_kmh, fault)
        observe(state, frame_result(picture(activity), time_s, index, alert=alert))


def test_state_knows_no_qt() -> None:
    code = (
        "import sys; import monitor.viewmodel.state, monitor.viewmodel.banner,"
        " monitor.viewmodel.live_message, monitor.viewmodel.themes;"
        " sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_overlays_of_regions_stay_as_they_are_where_the_network_has_none() -> None:
    model = ReplayModel()
    model.set_mount(Mount(), "a baseline", uses_regions=False)
    state = model.drive_state
    for toggle in (state.toggle_regions, state.toggle_heat, state.toggle_keypoints):
        toggle()
    assert state.overlays == Overlays()
    model.set_mount(Mount(), "a full network")
    state.toggle_heat()
    assert state.overlays.heat


@pytest.mark.parametrize(
    ("seconds", "style", "word"),
    [
        (1.0, BannerStyle.CAUTION, "Caution"),
        (3.0, BannerStyle.WARNING, "Warning"),
        (8.0, BannerStyle.CRITICAL, "Critical"),
    ],
)
def test_banner_names_tier_activity_and_reason(seconds: float, style: BannerStyle, word: str) -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.SAFE_DRIVING, 0.0, 1.0, policy)
    assert banner_content(state).style is BannerStyle.CALM
    drive(state, Activity.TEXTING_RIGHT, 1.0, seconds, policy)
    content = banner_content(state)
    assert (content.style, content.word, content.headline) == (style, word, "Texting, right hand")
    assert content.reason == "phone in hand" and content.advice
    # In a replay it is over: nobody is told what to do.
    assert past_content(state) == replace(content, advice="")
    assert content.seconds is not None and 0.0 < content.seconds <= seconds


def test_a_cumulative_warning_accuses_nobody_who_is_attentive() -> None:
    state, policy, start_s = running(), AlertPolicy(), 0.0
    while state.alert is None or state.alert.reason is not Reason.CUMULATIVE:
        drive(state, Activity.DRINKING, start_s, 1.8, policy)
        drive(state, Activity.SAFE_DRIVING, start_s + 1.8, 1.2, policy)
        start_s += 3.0
    content = banner_content(state)
    assert (content.style, content.headline) == (BannerStyle.WARNING, "Distracted too often")
    assert re.fullmatch(r"distracted \d+ s of the last 30 s", content.reason)
    drive(state, Activity.REACHING_BEHIND, start_s, 1.0, policy)
    assert banner_content(state).headline == "Reaching behind"


def test_banner_before_caution_shows_that_the_timer_runs() -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.DRINKING, 0.0, 1.5, policy)
    content = banner_content(state)
    assert (content.style, content.headline) == (BannerStyle.WATCHING, "Drinking")


def test_what_the_driver_has_hidden_is_called_so() -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.DRINKING, 0.0, 2.5, policy)
    policy.acknowledge()
    drive(state, Activity.DRINKING, 2.5, 0.3, policy)
    content = banner_content(state)
    assert (content.style, content.word, content.activity) == (BannerStyle.WATCHING, "Acknowledged", Activity.DRINKING)
    drive(state, Activity.SAFE_DRIVING, 2.8, 3.0, policy)
    drive(state, Activity.DRINKING, 5.8, 2.5, policy)
    policy.snooze()
    drive(state, Activity.DRINKING, 8.3, 0.3, policy)
    assert banner_content(state).word == "Snoozed"


def test_a_blind_monitor_has_no_awareness() -> None:
    state, policy = running(), AlertPolicy()
    assert state.awareness is None
    drive(state, Activity.SAFE_DRIVING, 0.0, 3.0, policy)
    assert state.awareness == 1.0
    drive(state, Activity.SAFE_DRIVING, 3.0, 1.0, policy, fault=Health.BLOCKED)
    assert state.awareness is None
    lost = policy.update(5.0, None, None, Health.CAMERA_LOST)
    state.on_event(StatusUpdate(alert=lost))
    assert state.awareness is None


def test_a_critical_alert_keeps_its_awareness_when_the_camera_goes() -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.TEXTING_LEFT, 0.0, 8.0, policy)
    state.on_event(StatusUpdate(alert=policy.update(8.0, None, None, Health.CAMERA_LOST)))
    assert banner_content(state).style is BannerStyle.CRITICAL and state.awareness == 0.0


def test_a_drive_that_hangs_has_no_awareness() -> None:
    clock = FakeClock()
    state = DashboardState(clock=clock.now)
    state.begin("0")
    state.on_event(opened(live=True))
    drive(state, Activity.SAFE_DRIVING, 0.0, 1.0, AlertPolicy())
    assert state.awareness == 1.0
    clock.advance(5.0)
    assert state.awareness is None


def test_while_alerts_are_off_nothing_counts_as_one() -> None:
    state, policy = running(), AlertPolicy()
    state.armed = False
    drive(state, Activity.TEXTING_RIGHT, 0.0, 9.0, policy)
    assert state.alert is not None and state.alert.tier is Tier.CRITICAL
    assert state.tier is Tier.NONE and state.awareness is None and not state.events.entries
    assert {span.value for span in state.history.alerts.spans} == {None}
    assert banner_content(state).word == "Alerts off"
    state.arm()
    drive(state, Activity.TEXTING_RIGHT, 9.0, 1.0, policy)
    last = state.history.alerts.spans[-1].value
    assert state.tier is Tier.CRITICAL and last is not None and last.tier is Tier.CRITICAL


def test_an_outage_is_another_thing_than_unsure() -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.SAFE_DRIVING, 0.0, 1.0, policy)
    for index in range(10):
        alert = policy.update(1.0 + index / 10, one_hot(0, 0.4))
        observe(state, frame_result(picture(0), 1.0 + index / 10, alert=alert))
    for index in range(10):
        state.on_event(StatusUpdate(alert=policy.update(2.0 + index / 10, None, None, Health.CAMERA_LOST)))
    values = [span.value for span in state.history.activities.spans]
    assert values[-1] is Attention.UNKNOWN and Attention.UNSURE in values and Activity.SAFE_DRIVING in values


def test_banner_below_the_speed_gate_says_standby() -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.TEXTING_RIGHT, 0.0, 5.0, policy, speed_kmh=10.0)
    content = banner_content(state)
    assert (content.style, content.word) == (BannerStyle.IDLE, "Standby")
    assert state.tier is Tier.NONE


@pytest.mark.parametrize("fault", [Health.DARK, Health.BLOCKED, Health.FROZEN, Health.CAMERA_LOST, Health.STALLED])
def test_a_blind_camera_is_shown_twice(fault: Health) -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.SAFE_DRIVING, 0.0, 3.0, policy, fault=fault)
    assert banner_content(state).style is BannerStyle.FAULT
    message = live_message(state)
    assert message is not None and message.title in fault.title


def test_an_unsure_model_leaves_the_frame_visible() -> None:
    state, policy = running(), AlertPolicy()
    alert = [policy.update(index / 10, one_hot(0, 0.5)) for index in range(40)][-1]
    observe(state, frame_result(picture(0), 4.0, alert=alert))
    assert state.health is Health.UNSURE
    assert banner_content(state).style is BannerStyle.FAULT
    assert live_message(state) is None


def test_critical_outlives_the_camera() -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.TEXTING_LEFT, 0.0, 8.0, policy)
    drive(state, Activity.TEXTING_LEFT, 8.0, 1.0, policy, fault=Health.CAMERA_LOST)
    content = banner_content(state)
    assert content.style is BannerStyle.CRITICAL
    assert "No image from the camera" in content.advice
    assert past_content(state) == content, "what was wrong then is no order"


@pytest.mark.parametrize("phase", [Phase.IDLE, Phase.OPENING, Phase.PAUSED, Phase.ENDED, Phase.FAILED])
def test_nothing_is_called_attentive_while_nobody_watches(phase: Phase) -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.SAFE_DRIVING, 0.0, 2.0, policy)
    state.phase = phase
    assert banner_content(state).style is BannerStyle.IDLE
    assert state.tier is Tier.NONE


def test_messages_offer_what_to_do() -> None:
    state = DashboardState()
    message = live_message(state)
    assert message is not None and message.actions == (Action.CHOOSE, Action.DEMO)
    state.begin("0")
    state.fail(Problem("camera 0 gives no picture", "connect a camera"))
    message = live_message(state)
    assert message is not None and message.actions[0] is Action.RETRY and message.problem == "connect a camera"


def test_a_live_drive_counts_from_its_first_frame() -> None:
    state = DashboardState()
    state.begin("0")
    state.on_event(opened("camera 0", live=True))
    drive(state, Activity.TEXTING_RIGHT, 5000.0, 3.0, AlertPolicy())
    assert state.since_s == pytest.approx(2.9)
    assert state.events.entries[0].since_s < 3.0


def test_strip_joins_equals_and_leaves_gaps() -> None:
    strip: Strip[str] = Strip(window_s=10.0, max_gap_s=1.0)
    for time_s, value in ((0.0, "a"), (0.5, "a"), (1.0, "b"), (1.5, "b"), (4.0, "b")):
        strip.add(time_s, value)
    assert [(span.start_s, span.end_s, span.value) for span in strip.spans] == [
        (0.0, 1.0, "a"),
        (1.0, 1.5, "b"),
        (4.0, 4.0, "b"),
    ]
    strip.add(12.0, "a")
    assert [span.value for span in strip.spans] == ["b", "a"]


def test_performance_takes_the_median_and_the_source_rate() -> None:
    performance = Performance(frames=3)
    assert performance.latency_ms() == {}
    assert performance.source_fps is None
    alert = AlertPolicy().update(0.0, one_hot(0))
    for index, total_s in enumerate((0.9, 0.01, 0.02, 0.03)):
        # Every other frame was dropped.
        performance.add(frame_result(picture(0), index / 15, 2 * index, alert=alert, latency_s=total_s, dropped=4))
    assert performance.latency_ms()["total"] == pytest.approx(20.0)
    assert performance.source_fps == pytest.approx(30.0)
    performance.add(StatusUpdate(alert=alert, dropped=4))
    assert performance.source_fps is None


def test_events_are_exported_as_csv_and_json_lines(tmp_path: Path) -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.TEXTING_RIGHT, 0.0, 4.0, policy)
    drive(state, Activity.SAFE_DRIVING, 4.0, 3.0, policy)
    state.events.export(tmp_path / "events.csv")
    state.events.export(tmp_path / "events.jsonl")
    with (tmp_path / "events.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    kinds = ["incident", "raised", "escalated", "cleared"]
    assert [row["kind"] for row in rows] == [line["kind"] for line in lines] == kinds
    assert {row["activity"] for row in rows} == {"c1"} and {row["source"] for row in rows} == {"a drive"}
    assert {row["incident"] for row in rows} == {"1"} and rows[0]["ended_by"] == "attention"
    assert rows[0]["time_s"] == rows[1]["time_s"] and rows[0]["end_s"] == rows[3]["time_s"]
    assert json.loads(rows[0]["activities"])[0]["activity"] == "c1"
    (entry,) = state.events.entries
    assert isinstance(entry, LoggedIncident) and Incident.from_dict(lines[0]).as_dict() == entry.incident.as_dict()


def test_the_log_has_one_entry_an_incident_and_keeps_what_a_person_says() -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.DRINKING, 0.0, 2.6, policy)
    entry = state.events.latest_incident()
    assert entry is not None and entry.incident.tier is Tier.CAUTION and not entry.incident.is_over
    said = Review(ReviewStatus.UNCLEAR, "a cup?")
    assert state.review(entry, said).incident.review == said
    drive(state, Activity.DRINKING, 2.6, 2.0, policy)
    drive(state, Activity.SAFE_DRIVING, 4.6, 3.0, policy)
    (ended,) = state.events.entries
    assert isinstance(ended, LoggedIncident) and ended.incident.tier is Tier.WARNING and ended.incident.is_over
    assert ended.incident.review == said
    # A review of what was looked at earlier reaches what has become of it.
    assert state.review(entry, Review(ReviewStatus.FALSE)).incident.is_over
    drive(state, Activity.DRINKING, 7.6, 2.6, policy)
    assert len(state.events.entries) == 2


def test_incidents_of_two_drives_are_two_though_both_are_the_first() -> None:
    state = running()
    for _ in range(2):
        drive(state, Activity.DRINKING, 0.0, 2.6, AlertPolicy())
        TRACKERS.pop(state)
        state.begin("drive.mp4")
        state.on_event(opened())
    assert [entry.incident.number for entry in state.events.entries if isinstance(entry, LoggedIncident)] == [1, 1]


def test_health_events_have_entries_of_their_own() -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.SAFE_DRIVING, 0.0, 3.0, policy, fault=Health.DARK)
    drive(state, Activity.SAFE_DRIVING, 3.0, 3.0, policy)
    events = [entry.event.kind for entry in state.events.entries if isinstance(entry, LoggedEvent)]
    assert events == [EventKind.FAULT, EventKind.RECOVERED]


def test_the_history_tells_incidents_apart_and_what_was_hidden() -> None:
    state, policy = running(), AlertPolicy()
    drive(state, Activity.DRINKING, 0.0, 2.6, policy)
    policy.acknowledge()
    drive(state, Activity.DRINKING, 2.6, 0.3, policy)
    drive(state, Activity.SAFE_DRIVING, 2.9, 3.0, policy)
    spans = [span.value for span in state.history.alerts.spans]
    assert spans == [
        None, ShownAlert(Tier.CAUTION, 1, None), ShownAlert(Tier.CAUTION, 1, Reason.ACKNOWLEDGED), None
    ]  # fmt: skip


def test_an_unwritable_export_says_so(tmp_path: Path) -> None:
    state = running()
    with pytest.raises(UserError, match="no events"):
        state.events.export(tmp_path / "events.csv")
    drive(state, Activity.TEXTING_RIGHT, 0.0, 3.0, AlertPolicy())
    with pytest.raises(UserError, match="cannot write"):
        state.events.export(tmp_path / "nowhere" / "events.csv")


def test_a_new_drive_forgets_the_last_but_keeps_its_events() -> None:
    state = running()
    drive(state, Activity.TEXTING_RIGHT, 0.0, 3.0, AlertPolicy())
    state.begin("other.mp4")
    assert state.frame is None and state.alert is None and not state.history.activities.spans
    assert state.events.entries


def test_clock() -> None:
    assert [clock(seconds) for seconds in (-1.0, 0.0, 61.9, 3661.0)] == ["0:00", "0:00", "1:01", "1:01:01"]


def test_what_does_not_work_stands_beside_the_camera_s_health_until_it_works_again() -> None:
    state = running()
    state.on_event(frame_result(picture(0), 1.0))
    behind = SystemCondition(SystemFault.BEHIND, "80 % dropped", 1.0)
    journal = SystemCondition(SystemFault.JOURNAL, "the journal: no room", 1.0, subject="the journal")
    for condition in (behind, journal):
        state.on_event(SystemChanged(condition))
    assert state.system == (behind, journal) and state.health is Health.OK
    assert banner_content(state).style is not BannerStyle.FAULT
    assert state.notices == ["the journal: no room"], "what is not kept is a notice, too"
    state.on_event(SystemChanged(replace(behind, until_s=5.0)))
    assert state.system == (journal,)
    state.begin("drive.mp4")
    assert state.system == ()


def test_a_live_drive_that_says_nothing_any_more_is_no_watching_one() -> None:
    clock, looks = FakeClock(), list[int]()
    state = DashboardState(clock=clock.now)
    state.begin("0")
    state.on_event(opened("camera 0", live=True))
    state.on_event(frame_result(picture(0), 1.0))
    beats = []
    for _ in range(3):
        state.on_event(frame_result(picture(0), 1.0))
        state.look()
        beats.append(state.pulse)
    assert beats == [False, True, False] and state.health is Health.OK
    state.observed.connect(lambda: looks.append(1))
    clock.advance(2.0)
    state.look()
    assert state.health is Health.OK and not looks and state.pulse is False
    clock.advance(2.0)
    state.look()
    assert state.health is Health.STALLED and looks and state.pulse is False
    assert banner_content(state).style is BannerStyle.FAULT
    state.on_event(frame_result(picture(0), 5.0))
    assert state.health is Health.OK
    clock.advance(10.0)
    state.pause(True)
    assert state.silent_s == 0.0


def test_a_recording_may_stand_still() -> None:
    clock = FakeClock()
    state = DashboardState(clock=clock.now)
    state.begin("drive.mp4")
    state.on_event(opened())
    state.on_event(frame_result(picture(0), 1.0))
    clock.advance(60.0)
    assert state.silent_s == 0.0
