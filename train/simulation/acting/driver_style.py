"""A driver's style: how this driver, this time, sits, looks around, steers and holds the wheel."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from train.simulation.appearance import Appearance
from train.simulation.body.motion import HandPose, Hops, Pose, Rhythm, Wobble
from train.simulation.body.rig import CoordinateFrame, gear_knob, skeleton, wheel_axes
from train.simulation.shapes.geometry import Array, unit, vector

_T = TypeVar("_T")


class DriverStyle:
    """What varies between two performances of the same thing.

    Whatever an act wants to vary has a name; the seed and the name alone decide it, so acts can be changed one by
    one.

    Args:
        appearance: the driver and the car.
        seed: decides everything about the style.
    """

    def __init__(self, appearance: Appearance, seed: tuple[int, ...]) -> None:
        self.cabin, self.face = appearance.cabin, appearance.face
        self._build, self._seed = appearance.build, seed
        self._known: dict[str, object] = {}
        rng = np.random.default_rng(seed)
        self._head_wobble = Wobble(rng, 0.045)
        self._trunk_wobble = Wobble(rng, 0.012, 0.7)
        self.right_wobble = Wobble(rng, 0.006)
        self.left_wobble = Wobble(rng, 0.005)
        self._wheel_wobble = Wobble(rng, 0.06, 0.8)
        self._habit = rng.normal(0.0, 1.0, 3)
        self._grips = (_grip(rng), np.pi - _grip(rng))

    def _rng(self, name: str) -> np.random.Generator:
        return np.random.default_rng([*self._seed, zlib.crc32(name.encode())])

    def _kept(self, name: str, make: Callable[[np.random.Generator], _T]) -> _T:
        if name not in self._known:
            self._known[name] = make(self._rng(name))
        return self._known[name]  # type: ignore[return-value]

    def style(self, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """A number between ``low`` and ``high`` that stays the same for this style."""
        return low + (high - low) * self._kept(f"style {name}", lambda rng: float(rng.random()))

    def chance(self, name: str, fraction: float) -> bool:
        """Whether something that ``fraction`` of all drivers do is done in this style."""
        return self.style(name) < fraction

    def comes(
        self, name: str, time: float, there_s: tuple[float, float], away_s: tuple[float, float], edge_s: float = 0.35
    ) -> float:
        """0..1: how much something that comes and goes is there at ``time``, seconds; see `Rhythm`."""
        return self._kept(f"rhythm {name}", lambda rng: Rhythm(rng, there_s, away_s, edge_s)).at(time)

    def hops(self, name: str, time: float, size: Array, stay_s: float) -> Array:
        """The offset (3,), up to ``size`` metres, of something that jumps from place to place; see `Hops`."""
        return self._kept(f"hops {name}", lambda rng: Hops(rng, size, stay_s)).at(time)

    def trunk(self, time: float, lean: float = 0.0, side: float = 0.0, twist: float = 0.0) -> Array:
        """Trunk angles (3,) around the given ones."""
        habit = self._habit * np.array([0.025, 0.025, 0.05])
        return np.asarray(np.array([lean, side, twist]) + habit + self._trunk_wobble.at(time))

    def head(self, time: float, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Array:
        """Head angles (3,) around the given ones."""
        habit = self._habit[::-1] * np.array([0.06, 0.05, 0.05]) + np.array([0.0, self.style("chin", -0.18, 0.02), 0.0])
        return np.asarray(np.array([yaw, pitch, roll]) + habit + self._head_wobble.at(time))

    def road(self, time: float) -> Array:
        """Head angles (3,) of somebody watching the road, with a small look to the side now and then."""
        look = self.comes("look aside", time, (0.6, 1.2), (3.0, 8.0))
        aside = self.style("aside", 0.1, 0.3) * (1.0 if self.chance("looks left", 0.6) else -1.0)
        return self.head(time, self.style("road yaw", -0.2, 0.06) + aside * look, self.style("road pitch", -0.08, 0.06))

    def wheel(self, time: float) -> float:
        """The angle of the steering wheel, radians, positive to the right."""
        bend = self.comes("bend", time, (2.0, 4.0), (4.0, 14.0), 0.9) * self.style("how sharp", -0.4, 0.4)
        return float(self._wheel_wobble.at(time)[0]) + bend

    def head_frame(self, trunk: Array, head: Array) -> CoordinateFrame:
        """Where the head of this driver is in those angles."""
        return skeleton(self._build, trunk, head).head

    def on_wheel(self, right: bool, time: float) -> HandPose:
        """The right or left hand, holding the rim."""
        angle = self._grips[0 if right else 1] - self.wheel(time)
        across, up, out = wheel_axes(self.cabin)
        spoke = np.cos(angle) * across + np.sin(angle) * up
        tangent = -np.sin(angle) * across + np.cos(angle) * up
        thumb = tangent if right else -tangent
        rim = self.cabin.wheel + self.cabin.wheel_radius * spoke
        fingers = unit(-0.85 * out - 0.35 * spoke + 0.25 * thumb)
        return HandPose(rim, fingers, thumb, 0.95)

    def on_thigh(self, time: float) -> HandPose:
        """The right hand, lying on the thigh."""
        spot = vector(self.style("thigh", 0.16, 0.28), self.style("thigh side", -0.16, -0.08), 0.12)
        return HandPose(spot + self.right_wobble.at(time), unit([0.9, 0.1, -0.35]), unit([0.1, 0.9, 0.2]), 0.35)

    def on_lever(self, push: float) -> HandPose:
        """The right hand on the gear lever, ``push`` metres ahead of its middle."""
        spot = gear_knob(self.cabin) + vector(push, 0.0, 0.03)
        return HandPose(spot, unit([0.85, 0.15, -0.4]), unit([0.1, 0.9, 0.2]), 0.7)

    def free_right(self, time: float) -> HandPose:
        """The right hand where it is when it neither steers nor acts: on the thigh or the gear lever."""
        return self.on_thigh(time) if self.chance("thigh rather than lever", 0.65) else self.on_lever(0.0)

    def sitting(self, time: float, trunk: Array, head: Array, right: HandPose | None = None) -> Pose:
        """A pose with the hands on the wheel but for a ``right`` that is busy."""
        steering = right or self.on_wheel(True, time)
        return Pose(trunk, head, steering, self.on_wheel(False, time), self.wheel(time), 0.0)


def _grip(rng: np.random.Generator) -> float:
    """Where the right hand holds the wheel: radians above the three o'clock position."""
    usual = rng.choice([-0.6, 0.05, 0.5, 0.85, 1.1], p=[0.12, 0.28, 0.3, 0.22, 0.08])
    return float(usual + rng.normal(0.0, 0.12))
