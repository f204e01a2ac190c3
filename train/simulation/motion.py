"""How the driver moves: the pose of every activity over time, and the blend from one to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engines.activities import Activity
from train.simulation.appearance import Appearance
from train.simulation.geometry import Array, smoothstep, unit, vector
from train.simulation.rig import Skeleton, skeleton, wheel_axes


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


def blend(a: Pose, b: Pose, share: float) -> Pose:
    """The pose on the way from ``a`` (share 0) to ``b`` (share 1); what is held changes hands half-way."""

    def mix(x: Array, y: Array) -> Array:
        return np.asarray(x + (y - x) * share, dtype=np.float64)

    def hand(x: HandPose, y: HandPose, outward: float) -> HandPose:
        # A hand on a long way, such as back from the rear seat, goes around the body, not through it.
        bow = 0.5 * max(float(np.linalg.norm(y.point - x.point)) - 0.4, 0.0) * float(np.sin(np.pi * share))
        return HandPose(
            mix(x.point, y.point) + vector(0.5 * bow, outward * bow, 0.0),
            unit(mix(x.fingers, y.fingers)),
            unit(mix(x.thumb, y.thumb)),
            x.curl + (y.curl - x.curl) * share,
            x.reach + (y.reach - x.reach) * share,
        )

    held = b if share >= 0.5 else a
    return Pose(
        trunk=mix(a.trunk, b.trunk),
        head=mix(a.head, b.head),
        right=hand(a.right, b.right, -1.0),
        left=hand(a.left, b.left, 1.0),
        wheel=a.wheel + (b.wheel - a.wheel) * share,
        mouth=a.mouth + (b.mouth - a.mouth) * share,
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


class Performance:
    """One stretch of one activity by one driver, in its own manner.

    Args:
        appearance: the driver and the car.
        activity: what the driver does.
        seed: decides the manner: grips, places, rhythm.
    """

    def __init__(self, appearance: Appearance, activity: Activity, seed: int) -> None:
        rng = np.random.default_rng([seed, int(activity), 3])
        self._build, self._cabin = appearance.build, appearance.cabin
        self._activity = activity
        self._acts = _ACTS[activity]
        # Sixteen numbers in 0..1: each act reads its own manner from them.
        self._style = rng.random(16)
        self._head_wobble = Wobble(rng, 0.05)
        self._trunk_wobble = Wobble(rng, 0.012, 0.7)
        self._right_wobble = Wobble(rng, 0.006)
        self._left_wobble = Wobble(rng, 0.005)
        self._wheel_wobble = Wobble(rng, 0.06, 0.8)
        self._habit = rng.normal(0.0, 1.0, 3)
        self._grips = (_grip(rng), np.pi - _grip(rng))

    def pose(self, time: float) -> Pose:
        """The pose at ``time`` seconds."""
        return self._acts(self, time)

    def style(self, index: int, low: float, high: float) -> float:
        """The manner's number ``index``, between ``low`` and ``high``."""
        return float(low + (high - low) * self._style[index])

    def pulse(self, time: float, period: float, share: float, phase: float = 0.0) -> float:
        """0 most of the time, 1 for ``share`` of every ``period`` seconds; the edges take a third of a second."""
        inside = (time / period + phase) % 1.0 * period
        return smoothstep(inside / 0.35) * smoothstep((share * period - inside) / 0.35 + 1.0)

    def trunk(self, time: float, lean: float = 0.0, side: float = 0.0, twist: float = 0.0) -> Array:
        """Trunk angles (3,) around the given ones."""
        habit = self._habit * np.array([0.025, 0.025, 0.05])
        return np.asarray(np.array([lean, side, twist]) + habit + self._trunk_wobble.at(time))

    def head(self, time: float, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Array:
        """Head angles (3,) around the given ones."""
        habit = self._habit[::-1] * np.array([0.07, 0.05, 0.05])
        return np.asarray(np.array([yaw, pitch, roll]) + habit + self._head_wobble.at(time))

    def road(self, time: float) -> Array:
        """Head angles (3,) of somebody watching the road, with a look to the side now and then."""
        look = self.pulse(time, self.style(12, 5.0, 9.0), 0.14, self.style(13, 0.0, 1.0))
        aside = 0.35 if self._style[14] < 0.7 else -0.3
        return self.head(time, self.style(15, -0.22, 0.06) + aside * look, self.style(14, -0.08, 0.06))

    def wheel(self, time: float) -> float:
        """The angle of the steering wheel, radians, positive to the right."""
        return float(self._wheel_wobble.at(time)[0])

    def bones(self, trunk: Array, head: Array) -> Skeleton:
        """The skeleton of this driver in those angles."""
        return skeleton(self._build, trunk, head)

    def on_wheel(self, right: bool, time: float) -> HandPose:
        """The right or left hand, holding the rim."""
        angle = self._grips[0 if right else 1] - self.wheel(time)
        across, up, out = wheel_axes(self._cabin)
        spoke = np.cos(angle) * across + np.sin(angle) * up
        tangent = -np.sin(angle) * across + np.cos(angle) * up
        thumb = tangent if right else -tangent
        rim = self._cabin.wheel + self._cabin.wheel_radius * spoke
        fingers = unit(-0.85 * out - 0.35 * spoke + 0.25 * thumb)
        return HandPose(rim, fingers, thumb, 0.95)

    def resting(self, time: float, bones: Skeleton) -> HandPose:
        """The right hand on the thigh or the gear lever."""
        if self._style[11] < 0.6:
            spot = vector(self.style(10, 0.16, 0.26), -0.13, 0.12)
        else:
            spot = vector(self.style(10, 0.22, 0.3), -0.36, 0.10)
        return HandPose(spot + self._right_wobble.at(time), unit([0.9, 0.1, -0.35]), unit([0.1, 0.9, 0.2]), 0.35)


def _grip(rng: np.random.Generator) -> float:
    """Where the right hand holds the wheel: radians above the three o'clock position."""
    return float(rng.choice([0.05, 0.5, 0.85, 1.1], p=[0.3, 0.35, 0.25, 0.1]) + rng.normal(0.0, 0.12))


def _safe(act: Performance, time: float) -> Pose:
    trunk, head = act.trunk(time), act.road(time)
    right = act.on_wheel(True, time)
    # Now and then a careful driver, too, steers with one hand.
    if act.style(0, 0.0, 1.0) > 0.86:
        right = act.resting(time, act.bones(trunk, head))
    return Pose(trunk, head, right, act.on_wheel(False, time), act.wheel(time), 0.0)


def _glancing(act: Performance, time: float, yaw: float) -> Array:
    """Head angles (3,) of somebody who reads a phone and looks up at the road now and then."""
    up = act.pulse(time, act.style(1, 2.6, 4.5), 0.3, act.style(2, 0.0, 1.0))
    down = act.style(3, 0.3, 0.62)
    return act.head(time, yaw * (1.0 - up) - 0.05, down * (1.0 - up), 0.0)


def _tapping(time: float) -> Array:
    """The small jolts (3,) of a thumb at work, metres."""
    return vector(0.0, 0.002 * np.sin(19.0 * time), 0.003 * np.sin(23.0 * time + 1.0))


def _text_right(act: Performance, time: float) -> Pose:
    trunk, head = act.trunk(time, 0.03, 0.04), _glancing(act, time, -0.2)
    low = act.style(4, 0.0, 1.0)
    spot = vector(act.style(5, 0.10, 0.24), act.style(6, -0.20, -0.10), 0.22 + 0.14 * low) + _tapping(time)
    spot += act._right_wobble.at(time) * 1.5
    right = HandPose(spot, unit([0.55, 0.3, 0.72]), unit([act.style(7, 0.1, 0.55), -0.8, 0.15]), 0.55)
    return Pose(trunk, head, right, act.on_wheel(False, time), act.wheel(time), 0.0, phone="right")


def _text_left(act: Performance, time: float) -> Pose:
    trunk, head = act.trunk(time, 0.02, 0.0), _glancing(act, time, 0.1)
    spot = vector(act.style(5, 0.16, 0.29), act.style(6, 0.0, 0.14), act.style(4, 0.32, 0.45)) + _tapping(time)
    spot += act._left_wobble.at(time) * 1.5
    left = HandPose(spot, unit([0.55, -0.25, 0.72]), unit([act.style(7, -0.3, 0.15), 0.85, 0.2]), 0.55)
    return Pose(trunk, head, act.on_wheel(True, time), left, act.wheel(time), 0.0, phone="left")


def _at_ear(act: Performance, time: float, right: bool, head_frame: Skeleton) -> HandPose:
    side = -1.0 if right else 1.0
    frame = head_frame.head
    wobble = (act._right_wobble if right else act._left_wobble).at(time) * 0.6
    ahead = act.style(4, 0.015, 0.045) if right else act.style(4, 0.04, 0.085)
    spot = frame.at(ahead, side * 0.098, act.style(5, -0.06, -0.02)) + wobble
    tilt = act.style(6, 0.35, 0.9)
    fingers = frame.rotation @ vector(-np.sin(tilt), -0.15 * side, np.cos(tilt))
    thumb = frame.rotation @ vector(-np.cos(tilt), 0.0, -np.sin(tilt))
    return HandPose(spot, unit(fingers), unit(thumb), 0.5, 0.04)


def _talking(act: Performance, time: float) -> float:
    """How far the mouth is open, 0..1, in somebody who talks and listens."""
    speaks = act.pulse(time, act.style(8, 2.5, 5.0), 0.65, act.style(9, 0.0, 1.0))
    return float(speaks * (0.35 + 0.3 * np.sin(11.0 * time) + 0.25 * np.sin(17.3 * time + 2.0)))


def _call(act: Performance, time: float, right: bool) -> Pose:
    trunk = act.trunk(time, 0.0, 0.03 if right else -0.04, 0.0)
    roll = act.style(7, 0.0, 0.18) * (1.0 if right else -1.0)
    head = act.road(time) + np.array([-0.08 if right else 0.05, 0.05, roll])
    hand = _at_ear(act, time, right, act.bones(trunk, head))
    other = act.on_wheel(not right, time)
    hands = (hand, other) if right else (other, hand)
    mouth = max(_talking(act, time), 0.0)
    return Pose(trunk, head, *hands, act.wheel(time), mouth, phone="right" if right else "left")


def _radio(act: Performance, time: float) -> Pose:
    looks = act.pulse(time, act.style(1, 2.4, 4.0), 0.55, act.style(2, 0.0, 1.0))
    trunk = act.trunk(time, 0.12 + act.style(0, 0.0, 0.12), 0.10, -0.06)
    head = act.head(time, -0.15 - 0.3 * looks, 0.05 + act.style(3, 0.15, 0.3) * looks)
    poke = 0.012 * np.sin(4.0 * time + act.style(4, 0.0, 6.0))
    place = act._cabin.console + vector(-0.035 + poke, act.style(5, -0.03, 0.06), act.style(6, -0.03, 0.09))
    place += vector(0.0, 0.012 * np.sin(0.9 * time), 0.015 * np.sin(0.7 * time + 1.0))
    right = HandPose(place, unit([0.88, -0.35, -0.2]), unit([0.2, 0.8, 0.35]), act.style(7, 0.15, 0.6))
    return Pose(trunk, head, right, act.on_wheel(False, time), act.wheel(time), 0.0)


def _drink(act: Performance, time: float) -> Pose:
    sip = act.pulse(time, act.style(1, 3.2, 5.0), 0.62, act.style(2, 0.0, 1.0))
    trunk = act.trunk(time, 0.0, 0.02)
    head = act.head(time, act.style(3, -0.15, 0.05), -0.22 * sip + 0.02)
    frame = act.bones(trunk, head).head
    bottle = act._cabin.cup_kind == "bottle"
    mouth = frame.at(0.115 + 0.035 * (1.0 - sip), -0.01, -0.075 - 0.02 * (1.0 - sip))
    rest = mouth + vector(0.08, -0.03, -act.style(4, 0.06, 0.16))
    tilt = 0.15 + (0.85 if bottle else 0.5) * sip
    top = vector(-np.sin(tilt), 0.0, np.cos(tilt))
    # The lip of the cup is at the mouth; the hand holds it some way below.
    spot = rest + (mouth - top * (0.11 if bottle else 0.06) - rest) * sip + act._right_wobble.at(time)
    if act.style(5, 0.0, 1.0) < 0.87:
        right = HandPose(spot, unit([0.62, 0.55, 0.25]), unit(top), 0.75)
        return Pose(trunk, head, right, act.on_wheel(False, time), act.wheel(time), 0.15 * sip, cup="right")
    left = HandPose(spot + vector(0.0, 0.03, 0.0), unit([0.62, -0.55, 0.25]), unit(top), 0.75)
    return Pose(trunk, head, act.on_wheel(True, time), left, act.wheel(time), 0.15 * sip, cup="left")


def _reach_behind(act: Performance, time: float) -> Pose:
    search = np.sin(act.style(1, 1.2, 2.4) * time + act.style(2, 0.0, 6.0))
    deep = act.style(3, 0.3, 1.0)
    trunk = act.trunk(time, 0.08 + 0.03 * deep, 0.12 + 0.2 * deep + 0.03 * search, -0.35 - 0.5 * deep)
    # Some look back over the right shoulder, others keep an eye on the road and feel their way.
    back = act.style(4, -0.5, -1.7) if act.style(5, 0.0, 1.0) < 0.75 else -0.25
    head = act.head(time, back + 0.1 * search, 0.12 + 0.2 * deep, 0.1 * deep)
    spot = vector(-0.50 - 0.12 * deep, -0.45 + 0.03 * search, act.style(6, 0.08, 0.34) - 0.03 * search)
    right = HandPose(spot, unit([-0.85, -0.2, -0.4]), unit([-0.3, 0.3, 0.8]), 0.3)
    return Pose(trunk, head, right, act.on_wheel(False, time), act.wheel(time), 0.0)


def _groom(act: Performance, time: float) -> Pose:
    manner = act.style(0, 0.0, 1.0)
    trunk = act.trunk(time, 0.02, 0.0)
    looking = act.style(3, -0.35, 0.0)
    head = act.head(time, looking, act.style(4, -0.2, 0.05), 0.08 * np.sin(0.8 * time))
    frame = act.bones(trunk, head).head
    stroke = np.sin(act.style(1, 2.2, 4.0) * time + act.style(2, 0.0, 6.0))
    right = manner < 0.82
    side = -1.0 if right else 1.0
    if act.style(6, 0.0, 1.0) < 0.55:  # hair
        high = act.style(5, 0.3, 1.0)
        local = vector(-0.02 - 0.025 * stroke, side * (0.105 - 0.045 * high), 0.03 + 0.085 * high + 0.012 * stroke)
        fingers, thumb = vector(-0.55, -0.4 * side, 0.5), vector(0.75, 0.0, 0.6)
        if act.style(7, 0.0, 1.0) < 0.4:
            fingers, thumb = vector(-0.75, -0.2 * side, 0.65), vector(-0.6, 0.0, -0.7)
        brush, curl = "", 0.35
    else:  # lips, cheek or eye
        high = act.style(5, -0.075, 0.03)
        local = vector(0.115, side * (0.03 + 0.012 * stroke), high + 0.012 * stroke)
        fingers, thumb = vector(-0.35, -0.55 * side, 0.65), vector(-0.5, 0.55 * side, 0.5)
        brush, curl = ("right" if right else "left"), 0.65
    hand = HandPose(
        frame.at(*local) + act._right_wobble.at(time),
        unit(frame.rotation @ fingers),
        unit(frame.rotation @ thumb),
        curl,
    )
    other = act.on_wheel(not right, time)
    hands = (hand, other) if right else (other, hand)
    return Pose(trunk, head, *hands, act.wheel(time), 0.1 if brush else 0.0, brush=brush)


def _talk(act: Performance, time: float) -> Pose:
    trunk = act.trunk(time, 0.0, 0.03, act.style(0, -0.25, -0.02))
    # Turned to the passenger for most of the time, with a short check of the road.
    check = act.pulse(time, act.style(1, 4.0, 7.0), 0.13, act.style(2, 0.0, 1.0))
    yaw = act.style(3, -1.5, -0.85) * (1.0 - 0.45 * check)
    head = act.head(time, yaw, act.style(4, -0.05, 0.1) + 0.05 * np.sin(2.1 * time), 0.08 * np.sin(1.3 * time))
    bones = act.bones(trunk, head)
    kind = act.style(5, 0.0, 1.0)
    right = act.on_wheel(True, time)
    if kind > 0.75:
        right = act.resting(time, bones)
    elif kind > 0.55:  # talking with the hand
        spot = vector(0.2 + 0.03 * np.sin(2.7 * time), -0.28, 0.3 + 0.05 * np.sin(1.9 * time + 1.0))
        right = HandPose(spot, unit([0.6, -0.3, 0.6]), unit([0.1, -0.6, 0.5]), 0.2)
    return Pose(trunk, head, right, act.on_wheel(False, time), act.wheel(time), max(_talking(act, time), 0.0))


def _call_right(act: Performance, time: float) -> Pose:
    return _call(act, time, right=True)


def _call_left(act: Performance, time: float) -> Pose:
    return _call(act, time, right=False)


_ACTS: dict[Activity, Callable[[Performance, float], Pose]] = {
    Activity.SAFE_DRIVING: _safe,
    Activity.TEXTING_RIGHT: _text_right,
    Activity.PHONE_RIGHT: _call_right,
    Activity.TEXTING_LEFT: _text_left,
    Activity.PHONE_LEFT: _call_left,
    Activity.RADIO: _radio,
    Activity.DRINKING: _drink,
    Activity.REACHING_BEHIND: _reach_behind,
    Activity.HAIR_AND_MAKEUP: _groom,
    Activity.PASSENGER: _talk,
}
