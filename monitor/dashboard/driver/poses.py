"""The states of the driver's view, made by the alert policy itself from drives of a few seconds; for screenshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from monitor.alerts.events import AlertState
from monitor.alerts.policy import AlertPolicy
from monitor.health.camera_health import Health
from monitor.viewmodel.state import DashboardState

_FPS = 10.0

Seen = Activity | Health | None
"""What the frames show: an activity, what is wrong with them, or nothing that the model knows."""


@dataclass(frozen=True)
class Pose:
    """A drive that ends in a state.

    Attributes:
        segments: (what is seen, seconds) one after the other.
        then: what the driver does about the alert.
        after: segments after that.
        armed: whether alerts are on.
        brightness: of the frames, as a fraction.
    """

    segments: Sequence[tuple[Seen, float]]
    then: Literal["", "acknowledge", "snooze"] = ""
    after: Sequence[tuple[Seen, float]] = ()
    armed: bool = True
    brightness: float = 1.0


_SAFE, _DRINKS, _PHONE = Activity.SAFE_DRIVING, Activity.DRINKING, Activity.PHONE_RIGHT

POSES = {
    "attentive": Pose([(_SAFE, 72.0)]),
    "distracted": Pose([(_SAFE, 15.0), (_DRINKS, 1.5)]),
    "caution": Pose([(_SAFE, 15.0), (_DRINKS, 2.4)]),
    "warning": Pose([(_SAFE, 15.0), (Activity.REACHING_BEHIND, 3.9)]),
    "critical": Pose([(_SAFE, 15.0), (_PHONE, 6.4)]),
    "acknowledged": Pose([(_SAFE, 15.0), (_DRINKS, 3.4)], "acknowledge", [(_DRINKS, 0.4)]),
    "snoozed": Pose([(_SAFE, 15.0), (_DRINKS, 2.4)], "snooze", [(_SAFE, 30.0)]),
    "unsure": Pose([(_SAFE, 15.0), (None, 5.0)]),
    "no-picture": Pose([(_SAFE, 15.0), (Health.CAMERA_LOST, 5.0)]),
    "alerts-off": Pose([(_SAFE, 15.0)], armed=False),
    "night": Pose([(_SAFE, 15.0), (_DRINKS, 2.4)], brightness=0.2),
}
"""Name → how it comes about."""


def strike(state: DashboardState, pose: Pose) -> None:
    """Have a state that runs a drive show a pose."""
    policy = AlertPolicy(state.drive.settings if state.drive is not None else None)
    alert, now_s = _play(policy, pose.segments, 0.0)
    if pose.then:
        (policy.snooze if pose.then == "snooze" else policy.acknowledge)()
        alert, now_s = _play(policy, pose.after, now_s)
    state.armed = pose.armed
    frame = state.frame
    if frame is not None and pose.brightness < 1.0:
        # A while later: the light is followed slowly.
        frame = replace(frame, time=frame.time + 60.0, pixels=(frame.pixels * pose.brightness).astype(np.uint8))
    state.drive_changed.emit()
    state.show(frame, state.prediction, alert, now_s)


def _play(policy: AlertPolicy, segments: Sequence[tuple[Seen, float]], start_s: float) -> tuple[AlertState, float]:
    alert, now_s = None, start_s
    for seen, seconds in segments:
        for _ in range(round(seconds * _FPS)):
            fault = seen if isinstance(seen, Health) else None
            alert = policy.update(now_s, None if fault is not None else _probabilities(seen), fault=fault)
            now_s += 1.0 / _FPS
    assert alert is not None
    return alert, now_s


def _probabilities(seen: Seen) -> NDArray[np.float32]:
    probabilities = np.full(len(Activity), 0.1, dtype=np.float32)
    if isinstance(seen, Activity):
        probabilities[:] = 0.01
        probabilities[seen] = 0.91
    return probabilities
