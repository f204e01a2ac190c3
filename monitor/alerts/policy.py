"""When to alert the driver: one distraction timer, three tiers. Pure and clock-free.

Each update takes the class probabilities of one frame and its time; the state of one frame holds until the next.

How the times fit together: while the driver is distracted the timer runs. A return to C0 (or an unsure frame) of up to
`bridge_s` counts as distraction, as if it had not been; one that is longer but shorter than `clear_s` only stops the
timer; `clear_s` of C0 on end resets it and ends the alert, and `cumulative_clear_s` also empties the cumulative window.
On end means that what is unsure for longer than `bridge_s` starts the attention over. An unsure or missing prediction
stops everything for up to `unsure_hold_s`; then the episode is dropped, and the health shows it.

The times are those of the driver, not of the smoothing (see `monitor.alerts.driver_state`): for a network that is
right, a caution at `caution_s` and the end of an alert after `clear_s`, within a frame.

A critical alert is latched: it stays until there is attention (`AlertPolicy._pass_time`). Below the speed gate the
timer stands still and nothing is shown, but nothing counts as attention either: with the gate open again the alert is
back. A journey ends, and with it everything that was remembered of its driver, after `journey_ends_s` below the gate,
or `journey_ends_without_speed_s` without a speed signal, in which no driver could be seen.

The driver may acknowledge an alert: what stands is hidden, until it rises to another tier or a new incident begins (see
`monitor.alerts.incidents.standing`), and the cumulative rule counts from then on. To snooze it also keeps the weaker
alerts about its activity away for the journey. The timer runs on beneath both, and neither silences a critical alert.

A camera fault is shown, and takes no prediction away: frames that show nothing come without one.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from engines.activities import Activity
from monitor.alerts.cause import Cause, Rule
from monitor.alerts.driver_state import DriverState
from monitor.alerts.events import AlertEvent, AlertState, Attention, EndedIncident, EventKind, Reason, Tier
from monitor.alerts.incidents.standing import StandingIncident
from monitor.alerts.settings import LOW_RISK, AlertSettings, SpeedBand
from monitor.alerts.timer import EPSILON, CumulativeWindow, Timer, leading
from monitor.health.camera_health import Health
from monitor.health.fault_window import OVER_S, FaultWindow

_RULES = {Reason.ACKNOWLEDGED: Rule.ACKNOWLEDGED, Reason.SNOOZED: Rule.SNOOZED, Reason.CLOCK: Rule.CLOCK}
"""Reasons that are their own rule, without a number."""


class AlertPolicy:
    """Turns a stream of class probabilities into alerts. Not for more than one thread."""

    def __init__(self, settings: AlertSettings | None = None) -> None:
        self.settings = settings or AlertSettings()
        self._acknowledge_up_to = Tier[self.settings.acknowledge_up_to.upper()]
        self._snooze_up_to = Tier[self.settings.snooze_up_to.upper()]
        self._request: Reason | None
        self.reset()

    def acknowledge(self) -> None:
        """The driver has seen the active alert: with the next frame it is hidden, as the settings allow."""
        self._request = Reason.ACKNOWLEDGED

    def snooze(self) -> None:
        """As `acknowledge`, and no more such alerts about its activity on this journey, as the settings allow."""
        self._request = Reason.SNOOZED

    def end_snooze(self) -> None:
        """Take every snooze back: from the next frame on these activities alert again, what is acknowledged aside."""
        self._end_snooze = True
        if self._request is Reason.SNOOZED:
            self._request = Reason.ACKNOWLEDGED

    def reset(self) -> None:
        """Forget everything, an active alert and what was snoozed included: another driver, another journey."""
        self._driver = DriverState(self.settings)
        self._timer = Timer()
        self._window = CumulativeWindow(self.settings.cumulative_window_s, self.settings.mild_weight)
        # Frames that show a phone by themselves while no alert is shown. A phone in pieces too short for the smoothed
        # probabilities adds up here alone, and no attention between them makes it forgotten.
        self._unalerted_phone = CumulativeWindow(self.settings.cumulative_window_s, 1.0)
        self._too_often = False
        self._incident: StandingIncident | None = None
        self._incidents = 0
        self._ended: list[EndedIncident] = []
        self._attended = False
        self._time_s: float | None = None
        self._speed_kmh: float | None = None
        self._band: SpeedBand | None = None
        self._request = None
        self._end_snooze = False
        self._snoozed: frozenset[Activity] = frozenset()
        # What is active, whether or not the driver has had it hidden, and as what it is hidden.
        self._active = Tier.NONE
        self._about: Activity | None = None
        self._hidden: Reason | None = None
        # What is shown.
        self._tier = Tier.NONE
        self._activity: Activity | None = None
        self._reason: Reason | None = None
        self._health = Health.OK
        self._fault: Health | None = None
        # Unsure and missing predictions that come and go, and what the latest of them is called.
        self._unsure, self._unsure_as = FaultWindow(), Health.UNSURE
        self._no_driver_s, self._was_slow = 0.0, False
        self._since_warning_s = 0.0
        self._distracted_s = 0.0
        self._gaps = 0

    def _restart_window(self, now_s: float) -> None:
        """The cumulative rule counts from now on."""
        self._window.restart(now_s)
        self._unalerted_phone.restart(now_s)
        self._too_often = False

    def update(
        self,
        time_s: float,
        probabilities: ArrayLike | None,
        speed_kmh: float | None = None,
        fault: Health | None = None,
    ) -> AlertState:
        """Take one frame into account.

        Args:
            time_s: monotonic seconds of the frame. A step back of more than `frame_holds_s` starts the policy again; a
                smaller one counts as no time.
            probabilities: (10,) class probabilities in the order of `Activity`; None when there is no prediction. Not
                finite ones count as none.
            speed_kmh: the car's speed; None when there is no signal, which counts as fast.
            fault: what the camera's health is, to be shown.

        Raises:
            ValueError: for a time that is not finite, or for probabilities of another shape.
        """
        if not math.isfinite(time_s):
            raise ValueError(f"the time of a frame is finite, not {time_s}")
        events: list[AlertEvent] = []
        self._ended = []
        if self._time_s is not None and time_s < self._time_s - self.settings.frame_holds_s:
            self._restart(time_s, events)
        elapsed_s = 0.0 if self._time_s is None else max(0.0, time_s - self._time_s)
        now_s = time_s if self._time_s is None else max(time_s, self._time_s)
        self._time_s = now_s

        # What the last frame showed has lasted until now, at the speed of then.
        known = elapsed_s <= self.settings.frame_holds_s + EPSILON
        self._gaps = 0 if known else self._gaps + 1
        if not known:
            self._driver.forget_frame()
        ended = self._end_journey(now_s, elapsed_s, known)
        cleared = self._pass_time(now_s, elapsed_s, known)
        self._show(now_s, Reason.JOURNEY_ENDED if ended else cleared, events)
        self._apply_request(now_s, events)
        self._speed_kmh = None if speed_kmh is None or math.isnan(speed_kmh) else speed_kmh
        self._band = self.settings.band_at(speed_kmh, self._band)
        fault = None if fault is Health.OK else fault
        latest = None if probabilities is None else np.asarray(probabilities, dtype=np.float64)
        if latest is not None and latest.shape != (len(Activity),):
            raise ValueError(f"probabilities have shape ({len(Activity)},), not {latest.shape}")
        if latest is not None and not np.isfinite(latest).all():
            latest = None
        before = self._driver.attention
        self._driver.update(now_s, elapsed_s, known, latest)
        if self._driver.is_distracted:
            self._resume_timer(now_s, elapsed_s, before)
        self._raise_tiers()
        self._begin_incident_if_another()
        self._show(now_s, None, events)
        self._show_health(now_s, fault, events)
        self._distracted_s = self._timer.total_s
        smoothed = self._driver.probabilities
        return AlertState(
            time_s=now_s,
            tier=self._tier,
            activity=self._activity,
            reason=self._reason,
            attention=self._driver.attention,
            current=self._driver.current,
            distracted_s=self._distracted_s,
            cumulative_s=self._cumulative_s,
            cumulative_window_s=self.settings.cumulative_window_s,
            awareness=self._awareness(),
            probabilities=None if smoothed is None else smoothed.astype(np.float32),
            health=self._health,
            speed_kmh=self._speed_kmh,
            band=self._band,
            snoozed=self._snoozed,
            incident=None if self._incident is None else self._incident.number,
            events=tuple(events),
            standing=self._active,
            about=self._about,
            hidden=self._hidden,
            ended=tuple(self._ended),
        )

    def _restart(self, time_s: float, events: list[AlertEvent]) -> None:
        """A recording was rewound: what was active belongs to another time."""
        if self._tier is not Tier.NONE:
            cause = Cause(Rule.CLOCK)
            events.append(self._event(EventKind.CLEARED, time_s, Tier.NONE, self._activity, Reason.CLOCK, cause))
        self._end_incident(Reason.CLOCK)
        health, fault, snoozed = self._health, self._fault, self._snoozed
        incidents, ended = self._incidents, self._ended
        self.reset()
        self._health, self._fault, self._snoozed = health, fault, snoozed
        self._incidents, self._ended = incidents, ended

    def _end_journey(self, now_s: float, elapsed_s: float, known: bool) -> bool:
        """Forget the driver after a long time at a standstill, or without a speed, in which none could be seen."""
        slow, limit_s = self._band is SpeedBand.BELOW_GATE, self.settings.journey_ends_s
        if self._driver.attention not in (Attention.UNSURE, Attention.UNKNOWN) or not (slow or self._speed_kmh is None):
            self._no_driver_s = 0.0
            return False
        if slow is not self._was_slow:
            # Seconds of one rule do not count for the other.
            self._was_slow, self._no_driver_s = slow, 0.0
        if not slow:
            limit_s = self.settings.journey_ends_without_speed_s
            if not known or self._fault in (Health.CAMERA_LOST, Health.STALLED):
                # The car may be driven all the while.
                return False
        self._no_driver_s += elapsed_s
        if self._no_driver_s < limit_s - EPSILON:
            return False
        self._timer, self._snoozed = Timer(), frozenset()
        self._restart_window(now_s)
        return True

    def _apply_request(self, now_s: float, events: list[AlertEvent]) -> None:
        """Hide the active alert if the driver has asked for it and the settings allow it; take snoozes back."""
        if self._end_snooze:
            # Before a new snooze, which was asked for later.
            self._end_snooze, self._snoozed = False, frozenset()
        request, self._request = self._request, None
        if request is None or self._tier is Tier.NONE:
            return
        may_snooze = self._snooze_up_to is not Tier.NONE and not (
            self._activity is not None and self._activity.is_phone
        )
        if request is Reason.SNOOZED and may_snooze and self._activity is not None:
            self._snoozed |= {self._activity}
        if self._tier <= self._acknowledge_up_to:
            self._timer.acknowledged = self._timer.tier
            if self._too_often:
                self._restart_window(now_s)
            self._show(now_s, request, events)

    def _pass_time(self, now_s: float, elapsed_s: float, known: bool) -> Reason | None:
        """Let the time since the last frame pass; why an alert may end now, if it may."""
        driver = self._driver
        driver.pass_time(elapsed_s, known)
        unsure = driver.attention is Attention.UNKNOWN or driver.is_unsure
        # A long hole is one fault by itself: it counts no more than what is over by now.
        self._unsure.pass_time(now_s, min(elapsed_s, OVER_S), faulty=unsure)
        if unsure:
            self._unsure_as = Health.UNSURE if known else Health.SPARSE
        open_gate = self._band is not SpeedBand.BELOW_GATE
        if open_gate and self._shows_phone and self._tier is Tier.NONE and driver.frame_distraction is not None:
            self._unalerted_phone.add(now_s - elapsed_s, now_s, driver.frame_distraction)
        if driver.is_distracted:
            if open_gate and driver.current is not None:
                self._count(now_s - elapsed_s, now_s, driver.current)
            return None
        self._timer.gap_s += elapsed_s
        if driver.is_attentive:
            if driver.attentive_s >= self.settings.cumulative_clear_s - EPSILON:
                self._window.restart(now_s)
                self._too_often = False
            if driver.attentive_s >= self.settings.clear_s - EPSILON:
                self._timer, self._attended = Timer(), True
                self._since_warning_s = 0.0
                return Reason.ATTENTION
            return None
        if driver.attention in (Attention.ATTENTIVE, Attention.DISTRACTED):
            # A wrong frame, or a change: the smoothed probabilities are about to show which.
            return None
        if driver.unsure_s >= self.settings.unsure_hold_s - EPSILON:
            self._too_often = False
            # A critical alert is latched: only attention ends it, never a driver who cannot be seen.
            if self._timer.tier is not Tier.CRITICAL:
                self._timer = Timer()
                self._since_warning_s = 0.0
            return Reason.UNKNOWN
        return None

    def _count(self, start_s: float, end_s: float, activity: Activity) -> None:
        """Put a segment of distraction into the timer and the cumulative window."""
        self._timer.seconds[activity] += end_s - start_s
        if self._incident is not None:
            self._incident.count(activity, end_s - start_s, self._snoozed)
        if self._active >= Tier.WARNING and activity not in LOW_RISK:
            self._since_warning_s += end_s - start_s
        self._window.add(start_s, end_s, activity)

    def _resume_timer(self, now_s: float, elapsed_s: float, before: Attention) -> None:
        """The driver is distracted, now: date it back where it is new, and bridge a short gap."""
        activity, seen_s = self._driver.current, self._timer.gap_s
        assert activity is not None
        if before is not Attention.DISTRACTED:
            seen_s = self._driver.distracted_frames_s(now_s, elapsed_s, max_s=seen_s)
        uncounted_s = self._timer.resume(activity, seen_s, self.settings.bridge_s)
        if uncounted_s > 0.0 and self._band is not SpeedBand.BELOW_GATE:
            self._count(now_s - uncounted_s, now_s, activity)

    def _raise_tiers(self) -> None:
        """Raise the timer's tier where a limit is reached; only a driver who is distracted now is alerted."""
        band = self._band or SpeedBand.FAST
        timer, settings = self._timer, self.settings
        if band is SpeedBand.BELOW_GATE:
            timer.tier = timer.acknowledged = Tier.NONE
            timer.reason, self._too_often = None, False
            self._since_warning_s = 0.0
            return
        if self._shows_phone and self._unalerted_phone_s >= settings.cumulative_s - EPSILON:
            self._too_often = True
        if not self._driver.is_distracted:
            return
        if self._cumulative_s >= settings.cumulative_s - EPSILON:
            self._too_often = True
        phone = timer.is_phone
        strong_s, timer_s = timer.total_s - timer.low_risk_s, self._weighted_s
        due, reason = Tier.NONE, Reason.DISTRACTION
        if strong_s >= settings.critical_after_s(band, phone=phone) - EPSILON or (
            self._active >= Tier.WARNING and self._since_warning_s >= settings.critical_after_warning_s - EPSILON
        ):
            due = Tier.CRITICAL
        elif timer_s >= settings.warning_after_s(band, phone=phone) - EPSILON:
            due = Tier.WARNING
        elif timer_s >= settings.caution_s - EPSILON:
            due = Tier.CAUTION
        elif self._driver.current is not None and self._driver.current.is_phone:
            due, reason = Tier.CAUTION, Reason.PHONE
        if due > timer.tier:
            timer.tier = due
            is_phone = phone if self._incident is None else self._incident.is_phone
            timer.reason = Reason.PHONE if is_phone else reason

    def _begin_incident_if_another(self) -> None:
        """Let another activity than that of the alert that stands begin a new incident, which nobody has hidden."""
        before, activity, timer = self._incident, self._driver.current, self._timer
        if before is None or activity is None or not self._driver.is_distracted:
            return
        if timer.tier is Tier.NONE and not self._too_often:
            return  # with this frame nothing stands any more
        if before.is_settling and not self._attended:
            if activity.is_phone and before.began_with in LOW_RISK:
                before.began_with = activity
            self._reason_of_takeover(before)
            return
        if not before.is_over_for(
            activity,
            tier=max(self._active, timer.tier),
            attended=self._attended,
            hidden=self._tier is Tier.NONE,
            caution_s=self.settings.caution_s,
        ):
            self._attended = False
            return
        self._end_incident(Reason.ANOTHER_ACTIVITY)
        self._incident = self._next_incident(activity)
        hidden = self._tier is Tier.NONE
        self._incident.settles_s = 0.0 if hidden else self.settings.caution_s
        self._incident.unhides = hidden
        timer.acknowledged = Tier.NONE
        self._reason_of_takeover(self._incident)

    def _reason_of_takeover(self, incident: StandingIncident) -> None:
        if self._timer.tier is not Tier.NONE:
            self._timer.reason = Reason.PHONE if incident.began_with.is_phone else Reason.DISTRACTION

    def _next_incident(self, activity: Activity) -> StandingIncident:
        self._incidents, self._attended = self._incidents + 1, False
        return StandingIncident(self._incidents, activity)

    def _end_incident(self, reason: Reason) -> None:
        if self._incident is not None:
            self._ended.append(EndedIncident(self._incident.number, reason))
            self._incident = None

    def _show(self, now_s: float, cleared: Reason | None, events: list[AlertEvent]) -> None:
        """Show the stronger of the timer's tier and the cumulative warning, unless hidden; add what changed."""
        timer, before, activity, reason = self._timer, self._tier, self._activity, self._reason
        number = None if self._incident is None else self._incident.number
        ended = Reason.BELOW_GATE if self._band is SpeedBand.BELOW_GATE else cleared
        cumulative = self._too_often and timer.tier < Tier.WARNING
        due = Tier.WARNING if cumulative else timer.tier
        if self._active < Tier.WARNING <= due:
            self._since_warning_s = 0.0
        self._active = due
        if due is Tier.NONE:
            self._end_incident(ended or Reason.ATTENTION)
        elif self._incident is None:
            self._incident = self._first_incident(cumulative=cumulative)
        self._reason = Reason.CUMULATIVE if cumulative else timer.reason
        incident = self._incident
        self._activity = self._about = None if incident is None else incident.leading(due, self._reason, timer)
        snoozed = self._activity in self._snoozed and due <= self._snooze_up_to
        acknowledged = not cumulative and due <= timer.acknowledged
        self._tier = Tier.NONE if snoozed or acknowledged else due
        self._hidden = None
        if self._tier is not due:
            self._hidden = Reason.SNOOZED if snoozed else Reason.ACKNOWLEDGED
            if incident is not None:
                incident.settles_s = 0.0  # what was hidden covers what it was about then
        if self._tier is Tier.NONE:
            self._activity = self._reason = None
        if self._tier is before:
            return
        if self._tier is Tier.NONE:
            if ended is None and snoozed:
                ended = Reason.SNOOZED
            cause = self._cause_of_end(ended, cumulative=reason is Reason.CUMULATIVE)
            events.append(self._event(EventKind.CLEARED, now_s, Tier.NONE, activity, ended, cause, number))
            return
        if self._tier < before:
            events.append(self._event(EventKind.LOWERED, now_s, self._tier, self._activity, self._reason))
            return
        kind = EventKind.RAISED if before is Tier.NONE else EventKind.ESCALATED
        assert self._incident is not None
        unhidden = self._incident.unhides and not cumulative
        self._incident.unhides = False
        cause = Cause(Rule.ANOTHER_ACTIVITY) if unhidden else self._cause_of_rise()
        self._unalerted_phone.restart(now_s)
        events.append(self._event(kind, now_s, self._tier, self._activity, self._reason, cause))

    def _first_incident(self, *, cumulative: bool) -> StandingIncident:
        """An alert has come and none stood."""
        seconds = self._timer.seconds
        if cumulative:
            assert self._time_s is not None
            window = self._window if self._cumulative_s >= self._unalerted_phone_s else self._unalerted_phone
            seconds = window.seconds(self._time_s)
        latest = self._timer.latest or self._driver.frame_distraction
        began_with = leading(seconds, latest) if cumulative else self._timer.leading
        assert began_with is not None
        incident = self._next_incident(began_with)
        incident.seconds += seconds
        return incident

    def _cause_of_rise(self) -> Cause:
        """The rule behind the tier that is shown."""
        timer, settings = self._timer, self.settings
        if self._reason is Reason.CUMULATIVE:
            return Cause(
                Rule.CUMULATIVE,
                limit_s=settings.cumulative_s,
                measured_s=max(self._cumulative_s, self._unalerted_phone_s),
                window_s=settings.cumulative_window_s,
            )
        # C5 and C9 alone take longer; among others their seconds count less.
        weight = settings.mild_weight if timer.is_low_risk else 1.0
        measured_s = self._weighted_s / weight
        if self._tier is Tier.CAUTION:
            limit_s = settings.caution_s / weight
            if measured_s < limit_s - EPSILON:
                return Cause(Rule.PHONE_AT_ONCE, limit_s=0.0, measured_s=measured_s)
            return Cause(Rule.CAUTION_TIME, limit_s=limit_s, measured_s=measured_s)
        band, phone, rule = self._band or SpeedBand.FAST, timer.is_phone, Rule.WARNING_TIME
        limit_s = settings.warning_after_s(band, phone=phone) / weight
        if self._tier is Tier.CRITICAL:
            # C5 and C9 never lead to a critical alert.
            rule, measured_s = Rule.CRITICAL_TIME, timer.total_s - timer.low_risk_s
            limit_s = settings.critical_after_s(band, phone=phone)
            if measured_s < limit_s - EPSILON:
                return Cause(
                    Rule.CRITICAL_AFTER_WARNING,
                    limit_s=settings.critical_after_warning_s,
                    measured_s=self._since_warning_s,
                )
        return Cause(
            rule,
            limit_s=limit_s,
            measured_s=measured_s,
            band=band,
            speed_known=self._speed_kmh is not None,
            gate_kmh=settings.gate_kmh,
            fast_kmh=settings.fast_kmh,
            phone_earlier_s=settings.phone_earlier_s if phone else None,
        )

    def _cause_of_end(self, reason: Reason | None, *, cumulative: bool) -> Cause | None:
        """The rule behind the end of an alert; `cumulative` where it was one."""
        if reason is Reason.ATTENTION:
            limit_s = self.settings.cumulative_clear_s if cumulative else self.settings.clear_s
            return Cause(Rule.ATTENTION, limit_s=limit_s, measured_s=self._driver.attentive_s)
        if reason is Reason.BELOW_GATE:
            return Cause(Rule.BELOW_GATE, band=SpeedBand.BELOW_GATE, gate_kmh=self.settings.gate_kmh)
        if reason is Reason.JOURNEY_ENDED:
            limit_s = self.settings.journey_ends_without_speed_s
            return Cause(Rule.JOURNEY_ENDED, limit_s=limit_s, measured_s=self._no_driver_s)
        if reason is Reason.UNKNOWN:
            limit_s, measured_s = self.settings.unsure_hold_s, self._driver.unsure_s
            return Cause(Rule.NO_PREDICTION, limit_s=limit_s, measured_s=measured_s)
        return None if reason is None else Cause(_RULES[reason])

    def _show_health(self, now_s: float, fault: Health | None, events: list[AlertEvent]) -> None:
        before, driver = self._health, self._driver
        if fault is not None:
            self._health = fault
        elif self._fault is not None:
            driver.restart_unsure()
            self._unsure = FaultWindow()
            self._health = Health.OK
        elif driver.unsure_s > 0.0 and driver.unsure_s >= self.settings.unsure_hold_s - EPSILON:
            # Frames too far apart say nothing of the time between them, however sure the model is.
            if driver.unseen_s < 0.5 * driver.unsure_s:
                self._health = Health.UNSURE
            elif self._gaps > 1:
                self._health = Health.SPARSE
            else:
                # A single hole: it is over, and who reads the frames says where it was.
                driver.restart_unsure()
        elif self._unsure.is_reported:
            self._health = self._unsure_as
        elif before is Health.OK or driver.sure_s >= self.settings.clear_s - EPSILON:
            self._health = Health.OK
        self._fault = fault
        if self._health is not before:
            kind = EventKind.RECOVERED if self._health is Health.OK else EventKind.FAULT
            events.append(self._event(kind, now_s, self._tier, None, None))

    def _event(
        self,
        kind: EventKind,
        time_s: float,
        tier: Tier,
        activity: Activity | None,
        reason: Reason | None,
        cause: Cause | None = None,
        number: int | None = None,
    ) -> AlertEvent:
        """An event; `number` of the incident where it is over by now."""
        distracted_s = self._distracted_s if kind is EventKind.CLEARED else self._timer.total_s
        if number is None and reason is not None and self._incident is not None:
            number = self._incident.number
        return AlertEvent(kind, time_s, tier, activity, reason, self._health, distracted_s, number, cause)

    @property
    def _weighted_s(self) -> float:
        """The timer, of which seconds of C5 and C9 count less."""
        strong_s = self._timer.total_s - self._timer.low_risk_s
        return strong_s + self.settings.mild_weight * self._timer.low_risk_s

    @property
    def _cumulative_s(self) -> float:
        """Weighted seconds of distraction within the cumulative window."""
        assert self._time_s is not None
        return self._window.weighted_s(self._time_s)

    @property
    def _shows_phone(self) -> bool:
        """Whether the latest frame shows a phone by itself."""
        return self._driver.frame_distraction is not None and self._driver.frame_distraction.is_phone

    @property
    def _unalerted_phone_s(self) -> float:
        """Seconds of frames with a phone, and without an alert, within the cumulative window."""
        assert self._time_s is not None
        return self._unalerted_phone.weighted_s(self._time_s)

    def _awareness(self) -> float:
        """1 when attentive, 0 at a critical alert; recovers within `clear_s` of attention, however low it was."""
        if self._active is Tier.CRITICAL:
            left = 0.0
        else:
            timer = self._timer
            limit_s = self.settings.critical_after_s(self._band or SpeedBand.FAST, phone=timer.is_phone)
            timer_s = timer.total_s - (1.0 - self.settings.mild_weight) * timer.low_risk_s
            left = max(0.0, 1.0 - timer_s / limit_s)
        return min(
            1.0,
            left + (1.0 - left) * min(1.0, self._driver.attentive_s / self.settings.clear_s),
        )
