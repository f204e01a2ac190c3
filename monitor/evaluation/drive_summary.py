"""A drive summed up: its length, its incidents, for how long an alert was shown, and what was not seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engines.activities import Activity
from engines.errors import UserError
from engines.notice import NoticeText
from monitor.alerts.cause import finite
from monitor.alerts.events import AlertState, Attention, EventKind, Tier
from monitor.alerts.incidents.incident import Incident
from monitor.alerts.settings import SpeedBand
from monitor.health.camera_health import Health

_MAX_KINDS = 4
"""Of incidents, that a line names."""


@dataclass(frozen=True)
class IncidentCount:
    """How many incidents reached a tier at their peak and were about an activity."""

    tier: Tier
    activity: Activity | None
    count: int


@dataclass(frozen=True)
class DriveSummary:
    """A drive in figures; seconds are those of the source.

    Attributes:
        length_s: from its first frame to its last.
        incidents: by tier at their peak and activity, the worst and then the most frequent first.
        under_alert_s: while an alert was shown.
        not_assessed_s: while nobody could say what the driver did.
        fault_s: of these, seconds of each fault of camera or model.
        faults: how many there were.
        below_gate_s: while the car was too slow for alerts.
        alerts_off_s: while alerts were off, which count for nothing else but the length.
    """

    length_s: float = 0.0
    incidents: tuple[IncidentCount, ...] = ()
    under_alert_s: float = 0.0
    not_assessed_s: float = 0.0
    fault_s: Mapping[Health, float] = field(default_factory=dict)
    faults: int = 0
    below_gate_s: float = 0.0
    alerts_off_s: float = 0.0

    @property
    def incident_count(self) -> int:
        """How many there were."""
        return sum(each.count for each in self.incidents)

    @property
    def worst(self) -> Tier:
        """The highest tier that was reached."""
        return max((each.tier for each in self.incidents), default=Tier.NONE)

    def headline(self) -> NoticeText:
        """Short, however many incidents there were: how many of each tier; of a single kind also what it was about."""
        if not self.incidents:
            return NoticeText("No incident")
        counts = Counter[Tier]()
        for each in self.incidents:
            counts[each.tier] += each.count
        text: NoticeText | None = None
        for tier, count in sorted(counts.items(), reverse=True):
            part = NoticeText("{count} × {tier}", count=count, tier=NoticeText(tier.name.capitalize()))
            text = part if text is None else NoticeText("{first}, {rest}", first=text, rest=part)
        assert text is not None
        (activity, *others) = (each.activity for each in self.incidents)
        if activity is None or others:
            return text
        return NoticeText("{first}: {rest}", first=text, rest=NoticeText(activity.title))

    def lines(self) -> list[NoticeText]:
        """For people: incidents, seconds under alert, and what was not seen; one line each."""
        lines = [self._incident_line(), self._alert_line(), self._unseen_line()]
        if self.below_gate_s >= 0.05:
            lines.append(NoticeText("too slow for alerts: {seconds:.1f} s", seconds=self.below_gate_s))
        if self.alerts_off_s >= 0.05:
            lines.append(NoticeText("alerts were off: {seconds:.1f} s", seconds=self.alerts_off_s))
        return lines

    def _incident_line(self) -> NoticeText:
        if not self.incidents:
            return NoticeText("no incident")
        parts: NoticeText | None = None
        for each in self.incidents[:_MAX_KINDS]:
            part = NoticeText(
                "{count} × {tier} {activity}",
                count=each.count,
                tier=NoticeText(each.tier.name.capitalize()),
                activity="?"
                if each.activity is None
                else NoticeText("{label} {title}", label=each.activity.label, title=NoticeText(each.activity.title)),
            )
            parts = part if parts is None else NoticeText("{first}; {rest}", first=parts, rest=part)
        assert parts is not None
        others = sum(each.count for each in self.incidents[_MAX_KINDS:])
        if others:
            parts = NoticeText("{first}; others: {count}", first=parts, count=others)
        return NoticeText("incidents: {incidents}", incidents=parts)

    def _alert_line(self) -> NoticeText:
        percent = 100.0 * self.under_alert_s / self.length_s if self.length_s > 0.0 else 0.0
        return NoticeText(
            "under an alert: {seconds:.1f} s ({percent:.1f} %)", seconds=self.under_alert_s, percent=percent
        )

    def _unseen_line(self) -> NoticeText:
        if self.not_assessed_s < 0.05:
            return NoticeText("the driver was assessed all the time")
        line = NoticeText("not assessed: {seconds:.1f} s", seconds=self.not_assessed_s)
        for health, seconds in sorted(self.fault_s.items(), key=lambda item: -item[1]):
            line = NoticeText(
                "{first}, {rest}",
                first=line,
                rest=NoticeText(
                    "{fault} {seconds:.1f} s", fault=NoticeText(health.name.replace("_", " ").lower()), seconds=seconds
                ),
            )
        return line

    def as_dict(self) -> dict[str, object]:
        """For JSON files."""
        return {
            "length_s": round(self.length_s, 3),
            "incidents": [
                {
                    "tier": each.tier.code,
                    "activity": None if each.activity is None else each.activity.code,
                    "count": each.count,
                }
                for each in self.incidents
            ],
            "under_alert_s": round(self.under_alert_s, 3),
            "not_assessed_s": round(self.not_assessed_s, 3),
            "fault_s": {health.value: round(seconds, 3) for health, seconds in self.fault_s.items()},
            "faults": self.faults,
            "below_gate_s": round(self.below_gate_s, 3),
            "alerts_off_s": round(self.alerts_off_s, 3),
        }

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> DriveSummary:
        """As `as_dict` wrote it; keys that are not known are left aside. Raises `UserError` for something else."""
        try:
            return cls(
                length_s=finite(row["length_s"]),
                incidents=tuple(
                    IncidentCount(
                        Tier.of(each["tier"]),
                        None if each["activity"] is None else Activity.parse(each["activity"]),
                        _count(each["count"]),
                    )
                    for each in row["incidents"]
                ),
                under_alert_s=finite(row["under_alert_s"]),
                not_assessed_s=finite(row["not_assessed_s"]),
                fault_s={Health(value): finite(seconds) for value, seconds in row["fault_s"].items()},
                faults=_count(row["faults"]),
                below_gate_s=finite(row["below_gate_s"]),
                alerts_off_s=finite(row["alerts_off_s"]),
            )
        except KeyError as error:
            raise UserError(f"this is no summary of a drive: {error} is missing") from error
        except (TypeError, ValueError, AttributeError, UserError) as error:
            raise UserError(f"this is no summary of a drive: {error}") from error


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


class SummaryTally:
    """Sums a drive up, state by state."""

    def __init__(self, frame_holds_s: float) -> None:
        """What a frame shows holds until the next one, for `frame_holds_s` at most."""
        self._frame_holds_s = frame_holds_s
        self._counts: Counter[tuple[Tier, Activity | None]] = Counter()
        self._fault_s: dict[Health, float] = {}
        self._length_s = self._under_alert_s = self._not_assessed_s = 0.0
        self._below_gate_s = self._alerts_off_s = 0.0
        self._faults = 0
        self._last: tuple[AlertState, bool] | None = None

    def add(self, state: AlertState, *, armed: bool = True) -> None:
        """Take the state after a frame in; not `armed` while alerts are off."""
        if self._last is not None and state.time_s > self._last[0].time_s:
            self._pass(state.time_s - self._last[0].time_s, *self._last)
        if armed:
            self._faults += sum(event.kind is EventKind.FAULT for event in state.events)
        self._last = (state, armed)

    def add_incident(self, incident: Incident) -> None:
        """Count an incident that has ended."""
        self._counts[incident.tier, incident.activity] += 1

    def _pass(self, seconds: float, state: AlertState, armed: bool) -> None:
        """What a state said has held for some seconds."""
        self._length_s += seconds
        if not armed:
            self._alerts_off_s += seconds
            return
        held_s = min(seconds, self._frame_holds_s)
        if state.tier is not Tier.NONE:
            self._under_alert_s += seconds
        if state.band is SpeedBand.BELOW_GATE:
            self._below_gate_s += seconds
        # A moment of doubt, as between two activities, is none; one that lasts is a fault.
        blind = state.health is not Health.OK or state.attention is Attention.UNKNOWN
        # Between frames that are too far apart nobody knows, either.
        self._not_assessed_s += seconds if blind else seconds - held_s
        if state.health is not Health.OK:
            self._fault_s[state.health] = self._fault_s.get(state.health, 0.0) + seconds

    def summary(self) -> DriveSummary:
        """Until now."""
        counts = sorted(self._counts.items(), key=lambda item: (-item[0][0], -item[1], item[0][1] or 0))
        return DriveSummary(
            length_s=self._length_s,
            incidents=tuple(IncidentCount(tier, activity, count) for (tier, activity), count in counts),
            under_alert_s=self._under_alert_s,
            not_assessed_s=self._not_assessed_s,
            fault_s=dict(self._fault_s),
            faults=self._faults,
            below_gate_s=self._below_gate_s,
            alerts_off_s=self._alerts_off_s,
        )


def summarise(states: Iterable[AlertState], incidents: Iterable[Incident], frame_holds_s: float) -> DriveSummary:
    """The summary of a whole drive."""
    tally = SummaryTally(frame_holds_s)
    for state in states:
        tally.add(state)
    for incident in incidents:
        tally.add_incident(incident)
    return tally.summary()
