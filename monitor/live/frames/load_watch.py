"""Whether the machine keeps up with a live source: how many frames it drops, and how old those are that it classifies.

Clock-free.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median

from engines.notice import NoticeText

MOST_DROPPED = 0.5
"""The share of the frames that may be dropped."""

OLDEST_S = 0.5
"""How old a frame may be when it is classified."""

LASTS_S = 3.0
"""How long it must be too much, or not, before that is said."""

_WINDOW_S = 1.0


@dataclass(frozen=True)
class _Classified:
    time_s: float
    dropped: int
    age_s: float


class LoadWatch:
    """Watches one live source."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything: no frames come."""
        self._frames: deque[_Classified] = deque()
        self._problem: str | None = None
        self._otherwise_since: float | None = None

    def update(self, time_s: float, dropped: int, age_s: float) -> str | None:
        """Take a classified frame in.

        Args:
            time_s: now, monotonic seconds.
            dropped: frames of the source that newer ones took the place of, in all.
            age_s: seconds since the frame was taken.

        Returns:
            What is too much, in a line for people; None while the machine keeps up.
        """
        self._frames.append(_Classified(time_s, dropped, age_s))
        while len(self._frames) > 2 and self._frames[1].time_s <= time_s - _WINDOW_S:
            self._frames.popleft()
        problem = self._assess()
        if (problem is None) == (self._problem is None):
            self._otherwise_since = None
        elif self._otherwise_since is None:
            self._otherwise_since = time_s
        elif time_s - self._otherwise_since >= LASTS_S:
            self._problem, self._otherwise_since = problem, None
        return self._problem

    def _assess(self) -> str | None:
        first, last = self._frames[0], self._frames[-1]
        dropped, classified = last.dropped - first.dropped, len(self._frames) - 1
        if classified and dropped > MOST_DROPPED * (dropped + classified):
            return NoticeText(
                "the monitor is behind: {percent:.0f} % of the frames are dropped; close other programs, limit the "
                "frames (--max-fps), or use a faster engine, machine or a camera with fewer frames a second",
                percent=100.0 * dropped / (dropped + classified),
            )
        age_s = median(frame.age_s for frame in self._frames)
        if age_s > OLDEST_S:
            return NoticeText(
                "the monitor is behind: frames are {age_s:.1f} s old when they are classified; close other programs, "
                "use a faster engine or machine, or check the network",
                age_s=age_s,
            )
        return None
