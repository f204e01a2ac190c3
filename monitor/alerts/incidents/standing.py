"""What one incident is, while its alert stands: which of the driver's activities the alert is about.

An incident begins with the first alert of any tier and ends when that alert is cleared: by attention, because the
driver can no longer be assessed, below the speed gate, or with the journey or the drive. An acknowledgement or a snooze
hides it and does not end it; only of a cumulative warning with no other alert beneath it nothing is left then.

Another activity begins a new incident though the alert still stands: at once after `clear_s` of attention, without it
when it goes on for longer than `caution_s`. A phone does so at once where the alert is hidden or about a low-risk
activity. The four ways of holding a phone are one activity. Timer and tier go on. A low-risk activity takes over no
critical alert.

Frames just after a change are often wrong. What takes an alert over that is shown is therefore about what fills most of
its first `caution_s` of distraction, not about the frame that it began with; but never about what is snoozed, or
it would be hidden.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engines.activities import PHONE, Activity
from monitor.alerts.events import Reason, Tier
from monitor.alerts.settings import LOW_RISK
from monitor.alerts.timer import EPSILON, Timer, is_mostly_phone, leading

_STRONG = frozenset(Activity) - LOW_RISK


@dataclass
class StandingIncident:
    """The incident of the alert that stands.

    Attributes:
        number: which one of the drive, from 1.
        began_with: the activity that it began with.
        settles_s: seconds of its distraction within which it is still open what it began with.
        seconds: (10,) of each activity.
        unhides: whether an alert was hidden that is shown again because it has begun, now.
    """

    number: int
    began_with: Activity
    settles_s: float = 0.0
    seconds: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(Activity)))
    unhides: bool = False
    _other: Activity | None = None
    _other_s: float = 0.0

    def count(self, activity: Activity, seconds: float, snoozed: Set[Activity] = frozenset()) -> None:
        """The driver was distracted by an activity for some seconds more; `snoozed` are not alerted about."""
        settling = self.is_settling
        self.seconds[activity] += seconds
        if settling:
            among = (frozenset(Activity) if self.began_with in LOW_RISK else _STRONG) - snoozed
            self.began_with = leading(self.seconds, self.began_with, among=among) or self.began_with
        if self.is_about(activity):
            self._other, self._other_s = None, 0.0
            return
        if self._other is None or not is_same(self._other, activity):
            self._other_s = 0.0
        self._other = activity
        self._other_s += seconds

    @property
    def is_settling(self) -> bool:
        """Whether it is still open what it began with."""
        return float(self.seconds.sum()) < self.settles_s - EPSILON

    def is_about(self, activity: Activity) -> bool:
        """Whether it began with that activity, or both are a phone."""
        return is_same(self.began_with, activity)

    def is_over_for(self, activity: Activity, *, tier: Tier, attended: bool, hidden: bool, caution_s: float) -> bool:
        """Whether the driver's present activity begins a new incident.

        Args:
            activity: the present one.
            tier: of the alert that stands.
            attended: whether attention of `clear_s` lies between the two.
            hidden: whether the alert is acknowledged or snoozed.
            caution_s: of the settings.
        """
        if self.is_about(activity) or (tier is Tier.CRITICAL and activity in LOW_RISK):
            return False
        at_once = activity.is_phone and (hidden or self.began_with in LOW_RISK)
        return attended or at_once or self._other_s > caution_s + EPSILON

    @property
    def is_phone(self) -> bool:
        """Whether a phone filled at least half of it."""
        return is_mostly_phone(self.seconds)

    def leading(self, tier: Tier, reason: Reason | None, timer: Timer) -> Activity:
        """What filled most of it.

        Args:
            tier: of its alert; a critical one is never about a low-risk activity, but about what filled the timer.
            reason: of its alert; a phone's is about how it was held.
            timer: the distraction timer.
        """
        if reason is Reason.PHONE:
            return leading(self.seconds, timer.latest_phone, among=PHONE) or self.began_with
        if tier is Tier.CRITICAL:
            earlier = leading(timer.seconds, self.began_with, among=_STRONG)
            return leading(self.seconds, earlier, among=_STRONG) or self.began_with
        return leading(self.seconds, self.began_with) or self.began_with


def is_same(first: Activity, second: Activity) -> bool:
    """Whether two activities are one for an incident: C1 to C4 are."""
    return first is second or (first.is_phone and second.is_phone)
