"""How fast the pipeline is: rates and the median latency of the last frames."""

from __future__ import annotations

from collections import deque
from statistics import median

from monitor.live.pipeline import FrameResult, StageLatency, StatusUpdate


class Performance:
    """Figures for the status bar.

    Attributes:
        classified_fps: frames classified per second.
        dropped: frames that newer ones replaced before they were classified, in all.
        skipped: frames left out by the rate limit, in all.
    """

    def __init__(self, frames: int = 60, rate_over_s: float = 2.0) -> None:
        """Take the median over the last `frames` frames and the source's rate over `rate_over_s` seconds."""
        self._latencies: deque[StageLatency] = deque(maxlen=frames)
        self._seen: deque[tuple[float, int]] = deque()
        self._rate_over_s = rate_over_s
        self.classified_fps = 0.0
        self.dropped = self.skipped = 0

    def add(self, result: FrameResult | StatusUpdate) -> None:
        """Add a result."""
        self.dropped, self.skipped = result.dropped, result.skipped
        if not isinstance(result, FrameResult):
            # A source without frames has no rate.
            self.classified_fps = 0.0
            self._seen.clear()
            return
        self.classified_fps = result.fps
        self._latencies.append(result.latency)
        time_s, index = result.frame.time, result.frame.index
        self._seen.append((time_s, index))
        while self._seen[0][0] < time_s - self._rate_over_s:
            self._seen.popleft()

    @property
    def source_fps(self) -> float | None:
        """Frames per second that the source gives, classified or not, by its own clock; None when not known yet."""
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
