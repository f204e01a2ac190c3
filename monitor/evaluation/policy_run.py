"""An alert policy run over a drive's predictions: what the live monitor would have done, without the network."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

from engines.activities import Activity
from engines.prediction import Prediction
from monitor.alerts.events import AlertEvent, AlertState, Tier
from monitor.alerts.incidents.incident import Incident
from monitor.alerts.incidents.tracker import IncidentTracker
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings, SpeedBand
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.scoring import frame_durations_s
from monitor.health.camera_health import Health
from monitor.speed.source import SpeedSource, speed_at

_HOLDS_S = 1.0
"""A frame says nothing of a time later than this."""


class PolicyRun:
    """A policy over the N frames that a drive has so far, as the pipeline runs it over those of a live one.

    Attributes:
        drive: the predictions; may still grow.
        states: (N) after each frame.
        events: in order.
        incidents: by number, in order; each as it was when it last changed.
    """

    def __init__(
        self, drive: DrivePredictions, settings: AlertSettings, speed_kmh: SpeedSource | float | None = None
    ) -> None:
        """Prepare; `advance` runs the policy.

        Args:
            drive: its predictions.
            settings: of the policy.
            speed_kmh: the car's speed; None without a signal.
        """
        self.drive = drive
        self.states: list[AlertState] = []
        self.events: list[AlertEvent] = []
        self.incidents: dict[int, Incident] = {}
        self._policy, self._speed_kmh = AlertPolicy(settings), speed_kmh
        self._tracker = IncidentTracker(settings.frame_holds_s)

    def advance(self) -> int:
        """Take in what the drive has more than before; how many frames that was. From one thread."""
        known, total = len(self.states), len(self.drive.cameras)
        for index in range(known, total):
            time_s, camera = self.drive.times_s[index], self.drive.cameras[index]
            prediction = camera.usable_prediction(self.drive.predictions[index].probabilities)
            kmh = speed_at(self._speed_kmh, time_s)
            state = self._policy.update(time_s, prediction, kmh, camera.reported)
            self.events.extend(state.events)
            self.incidents.update((incident.number, incident) for incident in self._tracker.update(state))
            # Last: who looks from another thread finds its events, too.
            self.states.append(state)
        return total - known

    def end_drive(self) -> None:
        """No frame follows: an incident that goes on ends with the drive."""
        last = self._tracker.end_drive()
        if last is not None:
            self.incidents[last.number] = last

    def at(self, time_s: float) -> tuple[AlertState, Prediction] | None:
        """What held at a time; None where nothing is known yet, or no longer."""
        count = len(self.states)
        index = bisect.bisect_right(self.drive.times_s, time_s + 1e-4, hi=count) - 1
        if index < 0 or time_s - self.drive.times_s[index] > _HOLDS_S:
            return None
        return self.states[index], self.drive.predictions[index]

    @property
    def tiers(self) -> list[Tier]:
        """(N) after each frame."""
        return [state.tier for state in self.states]

    @property
    def healths(self) -> list[Health]:
        """(N) after each frame."""
        return [state.health for state in self.states]

    @property
    def speeds_kmh(self) -> list[float | None]:
        """(N) at each frame; None without a signal, which counts as fast."""
        return [state.speed_kmh for state in self.states]

    @property
    def bands(self) -> list[SpeedBand]:
        """(N) the rules that held at that speed."""
        return [state.band for state in self.states]

    @property
    def distracted(self) -> list[float]:
        """(N) smoothed probability of C1–C9; NaN while there is none."""
        return [
            math.nan if state.probabilities is None else 1.0 - float(state.probabilities[Activity.SAFE_DRIVING])
            for state in self.states
        ]

    def seconds_by_tier(self, times_s: Sequence[float], settings: AlertSettings) -> dict[Tier, float]:
        """Tier → seconds for which it was active, given the N frames' times."""
        seconds = dict.fromkeys(Tier, 0.0)
        for tier, length_s in zip(self.tiers, frame_durations_s(times_s, settings.frame_holds_s), strict=True):
            seconds[tier] += float(length_s)
        return seconds


def run_policy(
    drive: DrivePredictions, settings: AlertSettings, speed_kmh: SpeedSource | float | None = None
) -> PolicyRun:
    """A policy with these settings over all frames of a drive."""
    run = PolicyRun(drive, settings, speed_kmh)
    run.advance()
    run.end_drive()
    return run
