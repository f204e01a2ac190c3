"""What looks like a distraction and is none: mirrors, gears, an itching nose, a hand on the window. All of it is C0."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from train.simulation.acting.driver_style import DriverStyle
from train.simulation.appearance import Appearance
from train.simulation.body.motion import HandPose, Pose, blend
from train.simulation.shapes.geometry import smoothstep, unit, vector


class NearMiss(Enum):
    """A harmless movement of an attentive driver; the value is the name in files."""

    MIRROR = "mirror"
    SHOULDER = "shoulder"
    GEAR = "gear"
    NOSE = "nose"
    WINDOW = "window"

    @property
    def lengths_s(self) -> tuple[float, float]:
        """The shortest and longest that it takes, seconds."""
        return _MANNERS[self].lengths_s

    @property
    def shortest_s(self) -> float:
        """The shortest that it can be done in without haste, seconds: to come and to go."""
        return 2.0 * _MANNERS[self].edge_s


@dataclass(frozen=True)
class _How:
    lengths_s: tuple[float, float]
    edge_s: float
    """How long the movement takes to come and to go, seconds; a head is quicker than an arm."""
    pose: Callable[[DriverStyle, Pose, float], Pose]


class NearMissMovement:
    """One near miss of one driver.

    Args:
        appearance: the driver and the car.
        kind: what happens.
        seed: decides the style.
        start_s: when it begins, seconds.
        end_s: when it is over, seconds.
    """

    def __init__(self, appearance: Appearance, kind: NearMiss, seed: int, start_s: float, end_s: float) -> None:
        self._style = DriverStyle(appearance, (seed, list(NearMiss).index(kind), 4))
        self._how, self._start_s, self._end_s = _MANNERS[kind], start_s, end_s

    def fraction(self, time: float) -> float:
        """0 before and after, 1 when the movement is fully there."""
        edge_s = min(self._how.edge_s, 0.5 * (self._end_s - self._start_s))
        return smoothstep((time - self._start_s) / edge_s) * smoothstep((self._end_s - time) / edge_s)

    def over(self, attentive: Pose, time: float) -> Pose:
        """The pose at ``time`` seconds of a driver who would otherwise be in the pose ``attentive``."""
        fraction = self.fraction(time)
        return blend(attentive, self._how.pose(self._style, attentive, time), fraction) if fraction > 0.0 else attentive


def _mirror(act: DriverStyle, pose: Pose, time: float) -> Pose:
    """The inside mirror or one outside: the head turns by 15° to 32°, the eyes do the rest."""
    which = act.style("which")
    if which < 0.45:
        head = act.head(time, act.style("yaw", -0.28, -0.5), act.style("pitch", -0.12, -0.03))
    elif which < 0.8:
        head = act.head(time, act.style("yaw", 0.3, 0.56), act.style("pitch", 0.02, 0.12))
    else:
        head = act.head(time, act.style("yaw", -0.4, -0.56), act.style("pitch", 0.0, 0.1))
    return replace(pose, head=head)


def _shoulder(act: DriverStyle, pose: Pose, time: float) -> Pose:
    """A look over the left shoulder before changing the lane."""
    head = act.head(time, act.style("yaw", 1.0, 1.45), act.style("pitch", -0.02, 0.1))
    return replace(pose, head=head, trunk=act.trunk(time, 0.02, 0.0, act.style("twist", 0.05, 0.22)))


def _gear(act: DriverStyle, pose: Pose, time: float) -> Pose:
    """The right hand pushes or pulls the gear lever; the eyes stay on the road."""
    push = 0.035 * np.sin(act.style("pace", 2.0, 4.0) * time + act.style("phase", 0.0, 6.0))
    return replace(pose, right=act.on_lever(float(push)), trunk=pose.trunk + vector(0.02, 0.02, -0.02))


def _nose(act: DriverStyle, pose: Pose, time: float) -> Pose:
    """One finger at the nose or the cheek, for a moment."""
    right = act.chance("right hand", 0.7)
    side = -1.0 if right else 1.0
    frame = act.head_frame(pose.trunk, pose.head)
    scratch = float(np.sin(act.style("pace", 9.0, 15.0) * time))
    aside = act.style("aside", 0.004, 0.035) + 0.004 * scratch
    position = frame.at(0.118, side * aside, act.style("level", -0.045, 0.0))
    fingers = unit(frame.rotation @ vector(-0.45, -0.4 * side, 0.7))
    thumb = unit(frame.rotation @ vector(-0.5, 0.55 * side, 0.5))
    hand = HandPose(position, fingers, thumb, 0.55, 0.055)
    return replace(pose, right=hand) if right else replace(pose, left=hand)


def _window(act: DriverStyle, pose: Pose, time: float) -> Pose:
    """The left hand lies on the edge of the open window, its fingers over it."""
    spot = vector(act.style("ahead", 0.18, 0.30), act.style("out", 0.45, 0.47), act.cabin.sill - 0.012)
    fingers, thumb = unit([0.8, act.style("turn", 0.3, 0.75), -0.1]), unit([0.4, -0.9, 0.0])
    tapping = vector(0.0, 0.0, 0.006 * max(float(np.sin(9.0 * time)), 0.0) * act.style("taps"))
    sway = act.left_wobble.at(time) * np.array([1.0, 1.0, 0.2])
    left = HandPose(spot + sway + tapping, fingers, thumb, 0.55)
    return replace(pose, left=left)


_MANNERS = {
    NearMiss.MIRROR: _How((0.8, 1.4), 0.25, _mirror),
    NearMiss.SHOULDER: _How((0.9, 1.4), 0.3, _shoulder),
    NearMiss.GEAR: _How((1.4, 2.4), 0.5, _gear),
    NearMiss.NOSE: _How((1.3, 2.2), 0.5, _nose),
    NearMiss.WINDOW: _How((2.5, 5.0), 0.6, _window),
}
