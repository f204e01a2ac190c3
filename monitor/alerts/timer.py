"""How long the driver has been distracted: since the last attention, and within the cumulative window."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engines.activities import PHONE, Activity
from monitor.alerts.events import Reason, Tier
from monitor.alerts.settings import LOW_RISK

EPSILON = 1e-6
"""Seconds; sums of frame times must reach a limit that they equal on paper."""


@dataclass
class Timer:
    """The distraction timer of one episode, which attention ends.

    Attributes:
        seconds: (10,) of each activity since the last attention.
        tier, reason: the highest tier that the timer has reached, and of which kind.
        acknowledged: the tier up to which the driver has acknowledged it.
        gap_s: seconds since the driver was last distracted.
        latest, latest_phone: the latest distraction, and the latest with a phone.
    """

    seconds: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(Activity)))
    tier: Tier = Tier.NONE
    reason: Reason | None = None
    acknowledged: Tier = Tier.NONE
    gap_s: float = 0.0
    latest: Activity | None = None
    latest_phone: Activity | None = None

    @property
    def total_s(self) -> float:
        """Seconds of any distraction."""
        return float(self.seconds.sum())

    @property
    def low_risk_s(self) -> float:
        """Seconds of C5 and C9."""
        return float(sum(self.seconds[activity] for activity in LOW_RISK))

    @property
    def is_phone(self) -> bool:
        """Whether a phone filled at least half of the timer."""
        return is_mostly_phone(self.seconds)

    @property
    def is_low_risk(self) -> bool:
        """Whether C5 and C9 alone filled the timer."""
        return self.total_s > 0.0 and self.low_risk_s >= self.total_s - EPSILON

    @property
    def leading(self) -> Activity | None:
        """What filled most of the timer; of an alert about a phone, which way of holding it did."""
        if self.reason is Reason.PHONE:
            return leading(self.seconds, self.latest_phone, among=PHONE)
        return leading(self.seconds, self.latest)

    def resume(self, activity: Activity, seen_s: float, bridge_s: float) -> float:
        """The driver is distracted again, after a gap.

        Args:
            activity: by what.
            seen_s: for how much of the gap frames have shown it.
            bridge_s: a gap of up to this is distraction, too.

        Returns:
            Seconds of the gap that were distraction and are yet to be counted.
        """
        gap_s, self.gap_s = self.gap_s, 0.0
        self.latest = activity
        if activity.is_phone:
            self.latest_phone = activity
        bridged = self.total_s > 0.0 and gap_s - seen_s <= bridge_s + EPSILON
        return gap_s if bridged else seen_s


class CumulativeWindow:
    """The segments of distraction of the last `length_s` seconds."""

    def __init__(self, length_s: float, low_risk_weight: float) -> None:
        """Seconds of C5 and C9 count `low_risk_weight` (0..1) times."""
        self._length_s, self._low_risk_weight, self._begins_s = length_s, low_risk_weight, -math.inf
        self._segments: deque[tuple[float, float, Activity]] = deque()

    def restart(self, now_s: float) -> None:
        """Count from now on."""
        self._begins_s = now_s

    def add(self, start_s: float, end_s: float, activity: Activity) -> None:
        """Put a segment in, which begins where the last one ended or later."""
        if self._segments and self._segments[-1][2] is activity and start_s - self._segments[-1][1] < EPSILON:
            start_s = self._segments.pop()[0]
        self._segments.append((start_s, end_s, activity))

    def weighted_s(self, now_s: float) -> float:
        """Weighted seconds of distraction until now."""
        seconds = self.seconds(now_s)
        low_risk_s = float(seconds[list(LOW_RISK)].sum())
        return float(seconds.sum()) - (1.0 - self._low_risk_weight) * low_risk_s

    def seconds(self, now_s: float) -> NDArray[np.float64]:
        """(10,) seconds of each activity until now; drops what has left the window."""
        opens_s = max(now_s - self._length_s, self._begins_s)
        while self._segments and self._segments[0][1] <= opens_s:
            self._segments.popleft()
        seconds = np.zeros(len(Activity))
        for start_s, end_s, activity in self._segments:
            seconds[activity] += end_s - max(start_s, opens_s)
        return seconds


def is_mostly_phone(seconds: NDArray[np.float64]) -> bool:
    """Whether a phone fills at least half of (10,) seconds."""
    phone_s = float(seconds[list(PHONE)].sum())
    return phone_s > 0.0 and phone_s >= 0.5 * float(seconds.sum()) - EPSILON


def leading(
    seconds: NDArray[np.float64], otherwise: Activity | None, *, among: Collection[Activity] = tuple(Activity)
) -> Activity | None:
    """The activity with most of (10,) seconds, `among` some of them; `otherwise` where there are none."""
    chosen = np.zeros_like(seconds)
    chosen[list(among)] = seconds[list(among)]
    return Activity(int(chosen.argmax())) if float(chosen.max()) > EPSILON else otherwise
