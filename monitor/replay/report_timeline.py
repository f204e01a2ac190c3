"""The timeline of a replayed drive, as shapes that the report's template draws as SVG."""

from __future__ import annotations

import base64
import itertools
import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import cv2
import numpy as np

from engines.activities import Activity
from monitor.alerts.events import Tier
from monitor.alerts.settings import SpeedBand
from monitor.evaluation.drive import DriveRecord
from monitor.health.camera_health import Health

WIDTH = 1000.0
"""Of the drawing, in SVG units."""

_MAX_ROW_S = 150.0
_MAX_ROWS = 24
_MAX_SHAPES = 700
"""In a lane: more could not be distinguished."""

_MIN_LABEL_WIDTH = 26.0

_SPEED_TITLES = {
    "lost": "no signal",
    SpeedBand.BELOW_GATE.value: "no alerts",
    SpeedBand.SLOW.value: "slow",
    SpeedBand.FAST.value: "fast",
}

HEAT_COLOURS = (
    (0x6F, 0x9A, 0x80), (0x3F, 0x6F, 0xD1), (0x7B, 0xA2, 0xEE), (0x7F, 0x50, 0xC7), (0xB3, 0x91, 0xEA),
    (0xB9, 0x8E, 0x1F), (0x1F, 0x9B, 0x9B), (0xCC, 0x64, 0x30), (0xCF, 0x57, 0x95), (0x8B, 0x76, 0x54),
)  # fmt: skip
"""RGB of C0 to C9, as in the page's style sheet; in a dark page, too."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Block:
    """A rectangle in a lane: left edge and width in SVG units, CSS class, label (may be empty), tooltip."""

    x: float
    width: float
    css: str
    label: str
    tip: str


class _Look(NamedTuple):
    """How a state is drawn: CSS class, label where there is room, tooltip."""

    css: str
    label: str
    tip: str


@dataclass(frozen=True)
class TimelineRow:
    """A part of the drive.

    Attributes:
        start_s, end_s: what it shows.
        lanes: (title, blocks) from top to bottom.
        curve: SVG points of the smoothed probability of distraction, y from 0 (certain) to 1; empty without one.
        ticks: (x, text) of the time axis.
        heat: base64 PNG of the unsmoothed probabilities, C0 to C9 from top to bottom, transparent where there are none.
    """

    start_s: float
    end_s: float
    lanes: tuple[tuple[str, tuple[Block, ...]], ...]
    curve: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]
    heat: str


def draw_timeline(record: DriveRecord) -> list[TimelineRow]:
    """Lay a drive out in rows of equal length; an empty list for a drive without frames."""
    if not record.times_s:
        return []
    step_s = _typical_step(record.times_s)
    end_s = record.times_s[-1] + step_s
    rows = min(_MAX_ROWS, max(1, math.ceil(end_s / _MAX_ROW_S)))
    length_s = end_s / rows
    return [_row(record, index * length_s, (index + 1) * length_s, step_s) for index in range(rows)]


def _typical_step(times_s: Sequence[float]) -> float:
    steps = sorted(later - earlier for earlier, later in itertools.pairwise(times_s))
    return steps[len(steps) // 2] if steps else 0.2


def _row(record: DriveRecord, start_s: float, end_s: float, step_s: float) -> TimelineRow:
    chosen = [index for index, time_s in enumerate(record.times_s) if start_s <= time_s < end_s]
    times = [record.times_s[index] for index in chosen]
    scale = WIDTH / (end_s - start_s)

    lanes: list[tuple[str, tuple[Block, ...]]] = []
    if record.labels is not None:
        blocks = []
        for segment in record.labels.segments:
            left, right = max(segment.start_s, start_s), min(segment.end_s, end_s)
            if right > left:
                tip = f"{segment.activity.label} {segment.activity.title}: {segment.start_s:.1f}–{segment.end_s:.1f} s"
                width = (right - left) * scale
                label = segment.activity.label if width > _MIN_LABEL_WIDTH else ""
                blocks.append(Block((left - start_s) * scale, width, segment.activity.code, label, tip))
        lanes.append(("Labels", tuple(blocks)))

    def add(title: str, states: Sequence[Key], min_width: float, draw: Callable[[Key, str], _Look | None]) -> None:
        """A lane of states by frame; `draw` gets one and since when it holds, and says how it looks."""
        blocks = []
        for from_s, to_s, state in _runs(times, [states[index] for index in chosen], step_s):
            look = draw(state, f"from {from_s:.1f} s")
            if look is not None:
                width = (min(to_s, end_s) - from_s) * scale
                label = look.label if width > min_width else ""
                blocks.append(Block((from_s - start_s) * scale, width, look.css, label, look.tip))
        lanes.append((title, tuple(blocks)))

    add(
        "Network",
        [prediction.activity for prediction in record.drive.predictions],
        _MIN_LABEL_WIDTH,
        lambda activity, since: _Look(activity.code, activity.label, f"{activity.label} {activity.title} {since}"),
    )
    add(
        "Alert",
        record.tiers,
        3 * _MIN_LABEL_WIDTH,
        lambda tier, since: None if tier is Tier.NONE else _Look(tier.code, tier.code, f"{tier.code} {since}"),
    )
    numbers = [state.incident for state in record.run.states]
    if any(number is not None for number in numbers):
        incidents = record.run.incidents
        add(
            "Incident",
            numbers,
            0.5 * _MIN_LABEL_WIDTH,
            lambda number, _: (
                None if number is None else _Look(incidents[number].tier.code, str(number), incidents[number].text)
            ),
        )
    if any(health is not Health.OK for health in record.healths):
        add(
            "Health",
            record.healths,
            4 * _MIN_LABEL_WIDTH,
            lambda health, _: None if health is Health.OK else _Look("fault", health.value, health.text),
        )
    speeds = _speeds(record)
    if len(set(speeds)) > 1:
        add(
            "Speed",
            speeds,
            3 * _MIN_LABEL_WIDTH,
            lambda speed, since: _Look(f"speed-{speed}", _SPEED_TITLES[speed], f"{_SPEED_TITLES[speed]} {since}"),
        )
    return TimelineRow(
        start_s,
        end_s,
        tuple(lanes),
        _curve(record, chosen, start_s, scale),
        _ticks(start_s, end_s),
        _heat(record, chosen, start_s, end_s),
    )


def _speeds(record: DriveRecord) -> list[str]:
    """Of each frame: the rules that held at the car's speed, or that the signal was lost."""
    return [
        "lost" if kmh is None else band.value for kmh, band in zip(record.run.speeds_kmh, record.run.bands, strict=True)
    ]


def _runs(times: Sequence[float], states: Sequence[Key], step_s: float) -> list[tuple[float, float, Key]]:
    """Frames in a row with the same state as (start_s, end_s, state); a frame lasts until the next, at most 1 s."""
    runs: list[tuple[float, float, Key]] = []
    max_s = max(1.0, 2.0 * step_s)
    for index, (time_s, state) in enumerate(zip(times, states, strict=True)):
        until_s = times[index + 1] if index + 1 < len(times) else time_s + step_s
        until_s = min(until_s, time_s + max_s)
        if runs and runs[-1][2] == state and time_s - runs[-1][1] < 1e-6:
            runs[-1] = (runs[-1][0], until_s, state)
        else:
            runs.append((time_s, until_s, state))
    if len(runs) <= _MAX_SHAPES:
        return runs
    # Too fine to see: the longest run of each slice stays.
    slice_s = (runs[-1][1] - runs[0][0]) / _MAX_SHAPES
    longest: dict[int, tuple[float, float, Key]] = {}
    for run in runs:
        number = int((run[0] - runs[0][0]) / slice_s)
        if number not in longest or run[1] - run[0] > longest[number][1] - longest[number][0]:
            longest[number] = run
    return [longest[number] for number in sorted(longest)]


def _curve(record: DriveRecord, chosen: Sequence[int], start_s: float, scale: float) -> tuple[str, ...]:
    """Points of P(distracted), thinned to what can be seen; broken where there is none."""
    every = max(1, len(chosen) // (2 * _MAX_SHAPES))
    lines: list[list[str]] = [[]]
    for index in chosen[::every]:
        value = record.distracted[index]
        if math.isnan(value):
            lines.append([])
        else:
            lines[-1].append(f"{(record.times_s[index] - start_s) * scale:.1f},{1.0 - value:.3f}")
    return tuple(" ".join(points) for points in lines if len(points) > 1)


def _heat(record: DriveRecord, chosen: Sequence[int], start_s: float, end_s: float) -> str:
    """Each pixel shows the frame that holds at its time; transparent where the probability is 0."""
    columns = round(WIDTH)
    opacity = np.zeros((len(Activity), columns), dtype=np.float64)
    if chosen:
        times_s = np.array([record.times_s[index] for index in chosen])
        middles_s = start_s + (np.arange(columns) + 0.5) * (end_s - start_s) / columns
        latest = np.searchsorted(times_s, middles_s, side="right") - 1
        covered = (latest >= 0) & (middles_s - times_s[latest] <= 1.0)
        rows = np.stack([record.drive.predictions[index].probabilities for index in chosen])
        opacity[:, covered] = rows[latest[covered]].T
    pixels = np.zeros((len(Activity), columns, 4), dtype=np.uint8)
    pixels[..., :3] = np.array(HEAT_COLOURS, dtype=np.uint8)[:, None, ::-1]
    # Levels of 17 keep the file small and look the same as 256.
    pixels[..., 3] = 17 * np.round(15.0 * opacity)
    done, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    if not done:
        raise RuntimeError("OpenCV cannot encode PNG")
    return base64.b64encode(data.tobytes()).decode("ascii")


def _ticks(start_s: float, end_s: float) -> tuple[tuple[float, str], ...]:
    """Round times on the axis, six to thirteen of them."""
    length_s = end_s - start_s
    step_s = next((step for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600) if length_s / step <= 13), 1800)
    first = math.ceil(start_s / step_s)
    last = math.floor(end_s / step_s)
    ticks = []
    for number in range(first, last + 1):
        time_s = number * step_s
        text = f"{time_s // 60}:{time_s % 60:02d}" if end_s >= 60 else f"{time_s} s"
        ticks.append(((time_s - start_s) * WIDTH / length_s, text))
    return tuple(ticks)
