"""The last minutes of a drive as spans of time: what was seen, and which alert was active."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from engines.activities import Activity
from monitor.alerts.events import AlertState, Attention, Reason, Tier

T = TypeVar("T")


@dataclass
class Span(Generic[T]):
    """One value from `start_s` to `end_s`, seconds since the drive began."""

    start_s: float
    end_s: float
    value: T


class Strip(Generic[T]):
    """Values over time; equal neighbours are one span, and a longer time without values is a gap."""

    def __init__(self, window_s: float, max_gap_s: float) -> None:
        """Hold the last `window_s` seconds; one value counts for `max_gap_s` seconds at most."""
        self._window_s, self._max_gap_s = window_s, max_gap_s
        self.spans: deque[Span[T]] = deque()

    def add(self, time_s: float, value: T) -> None:
        """Add a value; it lasts until the next one."""
        last = self.spans[-1] if self.spans else None
        if last is not None and 0.0 <= time_s - last.end_s <= self._max_gap_s:
            last.end_s = time_s
            if last.value != value:
                self.spans.append(Span(time_s, time_s, value))
        else:
            self.spans.append(Span(time_s, time_s, value))
        while self.spans[0].end_s < time_s - self._window_s:
            self.spans.popleft()

    def clear(self) -> None:
        """Forget everything."""
        self.spans.clear()


class ShownAlert(NamedTuple):
    """The alert that stands, of one incident.

    Attributes:
        tier: of the alert.
        incident: which one of the drive.
        hidden: ACKNOWLEDGED or SNOOZED where the driver has had it hidden.
    """

    tier: Tier
    incident: int
    hidden: Reason | None

    @classmethod
    def of(cls, alert: AlertState) -> ShownAlert | None:
        """What stands after a frame; None without an alert."""
        return None if alert.incident is None else cls(alert.standing, alert.incident, alert.hidden)


class History:
    """What the timeline shows.

    Attributes:
        window_s: seconds that it holds.
        now_s: time of the latest update, seconds since the drive began.
        activities: what was seen; where that was none, whether it was UNSURE or nothing could be seen (UNKNOWN).
        alerts: the alert that was active; None without one, and while alerts are off.
    """

    def __init__(self, window_s: float = 90.0, max_gap_s: float = 1.0) -> None:
        self.window_s = window_s
        self.now_s = 0.0
        self.activities: Strip[Activity | Attention] = Strip(window_s, max_gap_s)
        self.alerts: Strip[ShownAlert | None] = Strip(window_s, max_gap_s)

    def add(self, time_s: float, alert: AlertState, *, armed: bool = True) -> None:
        """Add the policy's state at a time; without alerts where these are not `armed`."""
        if time_s < self.now_s:
            self.clear()
        self.now_s = time_s
        self.activities.add(time_s, alert.attention if alert.current is None else alert.current)
        self.alerts.add(time_s, ShownAlert.of(alert) if armed else None)

    def clear(self) -> None:
        """Forget everything: another drive begins."""
        self.now_s = 0.0
        self.activities.clear()
        self.alerts.clear()
