"""An alert policy played over a drive's predictions as they come, with everything that it says of every frame."""

from __future__ import annotations

import bisect

from engines.prediction import Prediction
from monitor.alerts.events import AlertEvent, AlertState
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.predictions import DrivePredictions
from monitor.speed.source import SpeedSource, speed_at

_HOLDS_S = 1.0
"""A frame says nothing of a moment later than this."""


class PolicyStates:
    """What `monitor.evaluation.policy_run` sums up, frame by frame.

    Attributes:
        drive: the predictions; may still grow.
        states: of the first frames.
        events: of these.
    """

    def __init__(
        self, drive: DrivePredictions, settings: AlertSettings, speed: SpeedSource | float | None = None
    ) -> None:
        self.drive = drive
        self.states: list[AlertState] = []
        self.events: list[AlertEvent] = []
        self._policy, self._speed = AlertPolicy(settings), speed

    def advance(self) -> int:
        """Take in what the drive has more than before; how many frames that was. From one thread."""
        known, total = len(self.states), len(self.drive.cameras)
        for index in range(known, total):
            time_s, camera = self.drive.times_s[index], self.drive.cameras[index]
            answer = camera.answer(self.drive.predictions[index].probabilities)
            state = self._policy.update(time_s, answer, speed_at(self._speed, time_s), camera.shown)
            self.events.extend(state.events)
            # Last: who looks from another thread finds its events, too.
            self.states.append(state)
        return total - known

    def at(self, time_s: float) -> tuple[AlertState, Prediction] | None:
        """What held at a time; None where nothing is known yet, or no longer."""
        count = len(self.states)
        index = bisect.bisect_right(self.drive.times_s, time_s + 1e-4, hi=count) - 1
        if index < 0 or time_s - self.drive.times_s[index] > _HOLDS_S:
            return None
        return self.states[index], self.drive.predictions[index]
