"""Two networks or two policies on the same drives: how they differ, and whether that could be chance.

*Distractions* are paired one by one and tested with the exact test of McNemar (Psychometrika 12, 1947; for classifiers:
Dietterich, Neural Computation 10, 1998): of those that only one of the two detects, is the split that of a coin?
*Frames* and *false alerts* within a drive go together, so for them, and for every difference of means, drives are
resampled with replacement (Efron and Tibshirani, An Introduction to the Bootstrap, 1993; for clusters: Field and Welsh,
J. R. Stat. Soc. B 69, 2007), both candidates on the same drives; the interval is that of percentiles. With few drives
such an interval is rough, with one drive there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.scoring import Distraction

_RESAMPLES = 4999
_SEED = 7
_LEVEL = 0.95
_MIN_DRIVES = 6
"""With fewer, even drives that all agree could be chance: 2 · 0.5^5 > 0.05 in a sign test."""


@dataclass(frozen=True)
class Difference:
    """A figure of both candidates, and the second's less the first's.

    Attributes:
        title: what it is.
        first, second: the figure; None where there is nothing to take it from.
        low, high: 95 % interval of the difference; None with fewer than two drives.
        drives: how many it is taken from.
    """

    title: str
    first: float | None
    second: float | None
    low: float | None
    high: float | None
    drives: int

    @property
    def value(self) -> float | None:
        """The difference."""
        return None if self.first is None or self.second is None else self.second - self.first

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out zero, and is one of enough drives."""
        return (
            self.drives >= _MIN_DRIVES
            and self.low is not None
            and self.high is not None
            and not self.low <= 0.0 <= self.high
        )

    def as_dict(self) -> dict[str, Any]:
        """For JSON files."""
        numbers = {"first": self.first, "second": self.second, "difference": self.value}
        numbers |= {"low": self.low, "high": self.high}
        rounded = {name: None if number is None else round(number, 5) for name, number in numbers.items()}
        return {**rounded, "drives": self.drives, "title": self.title}


@dataclass(frozen=True)
class McNemar:
    """Paired outcomes, detected or not, of two candidates.

    Attributes:
        both, neither, only_first, only_second: how many were detected by whom.
        unpaired: distractions in which only one of the policies is to alert.
    """

    both: int
    neither: int
    only_first: int
    only_second: int
    unpaired: int = 0

    @property
    def p_value(self) -> float:
        """Two-sided and exact; 1 when the two never differ."""
        differing = self.only_first + self.only_second
        # Loaded where a comparison is made: it takes longer than all the rest of a start of the window.
        from scipy import stats

        return float(stats.binomtest(self.only_first, differing).pvalue) if differing else 1.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON files."""
        return {**asdict(self), "p_value": round(self.p_value, 6)}


@dataclass(frozen=True)
class Comparison:
    """Two candidates on the same drives.

    Attributes:
        first, second: their names.
        detected: which distractions each detected.
        differences: by name: ``frame_accuracy``, ``detected``, ``excess_delay_s``, ``false_per_hour``,
            ``attention_beyond_clearing_s_per_hour``.
    """

    first: str
    second: str
    detected: McNemar
    differences: dict[str, Difference]

    @property
    def lines(self) -> list[str]:
        """For the terminal: what only one of them detects, and how far apart they are."""
        lines = [
            f"{self.first} against {self.second}: only the first detects {self.detected.only_first},"
            f" only the second {self.detected.only_second} (McNemar p = {self.detected.p_value:.3f})"
        ]
        for difference in self.differences.values():
            if difference.value is not None:
                interval = "no interval from one drive"
                if difference.low is not None and difference.high is not None:
                    interval = f"95 % {difference.low:+.3f} to {difference.high:+.3f}"
                lines.append(f"  {difference.title}: {difference.value:+.3f} ({interval})")
        return lines

    def as_dict(self) -> dict[str, Any]:
        """For JSON files."""
        return {
            "first": self.first,
            "second": self.second,
            "detected": self.detected.as_dict(),
            "differences": {name: difference.as_dict() for name, difference in self.differences.items()},
        }


def compare(
    first_name: str, first: Sequence[DriveRecord], second_name: str, second: Sequence[DriveRecord]
) -> Comparison:
    """Compare two candidates on the labelled ones of their drives.

    Args:
        first_name, second_name: of the candidates.
        first, second: the same drives in the same order.

    Raises:
        UserError: when no drive is labelled.
        ValueError: for different drives.
    """
    if [record.path or record.name for record in first] != [record.path or record.name for record in second]:
        raise ValueError("two candidates are compared on the same drives")
    pairs = [
        (a, b)
        for a, b in zip(first, second, strict=True)
        # What an interruption left of one of the two would not be the same drive.
        if a.event_score is not None and b.event_score is not None and len(a.times_s) == len(b.times_s)
    ]
    if not pairs:
        raise UserError("two candidates are compared on labelled drives: give --labels")
    paired = [_paired(a, b) for a, b in pairs]
    events = [event for drive in paired for event in drive]
    hits = [(a.alerted_s is not None, b.alerted_s is not None) for a, b in events]
    expected = sum(
        len(record.event_score.expected) for pair in pairs for record in pair if record.event_score is not None
    )
    detected = McNemar(
        both=sum(a and b for a, b in hits),
        neither=sum(not a and not b for a, b in hits),
        only_first=sum(a and not b for a, b in hits),
        only_second=sum(b and not a for a, b in hits),
        unpaired=expected - 2 * len(events),
    )
    sums: dict[str, list[DriveSums]] = {
        "frame_accuracy": [(*_frames(a), *_frames(b)) for a, b in pairs],
        "detected": [_detections(drive) for drive in paired],
        "excess_delay_s": [_delays(drive) for drive in paired],
        "false_per_hour": [(*_false(a), *_false(b)) for a, b in pairs],
        "attention_beyond_clearing_s_per_hour": [(*_attention(a), *_attention(b)) for a, b in pairs],
    }
    return compare_sums(first_name, second_name, detected, sums)


TITLES = {
    "frame_accuracy": "Frame accuracy",
    "detected": "Fraction of distractions detected",
    "excess_delay_s": "Mean excess delay against ideal predictions, s",
    "false_per_hour": "False alerts an hour",
    "attention_beyond_clearing_s_per_hour": "Attention under an alert beyond the clearing time, s an hour",
}
"""Name → title of the figures that are compared."""

DriveSums = tuple[float, float, float, float]
"""Of one drive: numerator and denominator of the first candidate, then of the second."""

_MAX_VALUES = 8_000_000
"""Resampled at once: more drives are resampled in parts, so that memory does not grow with them."""


def compare_sums(
    first_name: str, second_name: str, detected: McNemar, sums: Mapping[str, Sequence[DriveSums]]
) -> Comparison:
    """A comparison of what drives add up to, for who has not all of them in memory.

    Args:
        first_name, second_name: of the candidates.
        detected: which distractions each detected.
        sums: name of a figure, as in `TITLES` → one row a drive.
    """
    return Comparison(
        first_name, second_name, detected, {name: _difference(title, sums[name]) for name, title in TITLES.items()}
    )


def _difference(title: str, drives: Sequence[DriveSums]) -> Difference:
    columns = np.array([drive for drive in drives if drive[1] > 0.0 and drive[3] > 0.0], dtype=np.float64)
    if not len(columns):
        return Difference(title, None, None, None, None, 0)
    sums = columns.sum(axis=0)
    first, second = float(sums[0] / sums[1]), float(sums[2] / sums[3])
    low = high = None
    if len(columns) > 1:
        from scipy import stats

        interval = stats.bootstrap(
            tuple(columns.T),
            _ratios,
            paired=True,
            vectorized=True,
            n_resamples=_RESAMPLES,
            batch=None if _RESAMPLES * len(columns) <= _MAX_VALUES else max(1, _MAX_VALUES // len(columns)),
            confidence_level=_LEVEL,
            method="percentile",
            rng=np.random.default_rng(_SEED),
        ).confidence_interval
        low, high = float(interval.low), float(interval.high)
    return Difference(title, first, second, low, high, len(columns))


def _ratios(
    a: NDArray[np.float64], of_a: NDArray[np.float64], b: NDArray[np.float64], of_b: NDArray[np.float64], axis: int = -1
) -> NDArray[np.float64]:
    return np.asarray(b.sum(axis) / of_b.sum(axis) - a.sum(axis) / of_a.sum(axis))


def _paired(a: DriveRecord, b: DriveRecord) -> list[tuple[Distraction, Distraction]]:
    """The distractions that both policies are to alert in."""
    assert a.event_score is not None and b.event_score is not None
    others = {(item.start_s, item.end_s): item for item in b.event_score.expected}
    return [
        (item, others[item.start_s, item.end_s])
        for item in a.event_score.expected
        if (item.start_s, item.end_s) in others
    ]


def _frames(record: DriveRecord) -> tuple[float, float]:
    assert record.frame_score is not None
    return float(record.frame_score.confusion.trace()), float(record.frame_score.scored)


def _false(record: DriveRecord) -> tuple[float, float]:
    assert record.event_score is not None
    return float(len(record.event_score.false)), record.event_score.labelled_s / 3600.0


def _attention(record: DriveRecord) -> tuple[float, float]:
    assert record.event_score is not None
    return record.event_score.attention.beyond_clearing_s, record.event_score.labelled_s / 3600.0


def _detections(drive: Sequence[tuple[Distraction, Distraction]]) -> DriveSums:
    count = float(len(drive))
    return sum(a.alerted_s is not None for a, _ in drive), count, sum(b.alerted_s is not None for _, b in drive), count


def _delays(drive: Sequence[tuple[Distraction, Distraction]]) -> DriveSums:
    """Only what both detected: a candidate must not gain by missing the slow ones."""
    both = [
        (a.excess_delay_s, b.excess_delay_s)
        for a, b in drive
        if a.excess_delay_s is not None and b.excess_delay_s is not None
    ]
    return sum(a for a, _ in both), float(len(both)), sum(b for _, b in both), float(len(both))
