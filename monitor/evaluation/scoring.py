"""How good the monitor was on a labelled drive, by frame and by event. Pure: labels, predictions and events go in.

**Frames**: the network's prediction for each labelled frame, before any smoothing.

**Events**: label segments of C1–C9 that follow each other with less than the policy's `clear_s` of anything else
between them are one labelled distraction, since the policy has one timer. An alert is *expected* in it when the policy
itself, given ideal predictions (the labels, as certain, at the very times of the drive's frames), raises or escalates
an alert within it, or has one active through it; that covers the phone, the double time of C5 and C9, the speed gate
and the cumulative rule, whatever the settings. It is *detected* when an alert is raised or escalated from its start to
`clear_s` after its end, else *missed*. An alert that is merely active counts only where it was raised in the
distraction before and could not yet have ended: attention takes `clear_s` to end it (`cumulative_clear_s`, where it was
a cumulative warning) and the smoothing's delay to show. One that outlives its distraction by more is *cleared late*. An
alert is *false* when it is raised outside: in no labelled distraction nor within `clear_s` after one; one raised where
nothing is labelled is not scored. The *latency* of a detected distraction is the time from its start to the first alert
in it; its *excess delay* is how much later that is than the policy's alert on ideal predictions, so that the classifier
is evaluated and not the timer.

An incident that takes a standing alert over begins without an alert of its own: it is false in the same places. Seconds
of labelled attention under an alert are counted, too (`monitor.evaluation.attention`): an alert that is no longer
deserved is no false one, and yet a driver who drives well is alerted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from engines.files.labels.drive_labels import SAME_S, DriveLabels
from monitor.alerts.cause import Rule
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.alerts.incidents.incident import Incident
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.attention import NO_ATTENTION, AttentionUnderAlert, attention_under_alert
from monitor.speed.source import SpeedSource, speed_at


@dataclass(frozen=True)
class Alert:
    """One alert from its raising to its clearing.

    Attributes:
        raised_s: when it was raised.
        cleared_s: when it was cleared; None when it was still active at the end.
        tier: the highest tier that it reached.
        activity: what it named when it reached that tier.
        reason: why it reached that tier, as in `monitor.alerts.events.Reason`.
        events: everything from raising to clearing.
    """

    raised_s: float
    cleared_s: float | None
    tier: Tier
    activity: Activity | None
    reason: str
    events: tuple[AlertEvent, ...]

    def is_active_at(self, time_s: float) -> bool:
        """Whether it was active at a time."""
        return self.raised_s <= time_s and (self.cleared_s is None or self.cleared_s > time_s)

    def outlives_s(self, settings: AlertSettings) -> float:
        """Seconds for which it may be active after the distraction that it is about."""
        cumulative = any(event.reason is Reason.CUMULATIVE for event in self.events)
        return settings.exit_delay_s + (settings.cumulative_clear_s if cumulative else settings.clear_s)

    def as_dict(self) -> dict[str, object]:
        """For JSON files."""
        return {
            "raised_s": round(self.raised_s, 3),
            "cleared_s": None if self.cleared_s is None else round(self.cleared_s, 3),
            "tier": self.tier.code,
            "activity": self.activity.code if self.activity is not None else None,
            "reason": self.reason,
            "events": [event.as_dict() for event in self.events],
        }


def alerts_of(events: Sequence[AlertEvent]) -> list[Alert]:
    """Put the policy's events together to alerts; health events are left out."""
    alerts: list[Alert] = []
    active: list[AlertEvent] = []
    for event in events:
        if event.kind in (EventKind.FAULT, EventKind.RECOVERED):
            continue
        active.append(event)
        if event.kind is EventKind.CLEARED:
            alerts.append(_alert(active, event.time_s))
            active = []
    if active:
        alerts.append(_alert(active, None))
    return alerts


def shown_spans(alerts: Sequence[Alert]) -> list[tuple[float, float]]:
    """When the driver was shown an alert; what was acknowledged or snoozed is cleared, and hidden from then on."""
    return [(alert.raised_s, math.inf if alert.cleared_s is None else alert.cleared_s) for alert in alerts]


def _alert(events: list[AlertEvent], cleared_s: float | None) -> Alert:
    highest = max(events, key=lambda event: event.tier)
    reason = highest.reason.value if highest.reason is not None else ""
    return Alert(
        events[0].time_s,
        cleared_s,
        highest.tier,
        highest.activity,
        reason,
        tuple(events),
    )


@dataclass(frozen=True)
class Distraction:
    """A labelled distraction and what the monitor made of it.

    Attributes:
        start_s, end_s: where it lies in the drive.
        activities: what it consists of, in order.
        ideal_alert_s: when the policy alerts on ideal predictions; None when the distraction is too short.
        alerted_s: when an alert was first raised or escalated in it, or its start where one was rightly still active;
            None when it was not detected.
        under_alert: whether one alert was active all through it, from whenever on.
    """

    start_s: float
    end_s: float
    activities: tuple[Activity, ...]
    ideal_alert_s: float | None
    alerted_s: float | None
    under_alert: bool = False

    @property
    def alert_expected(self) -> bool:
        """Whether the policy is to alert in it."""
        return self.ideal_alert_s is not None

    @property
    def latency_s(self) -> float | None:
        """Seconds from its start to the first alert; None without one."""
        return None if self.alerted_s is None else self.alerted_s - self.start_s

    @property
    def excess_delay_s(self) -> float | None:
        """Seconds from the alert on ideal predictions to the first alert; negative for one that was earlier."""
        return None if self.alerted_s is None or self.ideal_alert_s is None else self.alerted_s - self.ideal_alert_s

    def as_dict(self) -> dict[str, object]:
        """For JSON files."""
        return {
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "activities": [activity.code for activity in self.activities],
            "alert_expected": self.alert_expected,
            "detected": self.alerted_s is not None,
            "ideal_alert_s": None if self.ideal_alert_s is None else round(self.ideal_alert_s, 3),
            "alerted_s": None if self.alerted_s is None else round(self.alerted_s, 3),
            "latency_s": None if self.latency_s is None else round(self.latency_s, 3),
            "excess_delay_s": None if self.excess_delay_s is None else round(self.excess_delay_s, 3),
        }


@dataclass(frozen=True)
class EventScore:
    """The event metrics of one drive or of several.

    Attributes:
        distractions: every labelled distraction, the short ones included.
        false: alerts raised, and incidents begun, outside of every labelled distraction.
        unscored: those where nothing is labelled.
        cleared_late: alerts of labelled distractions that were active long after them.
        labelled_s: seconds of labelled driving that were classified, attentive or not.
        attentive_s: those of C0.
        attention: those of C0 under an alert.
    """

    distractions: tuple[Distraction, ...]
    false: tuple[Alert, ...]
    unscored: tuple[Alert, ...] = ()
    cleared_late: tuple[Alert, ...] = ()
    labelled_s: float = 0.0
    attentive_s: float = 0.0
    attention: AttentionUnderAlert = NO_ATTENTION

    @property
    def expected(self) -> list[Distraction]:
        """The distractions in which an alert is expected."""
        return [distraction for distraction in self.distractions if distraction.alert_expected]

    @property
    def detected(self) -> int:
        """How many of those were alerted."""
        return sum(distraction.alerted_s is not None for distraction in self.expected)

    @property
    def missed(self) -> list[Distraction]:
        """Those that were not."""
        return [distraction for distraction in self.expected if distraction.alerted_s is None]

    @property
    def missed_under_alert(self) -> list[Distraction]:
        """Those missed because an alert from before was active all through them: the driver was warned, too long."""
        return [distraction for distraction in self.missed if distraction.under_alert]

    @property
    def latencies_s(self) -> list[float]:
        """Of the detected distractions."""
        return [item.latency_s for item in self.expected if item.latency_s is not None]

    @property
    def excess_delays_s(self) -> list[float]:
        """Of the detected distractions."""
        return [item.excess_delay_s for item in self.expected if item.excess_delay_s is not None]

    @property
    def false_per_hour(self) -> float | None:
        """False alerts in an hour of labelled driving; None without any."""
        return len(self.false) * 3600.0 / self.labelled_s if self.labelled_s > 0.0 else None

    @property
    def beyond_clearing_per_hour(self) -> float | None:
        """Seconds of attention under an alert beyond the clearing time, in an hour of labelled driving."""
        return self.attention.beyond_clearing_s * 3600.0 / self.labelled_s if self.labelled_s > 0.0 else None

    @property
    def beyond_clearing_percent(self) -> float | None:
        """The same, of labelled attention."""
        return 100.0 * self.attention.beyond_clearing_s / self.attentive_s if self.attentive_s > 0.0 else None

    @property
    def headline(self) -> str:
        """One line for people: what comes first, in the order of every report."""
        expected, false, short = len(self.expected), len(self.false), len(self.distractions) - len(self.expected)
        attention = f"attention under an alert beyond the clearing time: {self.attention.beyond_clearing_s:.1f} s"
        if self.beyond_clearing_per_hour is not None and self.beyond_clearing_percent is not None:
            attention += (
                f" ({self.beyond_clearing_per_hour:.0f} s an hour, {self.beyond_clearing_percent:.1f} % of attention;"
                f" {self.attention.total_s:.1f} s in all)"
            )
        detected = f"detected: {self.detected} of {expected} labelled distractions"
        detected += f" ({short} more too short for the policy)" if short else ""
        return f"{detected} · missed: {len(self.missed)} · false: {false} · {attention}"

    @classmethod
    def of(cls, scores: Sequence[EventScore]) -> EventScore:
        """Several drives as one."""
        return cls(
            distractions=tuple(distraction for score in scores for distraction in score.distractions),
            false=tuple(alert for score in scores for alert in score.false),
            unscored=tuple(alert for score in scores for alert in score.unscored),
            cleared_late=tuple(alert for score in scores for alert in score.cleared_late),
            labelled_s=sum(score.labelled_s for score in scores),
            attentive_s=sum(score.attentive_s for score in scores),
            attention=AttentionUnderAlert(
                sum(score.attention.total_s for score in scores),
                sum(score.attention.beyond_clearing_s for score in scores),
            ),
        )

    def as_dict(self) -> dict[str, object]:
        """For JSON files: counts of alerts and distractions of each kind, latencies, and each distraction."""
        return {
            "detected": self.detected,
            "missed": len(self.missed),
            "missed_under_alert": len(self.missed_under_alert),
            "false": len(self.false),
            "cleared_late": len(self.cleared_late),
            "too_short": len(self.distractions) - len(self.expected),
            "unscored": len(self.unscored),
            "labelled_s": round(self.labelled_s, 3),
            "attentive_s": round(self.attentive_s, 3),
            "false_per_hour": None if self.false_per_hour is None else round(self.false_per_hour, 3),
            "attention_under_alert_s": round(self.attention.total_s, 3),
            "attention_beyond_clearing_s": round(self.attention.beyond_clearing_s, 3),
            "attention_beyond_clearing_s_per_hour": _rounded(self.beyond_clearing_per_hour),
            "attention_beyond_clearing_percent": _rounded(self.beyond_clearing_percent),
            "latency_s": _statistics(self.latencies_s),
            "excess_delay_s": _statistics(self.excess_delays_s),
            "items": [distraction.as_dict() for distraction in self.distractions],
        }


def _statistics(seconds: Sequence[float]) -> dict[str, float] | None:
    if not seconds:
        return None
    return {
        "mean": round(float(np.mean(seconds)), 3),
        "median": round(float(np.median(seconds)), 3),
        "max": round(max(seconds), 3),
    }


def frame_durations_s(times_s: Sequence[float], max_s: float) -> NDArray[np.float64]:
    """Seconds for which each of N frames holds: until the next, `max_s` at most; the last as long as they usually do.

    Args:
        times_s: of the N frames.
        most_s: after that nobody knows.

    Returns:
        (N,) seconds.
    """
    if len(times_s) < 2:
        return np.zeros(len(times_s))
    steps = np.diff(np.asarray(times_s, dtype=np.float64))
    return np.minimum(np.append(steps, np.median(steps)), max_s)


def score_events(
    labels: DriveLabels,
    events: Sequence[AlertEvent],
    times_s: Sequence[float],
    settings: AlertSettings,
    speed_kmh: SpeedSource | float | None = None,
    incidents: Sequence[Incident] = (),
) -> EventScore:
    """Compare the events of a drive with its labels, as the module's docstring says.

    Args:
        labels: what the driver did.
        events: of the policy.
        times_s: the times of the frames that the policy saw; what comes after the last one is not scored.
        settings: the policy's.
        speed_kmh: the speed that the policy was given.
        incidents: of those events.
    """
    alerts = alerts_of(events)
    grace_s = settings.clear_s
    until_s = times_s[-1] if times_s else 0.0
    ideal = alerts_of(_ideal_events(labels, times_s, settings, speed_kmh))
    distractions: list[Distraction] = []
    spans: list[tuple[float, float]] = []
    for start_s, end_s, activities in _distractions(labels, settings.clear_s):
        if start_s > until_s:
            break
        ideal_alert_s = _alerted(ideal, start_s, end_s, spans, settings)
        if ideal_alert_s == start_s and end_s - start_s < _shortest_s(activities, settings):
            # An alert left over from the distraction before does not make a glance long.
            ideal_alert_s = None
        alerted_s = _alerted(alerts, start_s, end_s + grace_s, spans, settings)
        spans.append((start_s, end_s + grace_s))
        under_alert = any(alert.is_active_at(start_s) and alert.is_active_at(end_s) for alert in alerts)
        distractions.append(Distraction(start_s, end_s, activities, ideal_alert_s, alerted_s, under_alert))
    begun = [*alerts, *_taken_over(incidents)]
    outside = [a for a in begun if not any(_within(a.raised_s, *span) for span in spans)]
    unlabelled = [alert for alert in outside if labels.activity_at(alert.raised_s) is None]
    false = [alert for alert in outside if labels.activity_at(alert.raised_s) is not None]
    inside = [alert for alert in alerts if alert not in outside]
    ends_s = [(start_s, end_s - grace_s) for start_s, end_s in spans]
    cleared_late = [alert for alert in inside if _is_cleared_late(alert, ends_s, labels, times_s, settings)]
    lengths_s = frame_durations_s(times_s, settings.frame_holds_s)
    shown = shown_spans(alerts)
    activities_at = [labels.activity_at(time_s) for time_s in times_s]
    labelled = np.array([activity is not None for activity in activities_at], dtype=bool)
    attentive = np.array([activity is Activity.SAFE_DRIVING for activity in activities_at], dtype=bool)
    return EventScore(
        tuple(distractions),
        tuple(false),
        tuple(unlabelled),
        tuple(cleared_late),
        float(lengths_s[labelled].sum()),
        float(lengths_s[attentive].sum()),
        attention_under_alert(labels, times_s, lengths_s.tolist(), shown, settings.clear_s),
    )


def _taken_over(incidents: Sequence[Incident]) -> list[Alert]:
    """The incidents that took a standing alert over, as alerts of their own; what was never shown is none."""
    return [
        Alert(
            incident.start_s,
            incident.end_s,
            incident.tier,
            incident.activity,
            "" if incident.reason is None else incident.reason.value,
            incident.events,
        )
        for incident in incidents
        if incident.cause.rule is not Rule.SNOOZED
        # One that raised an alert itself is among the alerts.
        and not any(event.kind is EventKind.RAISED for event in incident.events)
    ]


def _alerted(
    alerts: Sequence[Alert],
    start_s: float,
    end_s: float,
    before: Sequence[tuple[float, float]],
    settings: AlertSettings,
) -> float | None:
    """When the driver was first alerted in a distraction.

    `before` are the spans of the distractions before it, up to `clear_s` after their ends.
    """
    for alert in alerts:
        # One that was active through several in a row may have been raised in any of them.
        raised_rightly = any(_within(alert.raised_s, *span) for span in before)
        if raised_rightly and alert.is_active_at(start_s):
            since_end_s = start_s - (before[-1][1] - settings.clear_s)
            if since_end_s < alert.outlives_s(settings):
                return start_s
    times = [event.time_s for alert in alerts for event in alert.events if event.is_alert]
    return min((max(time_s, start_s) for time_s in times if _within(time_s, start_s, end_s)), default=None)


def _within(time_s: float, start_s: float, end_s: float) -> bool:
    """Whether an alert falls into a span, ends included; times of frames and labels may be rounded differently."""
    return start_s - SAME_S <= time_s <= end_s + SAME_S


def _shortest_s(activities: Sequence[Activity], settings: AlertSettings) -> float:
    """Seconds that a distraction by itself must last to be alerted."""
    return max(settings.entry_delay_s, min(settings.caution_after_s(activity) for activity in activities))


def _is_cleared_late(
    alert: Alert,
    spans: Sequence[tuple[float, float]],
    labels: DriveLabels,
    times_s: Sequence[float],
    settings: AlertSettings,
) -> bool:
    """Whether an alert is active for longer than attention takes to end it."""
    max_s = alert.outlives_s(settings) + _two_frames_s(times_s)
    end_s = alert.raised_s
    for first_s, last_s in spans:
        if first_s <= end_s + max_s and last_s > end_s:
            end_s = last_s
    active_until_s = times_s[-1] if alert.cleared_s is None else alert.cleared_s
    # Where nothing is labelled nobody knows what the driver did.
    return active_until_s > end_s + max_s and labels.activity_at(end_s + max_s) is not None


def _two_frames_s(times_s: Sequence[float]) -> float:
    """The time of two frames, as they usually follow each other: what anything needs to show."""
    return 2.0 * float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0


def _distractions(labels: DriveLabels, clear_s: float) -> list[tuple[float, float, tuple[Activity, ...]]]:
    """Labelled distractions: segments that no attention of `clear_s` separates are one."""
    found: list[tuple[float, float, tuple[Activity, ...]]] = []
    for segment in labels.segments:
        if not segment.activity.is_distraction:
            continue
        if found and segment.start_s - found[-1][1] < clear_s:
            start_s, _, activities = found.pop()
            found.append((start_s, segment.end_s, (*activities, segment.activity)))
        else:
            found.append((segment.start_s, segment.end_s, (segment.activity,)))
    return found


def _ideal_events(
    labels: DriveLabels,
    times_s: Sequence[float],
    settings: AlertSettings,
    speed_kmh: SpeedSource | float | None,
) -> list[AlertEvent]:
    """The policy's events if every labelled frame were classified correctly and with certainty."""
    policy = AlertPolicy(settings)
    events: list[AlertEvent] = []
    certain = np.eye(len(Activity))
    for time_s in times_s:
        activity = labels.activity_at(time_s)
        state = policy.update(time_s, None if activity is None else certain[activity], speed_at(speed_kmh, time_s))
        events.extend(state.events)
    return events


@dataclass(frozen=True, eq=False)
class FrameScore:
    """The frame metrics of one drive or of several.

    Attributes:
        confusion: (10, 10) int64 counts of frames, labels in rows, predictions in columns.
        log_loss: mean negative log probability of the label; NaN without scored frames.
        unscored: frames without a label.
    """

    confusion: NDArray[np.int64]
    log_loss: float
    unscored: int

    @property
    def scored(self) -> int:
        """Labelled frames."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float | None:
        """Fraction of the labelled frames that are classified correctly; None without any."""
        return float(self.confusion.trace()) / self.scored if self.scored else None

    @classmethod
    def of(cls, scores: Sequence[FrameScore]) -> FrameScore:
        """Several drives, at least one, as one."""
        confusion: NDArray[np.int64] = np.stack([score.confusion for score in scores]).sum(axis=0)
        weighted = [score.log_loss * score.scored for score in scores if score.scored]
        log_loss = sum(weighted) / int(confusion.sum()) if weighted else math.nan
        return cls(confusion, log_loss, sum(score.unscored for score in scores))

    def per_class(self) -> dict[Activity, dict[str, float | None]]:
        """Activity → precision, recall, f1 (None where undefined), and counts of labelled and predicted frames."""
        table: dict[Activity, dict[str, float | None]] = {}
        for activity in Activity:
            hits = int(self.confusion[activity, activity])
            count, predicted = int(self.confusion[activity].sum()), int(self.confusion[:, activity].sum())
            table[activity] = {
                "precision": hits / predicted if predicted else None,
                "recall": hits / count if count else None,
                "f1": 2.0 * hits / (count + predicted) if count + predicted else None,
                "count": count,
                "predicted": predicted,
            }
        return table

    def as_dict(self) -> dict[str, object]:
        """For JSON files."""
        return {
            "accuracy": _rounded(self.accuracy),
            "log_loss": None if math.isnan(self.log_loss) else round(self.log_loss, 4),
            "scored": self.scored,
            "unscored": self.unscored,
            "per_class": {
                activity.code: {name: _rounded(value) for name, value in row.items()}
                for activity, row in self.per_class().items()
            },
            "confusion": self.confusion.tolist(),
        }


def _rounded(value: float | None) -> float | None:
    return round(value, 4) if isinstance(value, float) else value


def score_frames(labels: Sequence[Activity | None], probabilities: NDArray[np.float32]) -> FrameScore:
    """Compare (N, 10) probabilities with the N labels; frames whose label is None are not scored."""
    confusion = np.zeros((len(Activity), len(Activity)), dtype=np.int64)
    losses = []
    for activity, row in zip(labels, probabilities, strict=True):
        if activity is None:
            continue
        confusion[activity, int(row.argmax())] += 1
        losses.append(-math.log(max(float(row[activity]), 1e-7)))
    log_loss = float(np.mean(losses)) if losses else math.nan
    return FrameScore(confusion, log_loss, len(labels) - len(losses))
