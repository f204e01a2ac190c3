"""Faults that come and go, added up as distraction is: many short ones are reported like a long one. Clock-free.

Euro NCAP asks that a blocked camera be reported within 10 s. A fault that fills seven tenths of the time is, and none
that fills a quarter of the window stays unseen.
"""

from __future__ import annotations

from collections import deque

WINDOW_S = 30.0
"""Seconds within which faults add up."""

REPORTED_S = 6.5
"""Seconds of faults within the window that are reported."""

OVER_S = 5.0
"""Seconds without a fault, on end, after which faults that came and went are over."""


class FaultWindow:
    """The faults of the last `WINDOW_S` seconds.

    Attributes:
        is_reported: whether several have added up to what is reported, and are not over yet. A single one is not: how
            long it must last is for others to say.
    """

    def __init__(self) -> None:
        self.is_reported = False
        self._segments: deque[tuple[float, float]] = deque()
        self._good_s = 0.0

    def pass_time(self, now_s: float, elapsed_s: float, *, faulty: bool) -> None:
        """Seconds have passed until now, with a fault or without one."""
        if faulty:
            self._good_s, start_s = 0.0, now_s - elapsed_s
            if self._segments and start_s - self._segments[-1][1] < 1e-6:
                start_s = self._segments.pop()[0]
            self._segments.append((start_s, now_s))
        else:
            self._good_s += elapsed_s
        opens_s = now_s - WINDOW_S
        while self._segments and self._segments[0][1] <= opens_s:
            self._segments.popleft()
        faulty_s = sum(end_s - max(start_s, opens_s) for start_s, end_s in self._segments)
        if len(self._segments) > 1 and faulty_s >= REPORTED_S - 1e-6:
            self.is_reported = True
        if self.is_reported and self._good_s >= OVER_S - 1e-6:
            self.is_reported = False
            self._segments.clear()
