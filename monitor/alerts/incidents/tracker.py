"""Follows the incidents of a drive from their first alert to their end, by the policy's states, frame by frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engines.activities import Activity
from monitor.alerts.cause import Cause, Rule
from monitor.alerts.events import AlertEvent, AlertState, Reason, Tier
from monitor.alerts.incidents.incident import ActivitySpan, Incident, IncidentState

_MAX_SPANS, _MAX_EVENTS = 200, 200
"""Of one incident, however long it is: some 20 and 80 kB as JSON."""

_HIDDEN = {Reason.ACKNOWLEDGED: IncidentState.ACKNOWLEDGED, Reason.SNOOZED: IncidentState.SNOOZED}


@dataclass
class _Open:
    """The incident that goes on; its fields are those of `Incident`."""

    number: int
    start_s: float
    cause: Cause
    state: IncidentState = IncidentState.ACTIVE
    tier: Tier = Tier.NONE
    activity: Activity | None = None
    reason: Reason | None = None
    spans: list[ActivitySpan] = field(default_factory=list)
    seconds: dict[Activity | None, float] = field(default_factory=dict)
    distracted_s: float = 0.0
    speed_kmh: float | None = None
    top_speed_kmh: float | None = None
    events: list[AlertEvent] = field(default_factory=list)

    def snapshot(self, end_s: float | None = None, ended_by: Reason | None = None) -> Incident:
        return Incident(
            number=self.number,
            start_s=self.start_s,
            end_s=end_s,
            ended_by=ended_by,
            state=IncidentState.ENDED if ended_by is not None and self.state is IncidentState.ACTIVE else self.state,
            tier=self.tier,
            activity=self.activity,
            reason=self.reason,
            cause=self.cause,
            activities=tuple(self.spans),
            distracted_s=self.distracted_s,
            speed_kmh=self.speed_kmh,
            top_speed_kmh=self.top_speed_kmh,
            events=tuple(self.events),
            seconds=dict(self.seconds),
        )


class IncidentTracker:
    """Turns the policy's states into incidents. Not for more than one thread."""

    def __init__(self, frame_holds_s: float) -> None:
        """What a frame shows holds until the next one, for `frame_holds_s` at most."""
        self._frame_holds_s = frame_holds_s
        self._open: _Open | None = None
        self._time_s = 0.0
        self._current: Activity | None = None

    def update(self, state: AlertState) -> list[Incident]:
        """Take the state after a frame in; the incidents that ended, changed or began with it, as they are now."""
        if self._open is not None:
            self._pass_time(self._open, state.time_s)
        changed = [
            self._end(self._open, state, ended.reason)
            for ended in state.ended
            if self._open is not None and self._open.number == ended.number
        ]
        self._time_s, self._current = state.time_s, state.current
        if state.incident is not None and (incident := self._take(state, state.incident)) is not None:
            changed.append(incident)
        return changed

    def end_drive(self) -> Incident | None:
        """The drive is over, and with it the incident that goes on; None without one."""
        if self._open is None:
            return None
        incident, self._open = self._open.snapshot(self._time_s, Reason.DRIVE_ENDED), None
        return incident

    def _end(self, incident: _Open, state: AlertState, reason: Reason) -> Incident:
        # A recording that is rewound ends what was going on where it was.
        end_s = max(self._time_s, incident.start_s) if reason is Reason.CLOCK else state.time_s
        _add_events(incident, [replace(event, time_s=end_s) for event in _events_of(state, incident.number)])
        incident.state = _HIDDEN.get(reason, incident.state)
        self._open = None
        return incident.snapshot(end_s, reason)

    def _take(self, state: AlertState, number: int) -> Incident | None:
        """The incident that goes on, where it has changed."""
        events = _events_of(state, number)
        began = self._open is None or self._open.number != number
        if self._open is None or began:
            cause = Cause(Rule.SNOOZED) if state.hidden is not None else Cause(Rule.STOOD_ALREADY)
            self._open = _Open(number, state.time_s, cause, speed_kmh=state.speed_kmh)
        incident = self._open
        before = (incident.tier, incident.state)
        _add_events(incident, events)
        incident.state = IncidentState.ACTIVE if state.hidden is None else _HIDDEN[state.hidden]
        if state.standing >= incident.tier:
            incident.tier, incident.activity = state.standing, state.about
        if incident.reason is None:
            incident.reason = state.reason
        for event in events:  # reason and cause are those of one event
            if event.is_alert and event.cause is not None and event.tier >= incident.tier:
                incident.cause, incident.reason = event.cause, event.reason
        incident.distracted_s = max(incident.distracted_s, state.distracted_s)
        if state.speed_kmh is not None:
            incident.top_speed_kmh = max(incident.top_speed_kmh or 0.0, state.speed_kmh)
        changed = began or bool(events) or before != (incident.tier, incident.state)
        return incident.snapshot() if changed else None

    def _pass_time(self, incident: _Open, now_s: float) -> None:
        """What the last frame showed has lasted until now, or as long as a frame may."""
        seen_until_s = min(now_s, max(incident.start_s, self._time_s) + self._frame_holds_s)
        _extend(incident, self._time_s, seen_until_s, self._current)
        _extend(incident, seen_until_s, now_s, None)


def incidents_of(states: Sequence[AlertState], frame_holds_s: float) -> list[Incident]:
    """The incidents of a whole drive, in order, as they were at their ends."""
    tracker = IncidentTracker(frame_holds_s)
    incidents = {incident.number: incident for state in states for incident in tracker.update(state)}
    last = tracker.end_drive()
    if last is not None:
        incidents[last.number] = last
    return list(incidents.values())


def _events_of(state: AlertState, number: int) -> list[AlertEvent]:
    return [event for event in state.events if event.incident == number]


def _add_events(incident: _Open, events: Sequence[AlertEvent]) -> None:
    """Of very many, the first half stays, and the last: each stands in the journal by itself, too."""
    incident.events += events
    del incident.events[_MAX_EVENTS // 2 : max(_MAX_EVENTS // 2, len(incident.events) - _MAX_EVENTS // 2)]


def _extend(incident: _Open, start_s: float, end_s: float, activity: Activity | None) -> None:
    if end_s <= start_s:
        return
    incident.seconds[activity] = incident.seconds.get(activity, 0.0) + end_s - start_s
    spans = incident.spans
    if spans and spans[-1].activity is activity:
        start_s = spans.pop().start_s
    spans.append(ActivitySpan(start_s, end_s, activity))
    if len(spans) > _MAX_SPANS:
        _merge_shortest(spans)


def _merge_shortest(spans: list[ActivitySpan]) -> None:
    """Count the shortest span, but for the first and the last, which may go on, to the longer of its neighbours."""
    index = min(range(1, len(spans) - 1), key=lambda at: spans[at].end_s - spans[at].start_s)
    before, after = spans[index - 1], spans[index + 1]
    if before.activity is after.activity:
        spans[index - 1 : index + 2] = [replace(before, end_s=after.end_s)]
    elif before.end_s - before.start_s >= after.end_s - after.start_s:
        spans[index - 1 : index + 1] = [replace(before, end_s=after.start_s)]
    else:
        spans[index : index + 2] = [replace(after, start_s=before.end_s)]
