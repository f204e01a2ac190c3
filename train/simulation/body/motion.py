"""What moves: the driver's pose, the blend from one pose to another, and the rhythms that movements follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from train.simulation.shapes.geometry import Array, smoothstep, unit, vector


@dataclass(frozen=True)
class HandPose:
    """A hand: the point it holds or touches (3,), where fingers and thumb point (3,), how far the fingers close.

    ``reach`` is how far beyond the palm, towards the finger tips, that point is held, metres.
    """

    point: Array
    fingers: Array
    thumb: Array
    curl: float
    reach: float = 0.0


@dataclass(frozen=True)
class Pose:
    """Everything about the driver that moves.

    ``trunk`` and ``head`` are the angles that `rig.skeleton` takes. ``phone`` and ``cup`` name the hand that holds
    them, ``right``, ``left`` or nothing; ``brush`` the hand with the make-up.
    """

    trunk: Array
    head: Array
    right: HandPose
    left: HandPose
    wheel: float
    mouth: float
    phone: str = ""
    cup: str = ""
    brush: str = ""

    @property
    def holds_something(self) -> bool:
        """Whether a hand holds a phone, a cup or make-up."""
        return bool(self.phone or self.cup or self.brush)

    def empty_handed(self) -> Pose:
        """The same pose with nothing in either hand."""
        return replace(self, phone="", cup="", brush="") if self.holds_something else self


def approach(a: HandPose, b: HandPose, fraction: float, bow: Array) -> HandPose:
    """A hand on its way from ``a`` (fraction 0) to ``b`` (1), half-way ``bow`` (3,) metres off the straight line."""
    if fraction >= 1.0:
        return b
    return HandPose(
        a.point + (b.point - a.point) * fraction + bow * float(np.sin(np.pi * fraction)),
        unit(a.fingers + (b.fingers - a.fingers) * fraction),
        unit(a.thumb + (b.thumb - a.thumb) * fraction),
        a.curl + (b.curl - a.curl) * fraction,
        a.reach + (b.reach - a.reach) * fraction,
    )


def blend(a: Pose, b: Pose, fraction: float) -> Pose:
    """The pose on the way from ``a`` (fraction 0) to ``b`` (fraction 1); what is held changes hands half-way."""

    def mix(x: Array, y: Array) -> Array:
        return np.asarray(x + (y - x) * fraction, dtype=np.float64)

    def hand(x: HandPose, y: HandPose, outward: float) -> HandPose:
        # A hand on a long way, such as back from the rear seat, goes around the body, not through it.
        bow = 0.5 * max(float(np.linalg.norm(y.point - x.point)) - 0.4, 0.0)
        return approach(x, y, fraction, vector(0.5 * bow, outward * bow, 0.0))

    held = b if fraction >= 0.5 else a
    return Pose(
        trunk=mix(a.trunk, b.trunk),
        head=mix(a.head, b.head),
        right=hand(a.right, b.right, -1.0),
        left=hand(a.left, b.left, 1.0),
        wheel=a.wheel + (b.wheel - a.wheel) * fraction,
        mouth=a.mouth + (b.mouth - a.mouth) * fraction,
        phone=held.phone,
        cup=held.cup,
        brush=held.brush,
    )


class Wobble:
    """A smooth aimless movement: a few slow sine waves, (3,), about one in size before ``strength``."""

    def __init__(self, rng: np.random.Generator, strength: float, pace: float = 1.0) -> None:
        self._rates = rng.uniform(0.4, 2.6, (4, 3)) * pace
        self._phases = rng.uniform(0.0, 2.0 * np.pi, (4, 3))
        self._strength = strength * 0.5

    def at(self, time: float) -> Array:
        """The offset (3,) at ``time`` seconds."""
        return np.asarray(np.sin(self._rates * time + self._phases).sum(axis=0) * self._strength, dtype=np.float64)


class Rhythm:
    """Something that comes and goes at uneven intervals: 0 while it is away, 1 while it is there, smooth between.

    Args:
        rng: decides the intervals; after forty of them they come round again.
        there_s: shortest and longest time that it is there, seconds.
        away_s: shortest and longest time that it is away, seconds.
        edge_s: how long it takes to come or go, seconds; inside the time that it is there.
    """

    _COUNT = 40

    def __init__(
        self, rng: np.random.Generator, there_s: tuple[float, float], away_s: tuple[float, float], edge_s: float
    ) -> None:
        spans = np.stack([rng.uniform(*away_s, self._COUNT), rng.uniform(*there_s, self._COUNT)], axis=1)
        self._ends = np.cumsum(spans.ravel())
        self._offset = float(rng.uniform(0.0, self._ends[-1]))
        self._edge_s = edge_s

    def at(self, time: float) -> float:
        """How much it is there at ``time`` seconds, 0..1."""
        local = self._local(time)
        index = int(np.searchsorted(self._ends, local, side="right"))
        if index % 2 == 0 or index >= len(self._ends):
            return 0.0
        since, left = local - float(self._ends[index - 1]), float(self._ends[index]) - local
        return smoothstep(since / self._edge_s) * smoothstep(left / self._edge_s)

    def _local(self, time: float) -> float:
        return (time + self._offset) % float(self._ends[-1])


class Hops:
    """Jumps from one position to another, as of a finger on buttons: a new offset (3,) every ``stay_s`` s or so."""

    _COUNT = 64

    def __init__(self, rng: np.random.Generator, size: Array, stay_s: float) -> None:
        self._places = rng.uniform(-1.0, 1.0, (self._COUNT, 3)) * size
        self._phase, self._stay_s = float(rng.uniform(0.0, self._COUNT)), stay_s

    def at(self, time: float) -> Array:
        """The offset (3,) at ``time`` seconds; a hop takes the first two fifths of a stay."""
        beat = time / self._stay_s + self._phase
        number = int(np.floor(beat))
        last, position = self._places[(number - 1) % self._COUNT], self._places[number % self._COUNT]
        return np.asarray(last + (position - last) * smoothstep((beat - number) / 0.4), dtype=np.float64)
