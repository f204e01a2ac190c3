"""Every number of the alert policy, with its unit and where it comes from.

The timing is inspired by gaze rules (EU 2023/2590, Euro NCAP, NHTSA); a posture classifier cannot comply with them and
nothing here claims so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from engines.activities import Activity
from engines.errors import UserError
from engines.files.settings_faults import first_fault
from engines.notice import NoticeText
from monitor.alerts.smoothing import delay_s

REMOVED = {"smoothing", "median_s", "hmm_attentive_s", "hmm_distracted_s", "hmm_evidence_s", "hmm_floor"}
"""Settings of filters that are gone. Files of users and of bundles hold them still, so they are read and do nothing."""

FILTERS = ("exponential", "hmm", "median")
"""What `smoothing` could name; the first is the one that stayed."""

LOW_RISK = frozenset({Activity.RADIO, Activity.PASSENGER})
"""C5 and C9: never above a warning, and after more time."""


HIGHEST_THRESHOLD = 0.95
"""Above it a network hardly ever is: a threshold that is never reached switches its activity off."""

Threshold = Annotated[float, Field(ge=0.1, le=HIGHEST_THRESHOLD)]
"""A smoothed probability from which an activity is a distraction."""


class SpeedBand(Enum):
    """Which rules hold at the car's speed."""

    BELOW_GATE = "below_gate"
    SLOW = "slow"
    FAST = "fast"


class AlertSettings(BaseModel):
    """When the monitor alerts. Times are seconds of a monotonic clock, never frame counts.

    They count from what the driver does, not from when the smoothing lets it be seen: see
    `monitor.alerts.policy`. A phone's caution, due at once, is the one that `entry_delay_s` delays.

    Every number has both ends of a range in which the driver is still alerted: a policy or a bundle tunes the alerts,
    and cannot switch them off.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    # From probabilities to attentive, distracted or unsure. Ours: no single frame decides. On 10 min of labelled drives
    # 0.5 s leave a quarter of the unfiltered false alerts for 0.2 s more latency (calibration/README.md).
    smoothing_s: float = Field(
        default=0.5,
        title="Smoothing",
        description="how long the network's probabilities are averaged: the time constant of the mean",
        ge=0,
        le=5,
    )
    single_frame_weight: float = Field(
        default=0.55,
        title="Weight of one frame",
        description="the most that one frame counts in the mean",
        ge=0.2,
        le=1,
    )
    enter: float = Field(
        default=0.65,
        title="Distracted above",
        description="probability of distraction from which the driver is distracted",
        ge=0.1,
        le=HIGHEST_THRESHOLD,
    )
    enter_by_activity: dict[str, Threshold] = Field(
        default_factory=dict,
        title="Distracted above, by activity",
        description="the same while this activity is the likeliest, where it differs",
    )
    leave: float = Field(
        default=0.4,
        title="Attentive below",
        description="probability of distraction below which the driver is attentive",
        ge=0.05,
        le=0.9,
    )
    unsure_below: float = Field(
        default=0.3,
        title="Unsure below",
        description="probability of the likeliest activity below which the model is unsure; C1–C4 count as one",
        ge=0,
        le=0.6,
    )
    unsure_hold_s: float = Field(
        default=2.0,
        title="Unsure holds for",
        description="how long an unsure or missing prediction holds the timer; then it is shown",
        ge=0,
        le=10,
    )
    frame_holds_s: float = Field(
        default=1.0,
        title="A frame speaks for",
        description="how long a frame counts; more time without frames is unknown",
        ge=0.5,
        le=5,
    )

    # The single distraction timer. EU 2023/2590: 6 s at 20–50 km/h, 3.5 s above; Euro NCAP: long distraction 3 s;
    # NHTSA: 2 s for one glance.
    caution_s: float = Field(
        default=2.0,
        title="Caution",
        description="distraction until a caution; a phone in hand is cautioned at once",
        gt=0,
        le=10,
    )
    warning_fast_s: float = Field(
        default=3.0,
        title="Warning at high speed",
        description="distraction until a warning (Euro NCAP 3 s, EU 3.5 s)",
        gt=0,
        le=15,
    )
    warning_slow_s: float = Field(
        default=5.0,
        title="Warning at low speed",
        description="distraction until a warning (EU 6 s)",
        gt=0,
        le=15,
    )
    critical_after_warning_s: float = Field(
        default=3.0,
        title="Critical after a warning",
        description="distraction after a warning until a critical alert",
        gt=0,
        le=15,
    )
    critical_fast_s: float = Field(
        default=6.0,
        title="Critical at high speed",
        description="distraction in all until a critical alert",
        gt=0,
        le=30,
    )
    critical_slow_s: float = Field(
        default=8.0,
        title="Critical at low speed",
        description="distraction in all until a critical alert",
        gt=0,
        le=30,
    )
    phone_earlier_s: float = Field(
        default=1.0,
        title="Phone earlier by",
        description="how much sooner a warning and a critical alert come with a phone in hand",
        ge=0,
        le=10,
    )
    mild_weight: float = Field(
        default=0.5,
        title="Weight of radio and passenger",
        description="how much of their time counts: with half of it they have twice the time",
        ge=0.25,
        le=1,
    )

    # Coming back. EU 2023/2590: a short "in, out and back in" must not reset the timer.
    bridge_s: float = Field(
        default=0.3,
        title="Bridged gap",
        description="a look at the road that is shorter counts as distraction",
        ge=0,
        le=2,
    )
    clear_s: float = Field(
        default=1.0,
        title="End of an alert",
        description="attention that ends an alert and resets the timer",
        ge=0.5,
        le=5,
    )

    # Euro NCAP: 10 s within 30 s, cleared by 2 s of attention.
    cumulative_s: float = Field(
        default=10.0,
        title="Many short distractions",
        description="distraction in all that brings a warning (Euro NCAP 10 s)",
        gt=0,
        le=20,
    )
    cumulative_window_s: float = Field(
        default=30.0,
        title="Short distractions within",
        description="the time within which they add up (Euro NCAP 30 s)",
        ge=10,
        le=120,
    )
    cumulative_clear_s: float = Field(
        default=2.0,
        title="Short distractions forgotten after",
        description="attention after which they count no more",
        ge=0.5,
        le=10,
    )

    # EU 2023/2590: active above 20 km/h, stricter above 50.
    gate_kmh: float = Field(
        default=20.0,
        title="No alerts below",
        description="slower than this nobody is alerted to a distraction",
        ge=0,
        le=30,
    )
    fast_kmh: float = Field(
        default=50.0,
        title="High speed above",
        description="the times for high speed hold above this",
        ge=0,
        le=100,
    )
    speed_hysteresis_kmh: float = Field(
        default=3.0,
        title="Speed hysteresis",
        description="how far the speed must go back beyond these two before the rules change again",
        ge=0,
        le=10,
    )
    speed_lost_s: float = Field(
        default=2.0,
        title="Speed lost after",
        description="so long without a new speed there is no signal, which counts as high speed",
        gt=0,
        le=10,
    )

    # What the driver may do about an alert. Ours.
    acknowledge_up_to: Literal["none", "caution", "warning"] = Field(
        default="warning",
        title="Acknowledge up to",
        description="the highest alert that the driver can hide until it rises or attention has returned",
    )
    snooze_up_to: Literal["none", "caution", "warning"] = Field(
        default="caution",
        title="Snooze up to",
        description="the highest alert about an activity that a snooze keeps away for the journey; never a phone's",
    )
    journey_ends_s: float = Field(
        default=60.0,
        title="A journey ends after",
        description="time with the car too slow for alerts and no driver in view; then nothing is snoozed",
        gt=0,
        le=3600,
    )
    journey_ends_without_speed_s: float = Field(
        default=600.0,
        title="A journey without speed ends after",
        description="the same without a speed signal; time in which the camera gives no image does not count",
        ge=60,
        le=7200,
    )

    @field_validator("enter_by_activity")
    @classmethod
    def _known_distractions(cls, thresholds: dict[str, float]) -> dict[str, float]:
        known = [activity.code for activity in Activity if activity.is_distraction]
        for code in thresholds:
            if code not in known:
                raise ValueError(f"{code!r} is none of c1 … c9")
        return thresholds

    @model_validator(mode="after")
    def _in_order(self) -> AlertSettings:
        if self.leave >= self.enter:
            raise _fault("{lower} must be below {higher}", lower="leave", higher="enter")
        for code, value in self.enter_by_activity.items():
            if self.leave >= value:
                raise _fault("{lower} must be below {higher}", lower="leave", higher=f"enter_by_activity.{code}")
        if not self.caution_s <= self.warning_fast_s <= self.warning_slow_s:
            raise _fault(
                "{first}, {second} and {third} must not decrease",
                first="caution_s",
                second="warning_fast_s",
                third="warning_slow_s",
            )
        for critical, warning in (("critical_fast_s", "warning_fast_s"), ("critical_slow_s", "warning_slow_s")):
            if getattr(self, critical) < getattr(self, warning):
                raise _fault("{lower} must not be below {higher}", lower=critical, higher=warning)
        if self.phone_earlier_s >= self.warning_fast_s:
            raise _fault("{lower} must be below {higher}", lower="phone_earlier_s", higher="warning_fast_s")
        if self.bridge_s >= self.clear_s:
            raise _fault("{lower} must be below {higher}", lower="bridge_s", higher="clear_s")
        if self.clear_s > self.cumulative_clear_s:
            raise _fault("{lower} must not be below {higher}", lower="cumulative_clear_s", higher="clear_s")
        if self.cumulative_s > 2.0 / 3.0 * self.cumulative_window_s:
            raise _fault(
                "{lower} must be two thirds of {higher} at most", lower="cumulative_s", higher="cumulative_window_s"
            )
        if self.gate_kmh + self.speed_hysteresis_kmh > self.fast_kmh - self.speed_hysteresis_kmh:
            raise _fault(
                "{lower} and {higher} must be twice {hysteresis} apart",
                lower="gate_kmh",
                higher="fast_kmh",
                hysteresis="speed_hysteresis_kmh",
            )
        if self.caution_s > 20.0 * self.mild_weight or self.warning_slow_s > 30.0 * self.mild_weight:
            raise _fault(
                "C5 and C9 must be due within 20 s (caution) and 30 s (warning): raise {weight}", weight="mild_weight"
            )
        if self.entry_delay_s > 10.0:
            raise _fault(
                "a distraction must show within 10 s: lower {smoothing} or {enter}, also by activity",
                smoothing="smoothing_s",
                enter="enter",
            )
        return self

    @classmethod
    def fitted(cls, thresholds: Mapping[str, float]) -> AlertSettings:
        """The defaults but for what was fitted to a network (its manifest's thresholds). Raises `UserError`."""
        try:
            return cls.model_validate(without_removed(nested(thresholds)))
        except ValidationError as error:
            raise UserError(f"the bundle's alert thresholds do not fit: {first_fault(error, cls)}") from error

    def enter_at(self, activity: Activity) -> float:
        """The smoothed probability of C1–C9 that is distraction while `activity` is the likeliest of them."""
        return self.enter_by_activity.get(activity.code, self.enter)

    @property
    def entry_delay_s(self) -> float:
        """Seconds from the start of an unmistakable distraction until the smoothed probability says so, at most."""
        highest = max(self.enter_at(activity) for activity in Activity if activity.is_distraction)
        return delay_s(self.smoothing_s, 1.0 - highest)

    @property
    def exit_delay_s(self) -> float:
        """Seconds from the start of unmistakable attention until the smoothed probability says so."""
        return delay_s(self.smoothing_s, self.leave)

    def caution_after_s(self, activity: Activity) -> float:
        """Seconds of one activity until its first alert, a caution: none for a phone, twice for C5 and C9."""
        if activity.is_phone:
            return 0.0
        return self.caution_s / (self.mild_weight if activity in LOW_RISK else 1.0)

    def warning_after_s(self, band: SpeedBand, *, phone: bool) -> float:
        """Timer value, in weighted seconds, at which a warning is due."""
        limit = self.warning_fast_s if band is SpeedBand.FAST else self.warning_slow_s
        return limit - (self.phone_earlier_s if phone else 0.0)

    def critical_after_s(self, band: SpeedBand, *, phone: bool) -> float:
        """Timer value, in seconds of C1–C4 and C6–C8, at which a critical alert is due."""
        limit = self.critical_fast_s if band is SpeedBand.FAST else self.critical_slow_s
        return limit - (self.phone_earlier_s if phone else 0.0)

    def band_at(self, speed_kmh: float | None, previous: SpeedBand | None) -> SpeedBand:
        """The band at a speed, coming from another: no signal counts as fast.

        The gate is strict on the way down (never an alert below it) and opens `speed_hysteresis_kmh` above it; the fast
        limit is strict on the way up and is left `speed_hysteresis_kmh` below it.
        """
        if speed_kmh is None or math.isnan(speed_kmh):
            return SpeedBand.FAST
        opens = self.gate_kmh + (self.speed_hysteresis_kmh if previous is SpeedBand.BELOW_GATE else 0.0)
        if speed_kmh < opens:
            return SpeedBand.BELOW_GATE
        slows = self.fast_kmh - (self.speed_hysteresis_kmh if previous is SpeedBand.FAST else 0.0)
        if speed_kmh > slows or (previous is SpeedBand.FAST and speed_kmh == slows):
            return SpeedBand.FAST
        return SpeedBand.SLOW


def _fault(pattern: str, **settings: str) -> ValueError:
    """Settings that do not go together, whose names a window puts into words."""
    return ValueError(NoticeText(pattern, **settings))


def nested(flat: Mapping[str, float]) -> dict[str, Any]:
    """Settings whose names hold a dot, such as ``enter_by_activity.c5`` in a bundle's manifest, put into tables."""
    table: dict[str, Any] = {}
    for name, value in flat.items():
        head, _, rest = name.partition(".")
        if rest:
            table.setdefault(head, {})[rest] = value
        else:
            table[name] = value
    return table


def without_removed(table: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without those that are gone; a filter that never was stays, and so is found to be wrong."""
    return {
        name: value
        for name, value in table.items()
        if name not in REMOVED or (name == "smoothing" and value not in FILTERS)
    }
