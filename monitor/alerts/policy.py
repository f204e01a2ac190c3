"""When to alert the driver: one distraction timer, three tiers. Pure and clock-free.

Each update gives the class probabilities of one frame and its time; the state of one frame holds until the next.

How the times fit together: while the driver is distracted the timer runs. A return to C0 (or an unsure frame) of up to
`bridge_s` counts as distraction, as if it had not been; one that is longer but shorter than `clear_s` only stops the
timer; `clear_s` of C0 on end resets it and ends the alert, and `cumulative_clear_s` also empties the cumulative window.
On end means that what is unsure for longer than `bridge_s` starts the attention over. An unsure or missing prediction
stops everything for up to `unsure_hold_s`; then the episode is dropped, and the health says so.

No single frame decides, so the smoothed probabilities say late what the driver does. What they say is then dated back
to the first of the frames in a row that said so by themselves, by the delay of the smoothing at most; and while
the latest frames say the opposite by themselves nothing is counted until the smoothed probabilities have decided. So
the times are those of the driver, not of the filter: for a network that is right, a caution at `caution_s` and the end
of an alert after `clear_s`, within a frame.

A critical alert stays until there is attention. Below the speed gate the timer stands still and nothing is shown, but
nothing counts as attention either: with the gate open again the alert is back. A journey ends, and with it everything
that was remembered of its driver, after `journey_ends_s` below the gate in which nobody could be judged.

The driver may acknowledge an alert: it is hidden until it rises to another tier or has ended. To snooze it also keeps
the weaker alerts about its activity away for the journey. The timer runs on beneath both, and neither silences a
critical alert.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engines.activities import PHONE, Activity
from monitor.alerts.events import AlertEvent, AlertState, Attention, EventKind, Reason, Tier
from monitor.alerts.settings import LOW_RISK, AlertSettings, SpeedBand
from monitor.alerts.smoothing import Exponential
from monitor.alerts.texts import why_cleared, why_raised
from monitor.health.camera_health import Health

_EPSILON = 1e-6
"""Seconds; sums of frame times must reach a limit that they equal on paper."""


@dataclass
class _Episode:
    """The distraction timer: seconds by activity since the last attention."""

    seconds: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(Activity)))
    tier: Tier = Tier.NONE
    reason: Reason | None = None
    gap_s: float = 0.0
    latest: Activity | None = None
    latest_phone: Activity | None = None

    @property
    def total_s(self) -> float:
        return float(self.seconds.sum())

    @property
    def mild_s(self) -> float:
        return float(sum(self.seconds[activity] for activity in LOW_RISK))

    @property
    def is_phone(self) -> bool:
        """Whether a phone filled at least half of the timer."""
        phone = float(sum(self.seconds[activity] for activity in PHONE))
        return phone > 0.0 and phone >= 0.5 * self.total_s - _EPSILON

    @property
    def leading(self) -> Activity | None:
        """What filled most of the timer; of an alert about a phone, which way of holding it did."""
        if self.reason is not Reason.PHONE:
            return _leading(self.seconds, self.latest)
        seconds = np.zeros_like(self.seconds)
        seconds[list(PHONE)] = self.seconds[list(PHONE)]
        return _leading(seconds, self.latest_phone)


def _leading(seconds: NDArray[np.float64], otherwise: Activity | None) -> Activity | None:
    return Activity(int(seconds.argmax())) if float(seconds.max()) > _EPSILON else otherwise


def _sureness(probabilities: NDArray[np.float64]) -> float:
    """Probability of the likeliest activity, where C1–C4 count as one, less what chance gives to three of the four.

    Looked at in each frame, not in the smoothed probabilities: a network that is sure of one activity after the other
    is sure, and one that is torn among the ways to hold a phone is sure of the phone.
    """
    phone = float(sum(probabilities[activity] for activity in PHONE))
    return max(float(probabilities.max()), phone - (len(PHONE) - 1) / len(Activity))


class AlertPolicy:
    """Turns a stream of class probabilities into alerts. Not for more than one thread."""

    def __init__(self, settings: AlertSettings | None = None) -> None:
        self.settings = settings or AlertSettings()
        self._probabilities_mean = Exponential[NDArray[np.float64]](
            self.settings.smoothing_s, self.settings.single_frame_weight
        )
        self._sureness_mean = Exponential[float](self.settings.smoothing_s, self.settings.single_frame_weight)
        self._acknowledge_up_to = Tier[self.settings.acknowledge_up_to.upper()]
        self._snooze_up_to = Tier[self.settings.snooze_up_to.upper()]
        self._asked: Reason | None
        self.reset()

    def acknowledge(self) -> None:
        """The driver has seen the alert that stands: with the next frame it is hidden, as the settings allow."""
        self._asked = Reason.ACKNOWLEDGED

    def snooze(self) -> None:
        """As `acknowledge`, and no more such alerts about its activity on this journey, as the settings allow."""
        self._asked = Reason.SNOOZED

    def reset(self) -> None:
        """Forget everything, a standing alert and what was snoozed included: another driver, another journey."""
        self._asked = None
        self._hidden_up_to = Tier.NONE
        self._snoozed: frozenset[Activity] = frozenset()
        # What stands, whether or not the driver has had it hidden.
        self._standing = Tier.NONE
        self._absent_s = 0.0
        self._speed_kmh: float | None = None
        self._time_s: float | None = None
        self._sure_from_s: float | None = None
        self._smoothed: NDArray[np.float64] | None = None
        self._sureness = 0.0
        # What the latest frame says by itself, and since when the frames in a row have said so.
        self._says = Attention.UNKNOWN
        self._says_since_s = 0.0
        self._vouched_at_s = 0.0
        self._attention = Attention.UNKNOWN
        self._current: Activity | None = None
        self._band: SpeedBand | None = None
        self._health = Health.OK
        self._fault: Health | None = None
        self._tier = Tier.NONE
        self._activity: Activity | None = None
        self._reason: Reason | None = None
        self._episode = _Episode()
        self._window: deque[tuple[float, float, Activity]] = deque()
        self._too_often = False
        self._attentive_s = 0.0
        self._doubted_s = 0.0
        self._inattentive_s = 0.0
        self._unsure_s = 0.0
        self._unseen_s = 0.0
        self._sure_s = 0.0
        self._since_warning_s = 0.0
        self._distracted_s = 0.0

    def update(
        self,
        time_s: float,
        probabilities: ArrayLike | None,
        speed_kmh: float | None = None,
        fault: Health | None = None,
    ) -> AlertState:
        """Take one frame into account.

        Args:
            time_s: monotonic seconds of the frame. A step back of more than `frame_holds_s` starts anew; a smaller one
                counts as no time.
            probabilities: (10,) class probabilities in the order of `Activity`; None when there is no prediction. Not
                finite ones count as none.
            speed_kmh: the car's speed; None when there is no signal, which counts as fast.
            fault: what the camera's health says; anything but OK makes the prediction unknown.

        Raises:
            ValueError: for a time that is not finite, or for probabilities of another shape.
        """
        if not math.isfinite(time_s):
            raise ValueError(f"the time of a frame is finite, not {time_s}")
        events: list[AlertEvent] = []
        if self._time_s is not None and time_s < self._time_s - self.settings.frame_holds_s:
            self._start_anew(time_s, events)
        elapsed_s = 0.0 if self._time_s is None else max(0.0, time_s - self._time_s)
        now_s = time_s if self._time_s is None else max(time_s, self._time_s)
        self._time_s = now_s

        # What the last frame showed has lasted until now, at the speed of then.
        known = elapsed_s <= self.settings.frame_holds_s + _EPSILON
        if not known:
            self._attention = self._says = Attention.UNKNOWN
        self._end_journey(elapsed_s)
        went = self._account(now_s, elapsed_s, known)
        self._show(now_s, went, events)
        self._answer_driver(now_s, events)
        self._speed_kmh = None if speed_kmh is None or math.isnan(speed_kmh) else speed_kmh
        self._band = self.settings.band_at(speed_kmh, self._band)
        fault = None if fault is Health.OK else fault
        latest = None if fault is not None or probabilities is None else np.asarray(probabilities, dtype=np.float64)
        if latest is not None and latest.shape != (len(Activity),):
            raise ValueError(f"probabilities have shape ({len(Activity)},), not {latest.shape}")
        if latest is not None and not np.isfinite(latest).all():
            latest = None
        self._judge(now_s, elapsed_s, known, latest)
        self._raise_tiers()
        self._show(now_s, None, events)
        self._show_health(now_s, fault, events)
        self._distracted_s = self._episode.total_s
        return AlertState(
            time_s=now_s,
            tier=self._tier,
            activity=self._activity,
            reason=self._reason,
            attention=self._attention,
            current=self._current,
            distracted_s=self._distracted_s,
            cumulative_s=self._cumulative_s(),
            awareness=self._awareness(),
            probabilities=None if self._smoothed is None else self._smoothed.astype(np.float32),
            health=self._health,
            speed_kmh=self._speed_kmh,
            band=self._band,
            snoozed=self._snoozed,
            events=tuple(events),
        )

    def _start_anew(self, time_s: float, events: list[AlertEvent]) -> None:
        """A recording was rewound: what stood belongs to another time."""
        if self._tier is not Tier.NONE:
            events.append(self._event(EventKind.CLEARED, time_s, Tier.NONE, self._activity, Reason.CLOCK))
        health, fault, snoozed = self._health, self._fault, self._snoozed
        self.reset()
        self._health, self._fault, self._snoozed = health, fault, snoozed

    def _end_journey(self, elapsed_s: float) -> None:
        """Forget the driver where the car has been slow for long and nobody could be judged meanwhile."""
        absent = self._attention in (Attention.UNSURE, Attention.UNKNOWN) and self._band is SpeedBand.BELOW_GATE
        self._absent_s = self._absent_s + elapsed_s if absent else 0.0
        if self._absent_s >= self.settings.journey_ends_s - _EPSILON:
            self._episode, self._snoozed = _Episode(), frozenset()
            self._window.clear()
            self._too_often = False

    def _answer_driver(self, now_s: float, events: list[AlertEvent]) -> None:
        """Hide the alert that stands if the driver has asked for it and the settings allow it."""
        asked, self._asked = self._asked, None
        if asked is None or self._tier is Tier.NONE:
            return
        may_snooze = self._snooze_up_to is not Tier.NONE and not (
            self._activity is not None and self._activity.is_phone
        )
        if asked is Reason.SNOOZED and may_snooze and self._activity is not None:
            self._snoozed |= {self._activity}
        if self._tier <= self._acknowledge_up_to:
            self._hidden_up_to = self._tier
            self._show(now_s, asked, events)

    def _account(self, now_s: float, elapsed_s: float, known: bool) -> Reason | None:
        """Let the time since the last frame pass; why an alert may end now, if it may."""
        if self._attention is Attention.DISTRACTED:
            self._unsure_s = self._unseen_s = 0.0
            self._sure_s += elapsed_s
            self._inattentive_s += elapsed_s
            if self._says is Attention.ATTENTIVE:
                # A wrong frame, or attention: the smoothed probabilities are about to tell.
                self._episode.gap_s += elapsed_s
            elif self._band is not SpeedBand.BELOW_GATE and self._current is not None:
                self._count(now_s - elapsed_s, now_s, self._current)
            return None
        self._episode.gap_s += elapsed_s
        if self._attention is Attention.ATTENTIVE:
            self._unsure_s = self._unseen_s = 0.0
            self._sure_s += elapsed_s
            if self._says is not Attention.ATTENTIVE:
                self._doubted_s += elapsed_s
                return None
            self._attentive_s += elapsed_s
            if self._attentive_s >= self.settings.cumulative_clear_s - _EPSILON:
                self._window.clear()
                self._too_often = False
            if self._attentive_s >= self.settings.clear_s - _EPSILON:
                self._episode = _Episode()
                self._since_warning_s = 0.0
                return Reason.ATTENTION
            return None
        self._sure_s = 0.0
        self._inattentive_s += elapsed_s
        self._unsure_s += elapsed_s
        if not known:
            self._unseen_s += elapsed_s
        if self._unsure_s > self.settings.bridge_s + _EPSILON:
            self._attentive_s = 0.0
        if self._unsure_s >= self.settings.unsure_hold_s - _EPSILON:
            self._too_often = False
            if self._episode.tier is not Tier.CRITICAL:
                self._episode = _Episode()
                self._since_warning_s = 0.0
            return Reason.UNKNOWN
        return None

    def _count(self, start_s: float, end_s: float, activity: Activity) -> None:
        """Put a stretch of distraction into the timer and the cumulative window."""
        self._episode.seconds[activity] += end_s - start_s
        if self._standing >= Tier.WARNING and activity not in LOW_RISK:
            self._since_warning_s += end_s - start_s
        if self._window and self._window[-1][2] is activity and start_s - self._window[-1][1] < _EPSILON:
            start_s = self._window.pop()[0]
        self._window.append((start_s, end_s, activity))

    def _judge(
        self,
        now_s: float,
        elapsed_s: float,
        known: bool,
        latest: NDArray[np.float64] | None,
    ) -> None:
        """Smooth the new probabilities and say what they mean."""
        if latest is None:
            # Stale evidence must not speak for the frames to come.
            self._smoothed = self._sure_from_s = None
            self._attention, self._current = Attention.UNKNOWN, None
            self._says = Attention.UNKNOWN
            return
        sureness = _sureness(latest)
        says = self._meaning(latest, sureness)
        if says is not self._says or not known:
            self._says, self._says_since_s = says, now_s
        if says is Attention.ATTENTIVE or self._smoothed is None or not known:
            self._vouched_at_s = now_s
        if self._smoothed is None or not known:
            self._smoothed = self._probabilities_mean.start(latest)
            self._sureness = self._sureness_mean.start(sureness)
            self._sure_from_s = now_s + self.settings.smoothing_s
        else:
            self._smoothed = self._probabilities_mean.add(elapsed_s, latest)
            self._sureness = self._sureness_mean.add(elapsed_s, sureness)
        before = self._attention
        # A single first frame decides nothing either.
        warmed_up = self._sure_from_s is None or now_s >= self._sure_from_s - _EPSILON
        self._attention = self._meaning(self._smoothed, self._sureness) if warmed_up else Attention.UNSURE
        if self._attention is Attention.ATTENTIVE:
            self._doubt(now_s)
        self._current = None
        if self._attention is Attention.ATTENTIVE:
            self._current = Activity.SAFE_DRIVING
            self._return(now_s, elapsed_s, before)
        elif self._attention is Attention.DISTRACTED:
            self._current = Activity(1 + int(self._smoothed[1:].argmax()))
            self._enter(now_s, elapsed_s, before, self._current)

    def _doubt(self, now_s: float) -> None:
        """Attention that no frame by itself has vouched for in `unsure_hold_s` is unsure, never C0.

        A mean over seconds stays below `leave` for long when every frame after attention lies just above it; none of
        that time would count as attention, and an alert would stand on.
        """
        doubted_s = now_s - self._vouched_at_s
        if self._says is not Attention.ATTENTIVE and doubted_s >= self.settings.unsure_hold_s - _EPSILON:
            self._attention = Attention.UNSURE
            self._unsure_s = max(self._unsure_s, doubted_s)

    def _meaning(self, probabilities: NDArray[np.float64], sureness: float) -> Attention:
        distracted = 1.0 - float(probabilities[Activity.SAFE_DRIVING])
        if distracted <= self.settings.leave:
            return Attention.ATTENTIVE
        leading = Activity(1 + int(probabilities[1:].argmax()))
        if distracted < self.settings.enter_at(leading) or sureness < self.settings.unsure_below:
            return Attention.UNSURE
        return Attention.DISTRACTED

    def _since(self, says: Attention, now_s: float, max_s: float) -> float:
        """For how long the frames have said something by themselves, `max_s` at most."""
        return min(now_s - self._says_since_s, max_s) if self._says is says else 0.0

    def _return(self, now_s: float, elapsed_s: float, before: Attention) -> None:
        """The driver is attentive, now: date it back where it is new, count what single frames made doubtful."""
        if self._says is Attention.ATTENTIVE:
            if before is Attention.ATTENTIVE:
                self._attentive_s += self._doubted_s
            else:
                max_s = min(self.settings.exit_delay_s + elapsed_s, self._inattentive_s)
                self._attentive_s += self._since(Attention.ATTENTIVE, now_s, max_s)
            self._doubted_s = 0.0
        if before is not Attention.ATTENTIVE:
            self._doubted_s = 0.0
        self._inattentive_s = 0.0

    def _enter(self, now_s: float, elapsed_s: float, before: Attention, activity: Activity) -> None:
        """The driver is distracted, now: date it back, bridge a short gap, and any attention starts over."""
        self._attentive_s = 0.0
        if self._says is Attention.ATTENTIVE:
            return
        episode = self._episode
        gap_s, episode.gap_s = episode.gap_s, 0.0
        dated_back_s = gap_s
        if before is not Attention.DISTRACTED:
            dated_back_s = self._since(Attention.DISTRACTED, now_s, min(self.settings.entry_delay_s + elapsed_s, gap_s))
            if episode.total_s > 0.0 and gap_s - dated_back_s <= self.settings.bridge_s + _EPSILON:
                dated_back_s = gap_s
        if dated_back_s > 0.0 and self._band is not SpeedBand.BELOW_GATE:
            self._count(now_s - dated_back_s, now_s, activity)
        episode.latest = activity
        if activity.is_phone:
            episode.latest_phone = activity

    def _raise_tiers(self) -> None:
        """Raise the timer's tier where a limit is reached; only a driver who is distracted now is alerted."""
        band = self._band or SpeedBand.FAST
        episode, settings = self._episode, self.settings
        if band is SpeedBand.BELOW_GATE:
            episode.tier, episode.reason, self._too_often = Tier.NONE, None, False
            self._since_warning_s = 0.0
            return
        if self._attention is not Attention.DISTRACTED or self._says is Attention.ATTENTIVE:
            return
        phone = episode.is_phone
        strong_s = episode.total_s - episode.mild_s
        timer_s = strong_s + settings.mild_weight * episode.mild_s
        due, reason = Tier.NONE, Reason.DISTRACTION
        if strong_s >= settings.critical_after_s(band, phone=phone) - _EPSILON or (
            self._standing >= Tier.WARNING and self._since_warning_s >= settings.critical_after_warning_s - _EPSILON
        ):
            due = Tier.CRITICAL
        elif timer_s >= settings.warning_after_s(band, phone=phone) - _EPSILON:
            due = Tier.WARNING
        elif timer_s >= settings.caution_s - _EPSILON:
            due = Tier.CAUTION
        elif self._current is not None and self._current.is_phone:
            due, reason = Tier.CAUTION, Reason.PHONE
        if due > episode.tier:
            episode.tier = due
            episode.reason = Reason.PHONE if phone else reason
        if self._cumulative_s() >= settings.cumulative_s - _EPSILON:
            self._too_often = True

    def _show(self, now_s: float, went: Reason | None, events: list[AlertEvent]) -> None:
        """Show the stronger of the timer's tier and the cumulative warning, unless hidden; say what changed."""
        before, activity, reason = self._tier, self._activity, self._reason
        cumulative = self._too_often and self._episode.tier < Tier.WARNING
        due = Tier.WARNING if cumulative else self._episode.tier
        if cumulative:
            seconds = np.zeros(len(Activity))
            for start_s, end_s, of in self._window:
                seconds[of] += end_s - start_s
            self._activity, self._reason = (
                _leading(seconds, activity),
                Reason.CUMULATIVE,
            )
        else:
            self._activity, self._reason = self._episode.leading, self._episode.reason
        if self._standing < Tier.WARNING <= due:
            self._since_warning_s = 0.0
        self._standing = due
        if due is Tier.NONE:
            self._hidden_up_to = Tier.NONE
        snoozed = self._activity in self._snoozed and due <= self._snooze_up_to
        self._tier = Tier.NONE if snoozed or due <= self._hidden_up_to else due
        if self._tier is Tier.NONE:
            self._activity = self._reason = None
        if self._tier is before:
            return
        if self._tier is Tier.NONE:
            why = Reason.BELOW_GATE if self._band is SpeedBand.BELOW_GATE else went
            if why is None and snoozed:
                why = Reason.SNOOZED
            cleared = self._event(EventKind.CLEARED, now_s, Tier.NONE, activity, why)
            text = why_cleared(why, self.settings, cumulative=reason is Reason.CUMULATIVE)
            events.append(replace(cleared, why=text))
            return
        if self._tier < before:
            kind = EventKind.LOWERED
        else:
            kind = EventKind.RAISED if before is Tier.NONE else EventKind.ESCALATED
        event = self._event(kind, now_s, self._tier, self._activity, self._reason)
        events.append(event if kind is EventKind.LOWERED else replace(event, why=self._why()))

    def _why(self) -> str:
        """The rule behind the tier that is shown."""
        episode = self._episode
        assert self._reason is not None
        return why_raised(
            self._tier,
            self._reason,
            self.settings,
            band=self._band or SpeedBand.FAST,
            speed_known=self._speed_kmh is not None,
            phone=episode.is_phone,
            mild=episode.total_s > 0.0 and episode.mild_s >= episode.total_s - _EPSILON,
            distracted_s=episode.total_s,
            strong_s=episode.total_s - episode.mild_s,
            cumulative_s=self._cumulative_s(),
        )

    def _show_health(self, now_s: float, fault: Health | None, events: list[AlertEvent]) -> None:
        before = self._health
        if fault is not None:
            self._health = fault
        elif self._fault is not None:
            # The camera is back: whether the model is unsure is yet to be seen.
            self._health, self._unsure_s, self._unseen_s = Health.OK, 0.0, 0.0
        elif self._unsure_s > 0.0 and self._unsure_s >= self.settings.unsure_hold_s - _EPSILON:
            # Frames too far apart say nothing of the time between them, however sure the model is.
            self._health = Health.STALLED if self._unseen_s >= 0.5 * self._unsure_s else Health.UNSURE
        elif before is Health.OK or self._sure_s >= self.settings.clear_s - _EPSILON:
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
    ) -> AlertEvent:
        distracted_s = self._distracted_s if kind is EventKind.CLEARED else self._episode.total_s
        return AlertEvent(kind, time_s, tier, activity, reason, self._health, distracted_s)

    def _cumulative_s(self) -> float:
        """Weighted seconds of distraction within the window; drops what has left it."""
        assert self._time_s is not None
        opens_s = self._time_s - self.settings.cumulative_window_s
        while self._window and self._window[0][1] <= opens_s:
            self._window.popleft()
        return sum(
            (end_s - max(start_s, opens_s)) * (self.settings.mild_weight if activity in LOW_RISK else 1.0)
            for start_s, end_s, activity in self._window
        )

    def _awareness(self) -> float:
        """1 when attentive, 0 at a critical alert; recovers within `clear_s` of attention, however low it was."""
        if self._standing is Tier.CRITICAL:
            left = 0.0
        else:
            episode = self._episode
            limit_s = self.settings.critical_after_s(self._band or SpeedBand.FAST, phone=episode.is_phone)
            timer_s = episode.total_s - (1.0 - self.settings.mild_weight) * episode.mild_s
            left = max(0.0, 1.0 - timer_s / limit_s)
        return min(
            1.0,
            left + (1.0 - left) * min(1.0, self._attentive_s / self.settings.clear_s),
        )
