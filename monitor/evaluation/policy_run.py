"""An alert policy played over a drive's predictions: what the live monitor would have said, without the network."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engines.activities import Activity
from monitor.alerts.events import AlertEvent, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings, SpeedBand
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.scoring import held_s
from monitor.health.camera_health import Health
from monitor.speed.source import SpeedSource, speed_at


@dataclass(frozen=True)
class PolicyRun:
    """What a policy said of a drive of N frames.

    Attributes:
        tiers, healths: (N) after each frame.
        speeds_kmh: (N) at each frame; None without a signal, which counts as fast.
        bands: (N) the rules that held at that speed.
        distracted: (N) smoothed probability of C1–C9; NaN while there is none.
        events: in order.
    """

    tiers: list[Tier] = field(default_factory=list)
    healths: list[Health] = field(default_factory=list)
    speeds_kmh: list[float | None] = field(default_factory=list)
    bands: list[SpeedBand] = field(default_factory=list)
    distracted: list[float] = field(default_factory=list)
    events: list[AlertEvent] = field(default_factory=list)

    def seconds_by_tier(self, times_s: list[float], settings: AlertSettings) -> dict[Tier, float]:
        """Tier → seconds for which it stood, given the N frames' times."""
        seconds = dict.fromkeys(Tier, 0.0)
        for tier, length_s in zip(self.tiers, held_s(times_s, settings.frame_holds_s), strict=True):
            seconds[tier] += float(length_s)
        return seconds


def play_policy(
    drive: DrivePredictions, settings: AlertSettings, speed_kmh: SpeedSource | float | None = None
) -> PolicyRun:
    """Play a policy with these settings over a drive, as the pipeline does with the frames of a live one.

    Args:
        drive: its predictions.
        settings: of the policy.
        speed_kmh: the car's speed; None without a signal.
    """
    policy, run = AlertPolicy(settings), PolicyRun()
    for time_s, prediction, camera in zip(drive.times_s, drive.predictions, drive.cameras, strict=True):
        kmh = speed_at(speed_kmh, time_s)
        state = policy.update(time_s, camera.answer(prediction.probabilities), kmh, camera.shown)
        smoothed = state.probabilities
        run.tiers.append(state.tier)
        run.healths.append(state.health)
        run.speeds_kmh.append(state.speed_kmh)
        run.bands.append(state.band)
        run.distracted.append(math.nan if smoothed is None else 1.0 - float(smoothed[Activity.SAFE_DRIVING]))
        run.events.extend(state.events)
    return run
