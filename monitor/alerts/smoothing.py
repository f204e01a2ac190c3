"""Filters that turn the probabilities of single frames into what the driver has been doing. Pure and clock-free.

All of them work on seconds, not on frames, so the frame rate does not matter, and none lets a single frame decide.

- `Exponential`: an exponential mean.
- `RecentMedian`: the median of the last moments; one outlier leaves no trace at all.
- `HiddenMarkov`: the forward filter of a hidden Markov model (Rabiner, Proc. IEEE 77, 1989): how long attention and
  distraction last speaks beside the frames.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity

Probabilities = NDArray[np.float64]

_DELAY_STEP_S = 0.01
_LONGEST_DELAY_S = 20.0


class Smoother(ABC):
    """Smooths (10,) class probabilities, in the order of `Activity`, over time."""

    warm_up_s: float
    """Seconds after a start during which too few frames have been seen to decide."""

    @abstractmethod
    def start(self, probabilities: Probabilities) -> Probabilities:
        """Forget everything and begin with one frame; what it says, smoothed."""

    @abstractmethod
    def add(self, elapsed_s: float, probabilities: Probabilities) -> Probabilities:
        """Take in a frame, `elapsed_s` after the one before; the smoothed (10,) probabilities, which sum to 1."""

    def delay_s(self, before: Activity, after: Activity, limit: float) -> float:
        """Seconds from an unmistakable change until the probability of C1–C9 crosses `limit`; 20 at most.

        Measured by feeding the filter certain frames, so that it holds for any filter. Leaves the filter in use.
        """
        certain = np.eye(len(Activity))
        distracted = 1.0 - float(self.start(certain[before])[Activity.SAFE_DRIVING])
        for _ in range(round(_LONGEST_DELAY_S / 2.0 / _DELAY_STEP_S)):
            distracted = 1.0 - float(self.add(_DELAY_STEP_S, certain[before])[Activity.SAFE_DRIVING])
        rises = after.is_distraction
        for step in range(round(_LONGEST_DELAY_S / _DELAY_STEP_S)):
            if (distracted >= limit) if rises else (distracted <= limit):
                return step * _DELAY_STEP_S
            distracted = 1.0 - float(self.add(_DELAY_STEP_S, certain[after])[Activity.SAFE_DRIVING])
        return _LONGEST_DELAY_S


class Exponential(Smoother):
    """A mean that forgets exponentially."""

    def __init__(self, time_constant_s: float, most_weight: float) -> None:
        """No frame gets more than `most_weight` (0..1), however long the one before it is ago."""
        self.warm_up_s = time_constant_s
        self._most_weight = most_weight
        self._mean: Probabilities = np.zeros(len(Activity))

    def start(self, probabilities: Probabilities) -> Probabilities:
        self._mean = probabilities
        return self._mean

    def add(self, elapsed_s: float, probabilities: Probabilities) -> Probabilities:
        self._mean = self._mean + self.weight(elapsed_s) * (probabilities - self._mean)
        return self._mean

    def weight(self, elapsed_s: float) -> float:
        """0..1: how much a frame counts that comes `elapsed_s` after the one before."""
        if self.warm_up_s <= 0.0:
            return 1.0
        return min(1.0 - math.exp(-elapsed_s / self.warm_up_s), self._most_weight)

    def delay_s(self, before: Activity, after: Activity, limit: float) -> float:
        """As in `Smoother`, in closed form."""
        return -self.warm_up_s * math.log(1.0 - limit if after.is_distraction else limit)


class RecentMedian(Smoother):
    """The median probability of C0 over the last seconds, at least three frames; C1–C9 share the rest by their means.

    The median of C0 alone: with one for each activity, a flicker between two distractions would have no majority.
    """

    def __init__(self, window_s: float) -> None:
        self.warm_up_s = 0.5 * window_s
        self._window_s = window_s
        self._recent: deque[tuple[float, Probabilities]] = deque()
        self._now_s = 0.0

    def start(self, probabilities: Probabilities) -> Probabilities:
        self._now_s = 0.0
        self._recent = deque([(0.0, probabilities)])
        return probabilities

    def add(self, elapsed_s: float, probabilities: Probabilities) -> Probabilities:
        self._now_s += elapsed_s
        self._recent.append((self._now_s, probabilities))
        while len(self._recent) > 3 and self._recent[0][0] < self._now_s - self._window_s:
            self._recent.popleft()
        frames = np.array([frame for _, frame in self._recent])
        return _spread(frames.mean(axis=0), 1.0 - float(np.median(frames[:, Activity.SAFE_DRIVING])))


class HiddenMarkov(Smoother):
    """The forward filter of two states, attentive and distracted: what the last moment allows, times what frames say.

    Two states and not ten: a flicker between two distractions is then no evidence against both. C1–C9 share the
    probability of distraction by their exponential means. Frames that follow each other closely err together, so
    `evidence_s` of them count as one look: a frame's likelihood is raised to the power of the time since the frame
    before over `evidence_s`, 1 at most.
    """

    def __init__(self, attentive_s: float, distracted_s: float, evidence_s: float, floor: float) -> None:
        """Describe the driver.

        Args:
            attentive_s: mean seconds of attention on end.
            distracted_s: mean seconds of distraction on end, of whatever kind.
            evidence_s: seconds of frames that count as one independent look.
            floor: 0..1, the least probability that a look gives to a state, so that a wrong one is never beyond doubt.
        """
        self.warm_up_s = evidence_s
        self._evidence_s, self._floor = evidence_s, floor
        self._rate = 1.0 / attentive_s + 1.0 / distracted_s
        self._share = distracted_s / (attentive_s + distracted_s)
        self._activities = Exponential(evidence_s, 1.0)
        self._distracted = self._share

    def start(self, probabilities: Probabilities) -> Probabilities:
        self._distracted = self._seen(probabilities)
        return self._spread(self._activities.start(probabilities))

    def add(self, elapsed_s: float, probabilities: Probabilities) -> Probabilities:
        before = self._share + (self._distracted - self._share) * math.exp(-self._rate * elapsed_s)
        power, seen = min(1.0, elapsed_s / self._evidence_s), self._seen(probabilities)
        distracted, attentive = before * seen**power, (1.0 - before) * (1.0 - seen) ** power
        self._distracted = distracted / (distracted + attentive)
        return self._spread(self._activities.add(elapsed_s, probabilities))

    def _seen(self, probabilities: Probabilities) -> float:
        distracted = 1.0 - float(probabilities[Activity.SAFE_DRIVING])
        return min(max(distracted, self._floor), 1.0 - self._floor)

    def _spread(self, mean: Probabilities) -> Probabilities:
        return _spread(mean, self._distracted)


def _spread(shares: Probabilities, distracted: float) -> Probabilities:
    """Probabilities of which C1–C9 have `distracted` in all, each in proportion to its share."""
    spread = shares.copy()
    spread[Activity.SAFE_DRIVING] = 0.0
    total = float(spread.sum())
    spread[1:] = spread[1:] * (distracted / total) if total > 0.0 else distracted / (len(Activity) - 1)
    spread[Activity.SAFE_DRIVING] = 1.0 - distracted
    return spread
