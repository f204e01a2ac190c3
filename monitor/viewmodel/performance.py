"""How fast the pipeline is: rates and the median latency of the last frames."""

from __future__ import annotations

from collections import deque
from statistics import median

from monitor.live.pipeline import Observation, StageLatency


class Performance:
    """Figures for the status line.

    Attributes:
        judged_fps: frames judged a second.
        dropped: frames overtaken by newer ones, in all.
        skipped: frames held back on purpose, in all.
    """

    def __init__(self, frames: int = 60, rate_over_s: float = 2.0) -> None:
        """Take the median over the last `frames` frames and the source's rate over `rate_over_s` seconds."""
        self._latencies: deque[StageLatency] = deque(maxlen=frames)
        self._seen: deque[tuple[float, int]] = deque()
        self._rate_over_s = rate_over_s
        self.judged_fps = 0.0
        self.dropped = self.skipped = 0

    def add(self, observation: Observation) -> None:
        """Take an observation in."""
        self.judged_fps = observation.fps
        self.dropped, self.skipped = observation.dropped, observation.skipped
        if observation.latency is not None:
            self._latencies.append(observation.latency)
        if observation.frame is None:
            # A source without pictures has no rate.
            self._seen.clear()
            return
        time_s, index = observation.frame.time, observation.frame.index
        self._seen.append((time_s, index))
        while self._seen[0][0] < time_s - self._rate_over_s:
            self._seen.popleft()

    @property
    def source_fps(self) -> float | None:
        """Frames a second that the source gives, judged or not, by its own clock; None when not known yet."""
        if len(self._seen) < 2:
            return None
        (first_s, first), (last_s, last) = self._seen[0], self._seen[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else None

    def latency_ms(self) -> dict[str, float]:
        """Median milliseconds by stage, ``total`` last; empty before the first frame."""
        if not self._latencies:
            return {}
        rows = [latency.as_dict() for latency in self._latencies]
        return {stage: 1000.0 * median(row[stage] for row in rows) for stage in rows[0]}
