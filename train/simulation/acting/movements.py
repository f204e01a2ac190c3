"""The ten activities as movements: the phone is taken up, read with glances at the road, and put down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf

import numpy as np

from engines.activities import Activity
from train.simulation.acting.driver_style import DriverStyle
from train.simulation.appearance import Appearance
from train.simulation.body.hand import touching
from train.simulation.body.motion import HandPose, Pose, approach
from train.simulation.body.rig import console_face, tunnel_top
from train.simulation.shapes.geometry import Array, smoothstep, unit, vector

_CARRYING = (
    Activity.TEXTING_RIGHT,
    Activity.PHONE_RIGHT,
    Activity.TEXTING_LEFT,
    Activity.PHONE_LEFT,
    Activity.DRINKING,
)


@dataclass(frozen=True)
class ActivitySpan:
    """When an activity begins and ends, seconds. What it needs is in the hand from the first moment to the last."""

    start_s: float = -inf
    end_s: float = inf

    def lifted(self, time: float, up_s: float, down_s: float) -> float:
        """0 where the thing was taken from or is put back, 1 where it is used; ``up_s`` and ``down_s`` to get there."""
        return smoothstep((time - self.start_s) / up_s) * smoothstep((self.end_s - time) / down_s)


ALWAYS = ActivitySpan()
"""A span without beginning and end."""


class Movement:
    """One segment of one activity by one driver, in its own style.

    Args:
        appearance: the driver and the car.
        activity: what the driver does.
        seed: decides the style: grips, positions, rhythm.
        span: when it begins and ends; what is needed is taken up after the beginning and put down before the end.
    """

    def __init__(self, appearance: Appearance, activity: Activity, seed: int, span: ActivitySpan = ALWAYS) -> None:
        self._style = DriverStyle(appearance, (seed, int(activity), 3))
        self._activity, self._span = activity, span
        self._act = _ACTS[activity]

    @property
    def carries(self) -> bool:
        """Whether something is taken up for it: then it begins and ends with the hand where that thing lies."""
        brush = self._activity is Activity.HAIR_AND_MAKEUP and _grooming(self._style).brush
        return self._activity in _CARRYING or brush

    def pose(self, time: float) -> Pose:
        """The pose at ``time`` seconds."""
        return self._act(self._style, self._span, time)


def _safe(act: DriverStyle, span: ActivitySpan, time: float) -> Pose:
    # Now and then a careful driver, too, steers with one hand.
    right = act.free_right(time) if act.chance("one hand", 0.14) else None
    return act.sitting(time, act.trunk(time), act.road(time), right)


def _phone_position(act: DriverStyle, right: bool) -> Array:
    """Where the phone lies before and after."""
    if right and act.chance("phone in console", 0.6):
        return vector(act.style("phone ahead", 0.12, 0.26), float(act.cabin.console[1]) + 0.06, 0.12)
    return vector(act.style("phone ahead", 0.10, 0.24), -0.10 if right else 0.13, 0.15)


def _picked(position: Array, right: bool) -> HandPose:
    """A hand that takes something from ``position``."""
    side = 1.0 if right else -1.0
    return HandPose(position, unit([0.8, 0.1 * side, -0.5]), unit([0.35, 0.8 * side, 0.3]), 0.5)


def _tapping(act: DriverStyle, time: float) -> Array:
    """The small jolts (3,) of a thumb at work, metres; it rests now and then."""
    busy = act.comes("typing", time, (1.5, 4.0), (0.4, 1.2))
    return vector(0.0, 0.002 * np.sin(19.0 * time), 0.003 * np.sin(23.0 * time + 1.0)) * busy


def _text(act: DriverStyle, span: ActivitySpan, time: float, right: bool) -> Pose:
    up = span.lifted(time, act.style("lift", 0.5, 0.9), act.style("lower", 0.5, 0.9))
    # Real texters hold the phone up by the wheel and look over it as often as down at it.
    glance = act.comes("glance up", time, (0.6, 1.8), (0.9, 3.2), 0.28)
    reading = (1.0 - glance) * (0.5 + 0.5 * up)
    yaw = act.style("reading yaw", -0.3, -0.05) if right else act.style("reading yaw", -0.1, 0.15)
    head = act.road(time) * (1.0 - reading) + act.head(time, yaw, act.style("reading pitch", 0.18, 0.58)) * reading
    trunk = act.trunk(time, 0.03, 0.03 if right else 0.0)
    wobble = act.right_wobble if right else act.left_wobble
    if right:
        spot = vector(act.style("ahead", 0.10, 0.27), act.style("side", -0.21, -0.08), act.style("height", 0.22, 0.42))
        fingers, thumb = unit([0.55, 0.3, 0.72]), unit([act.style("turn", 0.1, 0.55), -0.8, 0.15])
    else:
        spot = vector(act.style("ahead", 0.16, 0.29), act.style("side", 0.0, 0.13), act.style("height", 0.35, 0.47))
        fingers, thumb = unit([0.55, -0.25, 0.72]), unit([act.style("turn", -0.3, 0.15), 0.85, 0.2])
    # While the driver looks up, the phone sinks a little.
    spot = spot + _tapping(act, time) + wobble.at(time) * 1.5 - vector(0.0, 0.0, act.style("sink", 0.0, 0.05) * glance)
    using = HandPose(spot, fingers, thumb, 0.55)
    hand = approach(_picked(_phone_position(act, right), right), using, up, vector(0.02, 0.0, 0.03))
    hands = (hand, act.on_wheel(False, time)) if right else (act.on_wheel(True, time), hand)
    return Pose(trunk, head, *hands, act.wheel(time), 0.0, phone="right" if right else "left")


def _speech(time: float) -> float:
    """How far the mouth is open, 0..1, in somebody who speaks."""
    return float(max(0.35 + 0.3 * np.sin(11.0 * time) + 0.25 * np.sin(17.3 * time + 2.0), 0.0))


def _call(act: DriverStyle, span: ActivitySpan, time: float, right: bool) -> Pose:
    up = span.lifted(time, act.style("lift", 0.6, 1.0), act.style("lower", 0.6, 1.0))
    side = -1.0 if right else 1.0
    nod = 0.06 * act.comes("nod", time, (0.5, 1.0), (1.5, 5.0), 0.2) * np.sin(9.0 * time)
    trunk = act.trunk(time, 0.0, -0.035 * side)
    tilt = vector(-0.08 if right else -0.02, 0.05 + nod, -side * act.style("tilt", 0.0, 0.18)) * up
    # Whoever takes a phone up looks where it lies.
    fetch = vector(-0.2 if right else 0.1, 0.3, 0.0) * (1.0 - up)
    head = act.road(time) + tilt + fetch
    frame = act.head_frame(trunk, head)
    wobble = act.right_wobble if right else act.left_wobble
    ahead = act.style("ahead", 0.015, 0.045) if right else act.style("ahead", 0.055, 0.105)
    spot = frame.at(ahead, side * 0.098, act.style("height", -0.06, -0.02)) + wobble.at(time) * 0.6
    lean = act.style("lean", 0.35, 0.9)
    fingers = frame.rotation @ vector(-np.sin(lean), -0.15 * side, np.cos(lean))
    thumb = frame.rotation @ vector(-np.cos(lean), 0.0, -np.sin(lean))
    ear = HandPose(spot, unit(fingers), unit(thumb), 0.5, 0.04)
    hand = approach(_picked(_phone_position(act, right), right), ear, up, vector(0.09, 0.06 * side, 0.0))
    speaks = act.comes("speaks", time, (1.0, 4.0), (0.8, 4.0)) * up
    hands = (hand, act.on_wheel(False, time)) if right else (act.on_wheel(True, time), hand)
    return Pose(trunk, head, *hands, act.wheel(time), speaks * _speech(time), phone="right" if right else "left")


def _radio(act: DriverStyle, span: ActivitySpan, time: float) -> Pose:
    looks = 1.0 - act.comes("glance up", time, (0.6, 1.8), (0.6, 1.6), 0.28)
    trunk = act.trunk(time, 0.08 + act.style("lean", 0.0, 0.16), 0.10, -0.06)
    head = act.head(time, -0.12 - 0.33 * looks, 0.04 + act.style("pitch", 0.12, 0.3) * looks)
    position = act.cabin.console + vector(0.0, act.style("side", -0.01, 0.07), act.style("height", 0.03, 0.14))
    push = 0.0
    if act.chance("turns a knob", 0.35):
        turn = float(np.sin(act.style("knob", 1.5, 3.5) * time))
        thumb = unit(vector(0.2, 0.8, 0.35 + 0.5 * turn))
        curl = 0.65
    else:
        # A finger from button to button, with a push at each.
        position = position + act.hops("buttons", time, vector(0.0, 0.05, 0.045), act.style("button", 0.7, 1.6))
        push = 0.012 * max(float(np.sin(4.0 * time)), 0.0)
        thumb, curl = unit([0.2, 0.8, 0.35]), act.style("curl", 0.35, 0.7)
    tip = console_face(act.cabin, float(position[1]), float(position[2]), 0.008 + push)
    return act.sitting(time, trunk, head, touching(tip, vector(0.88, -0.35, -0.2), thumb, curl, right=True))


def _drink(act: DriverStyle, span: ActivitySpan, time: float) -> Pose:
    up = span.lifted(time, act.style("lift", 0.6, 1.0), act.style("lower", 0.6, 1.0))
    sip = up * (1.0 - act.comes("pause", time, (0.8, 2.2), (1.4, 3.2), 0.4))
    trunk = act.trunk(time, 0.0, 0.02)
    head = act.head(time, act.style("yaw", -0.15, 0.05), -act.style("tip", 0.1, 0.28) * sip + 0.02)
    frame = act.head_frame(trunk, head)
    bottle = act.cabin.cup_kind == "bottle"
    mouth = frame.at(0.115 + 0.035 * (1.0 - sip), -0.01, -0.075 - 0.02 * (1.0 - sip))
    rest = mouth + vector(0.08, -0.03, -act.style("sink", 0.05, 0.16))
    tilt = 0.15 + (0.85 if bottle else 0.5) * sip
    top = vector(-np.sin(tilt), 0.0, np.cos(tilt))
    # The lip of the cup is at the mouth; the hand holds it some way below.
    spot = rest + (mouth - top * (0.11 if bottle else 0.06) - rest) * sip + act.right_wobble.at(time)
    right = act.chance("right hand", 0.87)
    side = 1.0 if right else -1.0
    using = HandPose(spot + vector(0.0, 0.0 if right else 0.03, 0.0), unit([0.62, 0.55 * side, 0.25]), unit(top), 0.75)
    # Cups stand in the holder behind the gear lever; a left-handed drinker keeps it between the knees.
    holder = (
        vector(0.11, float(act.cabin.console[1]), tunnel_top(act.cabin) + 0.12) if right else vector(0.24, 0.03, 0.17)
    )
    taken = HandPose(holder, unit([0.75, 0.45 * side, -0.1]), vector(0.0, 0.0, 1.0), 0.75)
    hand = approach(taken, using, up, vector(0.06, 0.0, 0.0))
    hands = (hand, act.on_wheel(False, time)) if right else (act.on_wheel(True, time), hand)
    return Pose(trunk, head, *hands, act.wheel(time), 0.15 * sip, cup="right" if right else "left")


def _reach_behind(act: DriverStyle, span: ActivitySpan, time: float) -> Pose:
    search = float(np.sin(act.style("search", 1.2, 2.4) * time + act.style("phase", 0.0, 6.0)))
    # Between two tries the driver comes half-way up and looks at the road.
    pause = 0.35 * act.comes("pause", time, (0.6, 1.2), (2.0, 5.0), 0.45)
    deep = act.style("depth", 0.35, 1.0) * (1.0 - pause)
    floor = act.chance("floor rather than seat", 0.4)
    side = 0.12 + (0.32 if floor else 0.2) * deep + 0.03 * search
    trunk = act.trunk(time, (-0.02 if floor else 0.08) + 0.03 * deep, side, -0.25 - (0.25 if floor else 0.55) * deep)
    # Some look back over the shoulder, others down; a good third feel their way with their eyes on the road.
    if act.chance("looks back", 0.62):
        yaw, pitch = act.style("back yaw", -0.6, -1.75), act.style("back pitch", 0.05, 0.45)
    else:
        yaw, pitch = act.style("ahead yaw", -0.45, 0.0), act.style("ahead pitch", -0.1, 0.12)
    look = 1.0 - pause * 1.6
    head = act.head(time, yaw * look + 0.08 * search * deep, pitch * look, 0.12 * deep)
    height = act.style("height", -0.08, 0.12) if floor else act.style("height", 0.08, 0.34)
    spot = vector(-0.38 - 0.22 * deep, act.style("between", -0.40, -0.50) + 0.03 * search, height - 0.03 * search)
    right = HandPose(spot, unit([-0.85, -0.2, -0.4 if not floor else -0.9]), unit([-0.3, 0.3, 0.8]), 0.3)
    return act.sitting(time, trunk, head, right)


@dataclass(frozen=True)
class _Grooming:
    """How somebody grooms: which hand, what it touches, whether with make-up, whether the mirror is looked into."""

    right: bool
    hair: bool
    brush: bool
    mirror: bool


def _grooming(act: DriverStyle) -> _Grooming:
    # A hat lets a hand only into the hair below it.
    hair = act.chance("hair", 0.5) and (act.face.hat == "none" or act.face.cut in ("bob", "long"))
    right = act.chance("right hand", 0.85)
    return _Grooming(
        right=right,
        hair=hair,
        # An empty far hand at the mouth could as well scratch the nose.
        brush=not hair and (not right or act.chance("brush", 0.65)),
        mirror=act.chance("mirror", 0.4),
    )


def _hair(act: DriverStyle, time: float, side: float, stroke: float) -> tuple[Array, Array, Array]:
    """The hand in the hair: position, fingers and thumb (3,) in the head's frame; from the brow to behind the ear."""
    high, back = act.style("high", 0.2, 1.0), act.style("back", 0.0, 1.0)
    if act.face.hat != "none":
        position = vector(0.04 - 0.05 * back, side * 0.112, -0.09 - 0.05 * high + 0.02 * stroke)
        return position, vector(-0.75, -0.25 * side, 0.35), vector(0.4, 0.0, 0.8)
    position = vector(0.055 - 0.10 * back - 0.025 * stroke, side * (0.108 - 0.05 * high), 0.02 + 0.09 * high)
    if act.chance("fingers back", 0.6):
        return position, vector(-0.55, -0.4 * side, 0.5), vector(0.75, 0.0, 0.6)
    return position, vector(-0.75, -0.2 * side, 0.65), vector(-0.6, 0.0, -0.7)


def _face(act: DriverStyle, time: float, side: float, stroke: float) -> tuple[Array, Array, Array]:
    """The hand at the face: position, fingers and thumb (3,) in the head's frame; chin, lips, cheek or eye."""
    # Below a brim there is less room.
    level = act.style("level", -0.11, 0.03 if act.face.hat == "none" else -0.075)
    position = vector(0.112, side * (act.style("aside", 0.0, 0.05) + 0.012 * stroke), level)
    return (
        position + vector(0.0, 0.0, 0.012 * stroke),
        vector(-0.35, -0.55 * side, 0.65),
        vector(-0.5, 0.55 * side, 0.5),
    )


def _groom(act: DriverStyle, span: ActivitySpan, time: float) -> Pose:
    how = _grooming(act)
    up = span.lifted(time, 0.8, 0.8) if how.brush else 1.0
    trunk = act.trunk(time, 0.02, 0.0)
    if how.mirror:
        # Up to the visor's mirror or across to the inside one, with looks at the road.
        look = 1.0 - act.comes("glance down", time, (0.6, 1.4), (1.2, 3.0), 0.3)
        yaw, pitch = act.style("mirror yaw", -0.5, 0.0), act.style("mirror pitch", -0.3, -0.1)
        head = act.head(time, yaw * look, pitch * look, 0.08 * np.sin(0.8 * time))
    else:
        yaw, pitch = act.style("yaw", -0.3, 0.05), act.style("pitch", -0.1, 0.15)
        head = act.head(time, yaw, pitch, act.style("roll", -0.1, 0.2))
    side = -1.0 if how.right else 1.0
    frame = act.head_frame(trunk, head)
    # Strokes with rests between them: some only lean the head on the hand.
    moving = act.comes("strokes", time, (1.2, 4.0), (0.4, 1.5), 0.3) * (0.15 if act.chance("leans", 0.3) else 1.0)
    stroke = moving * float(np.sin(act.style("pace", 2.2, 5.0) * time + act.style("phase", 0.0, 6.0)))
    position, fingers, thumb = (_hair if how.hair else _face)(act, time, side, stroke)
    hand = HandPose(
        frame.at(*position) + act.right_wobble.at(time),
        unit(frame.rotation @ fingers),
        unit(frame.rotation @ thumb),
        0.65 if how.brush else act.style("curl", 0.25, 0.7),
    )
    if how.brush:
        hand = approach(_picked(_phone_position(act, how.right), how.right), hand, up, vector(0.09, 0.06 * side, 0.0))
    hands = (hand, act.on_wheel(False, time)) if how.right else (act.on_wheel(True, time), hand)
    brush = ("right" if how.right else "left") if how.brush else ""
    return Pose(trunk, head, *hands, act.wheel(time), 0.1 if how.brush else 0.0, brush=brush)


def _talk(act: DriverStyle, span: ActivitySpan, time: float) -> Pose:
    # The two take turns: whoever speaks looks across, whoever listens nods and checks the road.
    speaks = act.comes("speaks", time, (1.2, 4.5), (0.8, 3.0), 0.3)
    check = act.comes("road check", time, (0.7, 1.2), (2.0, 5.5), 0.35)
    laugh = act.comes("laughs", time, (0.7, 1.5), (4.0, 12.0), 0.3)
    trunk = act.trunk(time, -0.03 * laugh, 0.03, act.style("twist", -0.25, 0.0))
    # From half-way across, which is how most talk, to facing the passenger.
    far = act.style("how far") ** 1.4
    yaw = -(0.58 + 0.85 * far) * (0.88 + 0.12 * speaks)
    nod = 0.07 * (1.0 - speaks) * float(np.sin(6.0 * time)) * act.comes("nods", time, (0.7, 1.4), (1.0, 3.5), 0.2)
    pitch = act.style("pitch", -0.08, 0.14) + 0.04 * float(np.sin(2.1 * time)) * speaks + nod - 0.08 * laugh
    head = act.head(time, yaw * (1.0 - 0.85 * check), pitch * (1.0 - check), act.style("roll", -0.05, 0.16))
    right = act.free_right(time) if act.chance("rests", 0.35) else act.on_wheel(True, time)
    if act.chance("talks with the hand", 0.4):
        swing = vector(
            0.05 * np.sin(2.7 * time), 0.04 * np.sin(2.1 * time + 2.0), 0.06 * np.sin(1.9 * time + 1.0)
        )  # fmt: skip
        spot = vector(act.style("gesture ahead", 0.18, 0.34), act.style("gesture side", -0.34, -0.14), 0.34) + swing
        gesture = HandPose(spot, unit([0.6, -0.3, 0.6]), unit([0.1, -0.6, 0.5]), 0.2)
        fraction = act.comes("gesture", time, (1.5, 4.0), (1.0, 4.0), 0.45)
        right = approach(right, gesture, fraction, vector(0.0, 0.0, 0.04))
    mouth = max(speaks * _speech(time), 0.45 * laugh)
    pose = act.sitting(time, trunk, head, right)
    return Pose(pose.trunk, pose.head, pose.right, pose.left, pose.wheel, mouth)


_ACTS: dict[Activity, Callable[[DriverStyle, ActivitySpan, float], Pose]] = {
    Activity.SAFE_DRIVING: _safe,
    Activity.TEXTING_RIGHT: partial(_text, right=True),
    Activity.PHONE_RIGHT: partial(_call, right=True),
    Activity.TEXTING_LEFT: partial(_text, right=False),
    Activity.PHONE_LEFT: partial(_call, right=False),
    Activity.RADIO: _radio,
    Activity.DRINKING: _drink,
    Activity.REACHING_BEHIND: _reach_behind,
    Activity.HAIR_AND_MAKEUP: _groom,
    Activity.PASSENGER: _talk,
}
