"""What holds in every sequence, searched with drives that are driven, acknowledged and snoozed at random."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engines.activities import PHONE, Activity
from monitor.alerts.events import AlertState, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import LOW_RISK, AlertSettings
from monitor.health.camera_health import Health
from monitor.health.fault_window import OVER_S, WINDOW_S
from tests.monitor.alerts.stories import C0, Shown
from tests.monitor.fakes import one_hot
from tests.property_settings import examples

FPS = 10.0
STEP_S = 1.0 / FPS
TORN = np.full(10, 0.1, dtype=np.float32)


@dataclass(frozen=True)
class Part:
    """Something that was shown for some time on end."""

    shown: Shown
    start_s: float
    end_s: float
    states: tuple[AlertState, ...]

    @property
    def is_alerted(self) -> bool:
        return any(state.tier is not Tier.NONE for state in self.states)


class Drives(RuleBasedStateMachine):
    """A drive of parts; everything is worked out again from what was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = AlertSettings()
        self.parts: list[Part] = []
        self.now_s = 0.0
        self.speed_kmh: float | None = None

    @initialize(smoothing_s=st.sampled_from([0.0, 0.5]), speed_kmh=st.sampled_from([None, 35.0, 90.0]))
    def begin(self, smoothing_s: float, speed_kmh: float | None) -> None:
        self.settings = AlertSettings(smoothing_s=smoothing_s)
        self.policy = AlertPolicy(self.settings)
        self.speed_kmh = speed_kmh
        self.show(C0, 30)

    @rule(activity=st.sampled_from(list(Activity)), frames=st.integers(1, 40))
    def drive(self, activity: Activity, frames: int) -> None:
        self.show(activity, frames)

    @rule(frames=st.integers(1, 30))
    def attend(self, frames: int) -> None:
        self.show(C0, frames)

    @rule(
        first=st.sampled_from(list(Activity)[1:]),
        on=st.integers(1, 25),
        off=st.integers(1, 25),
        count=st.integers(2, 8),
    )
    def glance(self, first: Activity, on: int, off: int, count: int) -> None:
        """Again and again the same, with attention between."""
        for _ in range(count):
            self.show(first, on)
            self.show(C0, off)

    @rule(phone=st.sampled_from(sorted(PHONE)), on=st.integers(1, 4), off=st.integers(0, 4))
    def flicker(self, phone: Activity, on: int, off: int) -> None:
        """A phone in pieces that are hardly seen, for longer than the cumulative window."""
        for _ in range(round(1.2 * self.settings.cumulative_window_s * FPS / (2 * on + off))):
            self.show(phone, on)
            self.show(C0, on + off)

    @rule(frames=st.integers(1, 40), shown=st.sampled_from(["torn", "nothing"]))
    def hide(self, frames: int, shown: str) -> None:
        self.show(TORN if shown == "torn" else None, frames)

    @rule(on=st.integers(3, 20), off=st.integers(2, 15), count=st.integers(5, 12))
    def hide_again_and_again(self, on: int, off: int, count: int) -> None:
        for _ in range(count):
            self.show(None, on)
            self.show(C0, off)

    @rule(speed_kmh=st.sampled_from([None, 35.0, 90.0]))
    def drive_at(self, speed_kmh: float | None) -> None:
        self.speed_kmh = speed_kmh

    @rule(seconds=st.floats(1.5, 20.0), frames=st.integers(1, 5))
    def lose_frames(self, seconds: float, frames: int) -> None:
        """Frames stop, twice."""
        for _ in range(2):
            self.parts.append(Part(None, self.now_s, self.now_s + seconds, ()))
            self.now_s += seconds
            self.show(C0, frames)

    @rule()
    def acknowledge(self) -> None:
        self.policy.acknowledge()

    @rule()
    def snooze(self) -> None:
        self.policy.snooze()

    @rule()
    def end_snooze(self) -> None:
        self.policy.end_snooze()

    def show(self, shown: Shown, frames: int) -> None:
        states = []
        for index in range(frames):
            seen = one_hot(shown, 1.0) if isinstance(shown, Activity) else shown
            assert seen is None or isinstance(seen, np.ndarray)
            states.append(self.policy.update(self.now_s + index * STEP_S, seen, self.speed_kmh))
        end_s = self.now_s + frames * STEP_S
        self.parts.append(Part(shown, self.now_s, end_s, tuple(states)))
        self.now_s = end_s

    def within(self, seconds: float) -> list[tuple[float, Part]]:
        """What was shown in the last seconds, and for how long of them."""
        since_s = self.now_s - seconds
        recent = itertools.takewhile(lambda part: part.end_s > since_s, reversed(self.parts))
        return [(part.end_s - max(part.start_s, since_s), part) for part in recent]

    @invariant()
    def no_phone_goes_without_an_alert(self) -> None:
        recent = self.within(self.settings.cumulative_window_s)
        phone_s = sum(s for s, part in recent if isinstance(part.shown, Activity) and part.shown.is_phone)
        alerted = any(
            state.tier is not Tier.NONE
            for _, part in recent
            for state in part.states
            if state.time_s >= self.now_s - self.settings.cumulative_window_s
        )
        assert alerted or phone_s <= self.settings.cumulative_s + self.settings.entry_delay_s + STEP_S

    @invariant()
    def no_fault_stays_unseen(self) -> None:
        recent = self.within(WINDOW_S)
        fault_s = sum(s for s, part in recent if part.shown is None)
        if any(part.end_s - part.start_s > OVER_S for _, part in recent if not part.states):
            return  # a long hole: who reads the frames says where it was
        shown = any(state.health is not Health.OK for _, part in recent for state in part.states)
        assert shown or fault_s <= 0.25 * WINDOW_S + STEP_S

    @invariant()
    def nothing_silences_what_begins_after_attention(self) -> None:
        settings = self.settings
        needs_s = settings.clear_s + settings.exit_delay_s + settings.unsure_hold_s + STEP_S
        for before, part in itertools.pairwise(self.parts[-20:]):
            if before.shown is not C0 or not isinstance(part.shown, Activity) or part.shown in (C0, *LOW_RISK):
                continue
            if before.end_s - before.start_s < needs_s:
                continue
            due_s = max(settings.caution_after_s(part.shown), settings.entry_delay_s) + 2.0 * STEP_S
            snoozed = part.states[0].snoozed
            if part.end_s - part.start_s >= due_s and part.shown not in snoozed:
                assert part.is_alerted, part.shown

    @invariant()
    def a_low_risk_activity_is_never_critical(self) -> None:
        for part in self.parts[-20:]:
            for state in part.states:
                assert state.tier is not Tier.CRITICAL or state.activity not in LOW_RISK


TestDrives = Drives.TestCase
TestDrives.settings = examples(0.15)
