"""Drives played in segments, played to the alert policy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from monitor.alerts.events import AlertEvent, AlertState, EventKind, Tier
from monitor.alerts.policy import AlertPolicy
from monitor.alerts.settings import AlertSettings
from monitor.health.camera_health import Health
from tests.monitor.fakes import one_hot

C0, C1, C2, C3, C4, C5, C6, C7, C8, C9 = Activity

SURE = 1.0
"""One-hot probabilities, so that expected times follow from the settings alone."""


@dataclass(frozen=True)
class Lost:
    """A camera fault in place of a prediction."""

    health: Health


Shown = Activity | NDArray[np.float32] | Lost | None
Segment = tuple[Shown, float]


@dataclass(frozen=True)
class Played:
    """What the policy made of a story."""

    states: list[AlertState]
    step_s: float

    @property
    def events(self) -> list[AlertEvent]:
        return [event for state in self.states for event in state.events]

    @property
    def alerts(self) -> list[AlertEvent]:
        return [event for event in self.events if event.is_alert]

    def when(self, tier: Tier) -> float | None:
        """When the tier was first reached."""
        return next((event.time_s for event in self.alerts if event.tier is tier), None)

    def cleared(self) -> float | None:
        """When an alert first ended."""
        return next((event.time_s for event in self.events if event.kind is EventKind.CLEARED), None)

    def at(self, time_s: float) -> AlertState:
        """The last state at a time."""
        return [state for state in self.states if state.time_s <= time_s + 1e-9][-1]

    @property
    def highest(self) -> Tier:
        return max(state.tier for state in self.states)


def play(
    segments: Sequence[Segment],
    *,
    settings: AlertSettings | None = None,
    fps: float = 20.0,
    speed_kmh: float | Callable[[float], float | None] | None = None,
    start_s: float = 0.0,
    policy: AlertPolicy | None = None,
) -> Played:
    """Play segments to a policy at a steady frame rate; the last frame lies at the very end of the story."""
    policy = policy or AlertPolicy(settings)
    ends = np.cumsum([seconds for _, seconds in segments])
    states = []
    for index in range(round(float(ends[-1]) * fps) + 1):
        offset_s = index / fps
        which = min(int(np.searchsorted(ends, offset_s + 1e-6, side="right")), len(segments) - 1)
        shown = segments[which][0]
        speed = speed_kmh(offset_s) if callable(speed_kmh) else speed_kmh
        if isinstance(shown, Lost):
            states.append(policy.update(start_s + offset_s, None, speed, shown.health))
        elif isinstance(shown, Activity):
            states.append(policy.update(start_s + offset_s, one_hot(shown, SURE), speed))
        else:
            states.append(policy.update(start_s + offset_s, shown, speed))
    return Played(states, 1.0 / fps)


def events_of_every_rule() -> list[AlertEvent]:
    """Stories in which every rule raises or ends an alert."""
    torn = np.full(10, 0.1, dtype=np.float32)
    glances: list[Segment] = [segment for _ in range(8) for segment in ((C6, 1.9), (C0, 1.4))]
    return [
        *play([(C0, 5.0), (C6, 12.0), (C0, 3.0)]).events,
        *play([(C0, 5.0), (C1, 1.0), (C0, 3.0)]).events,
        *play([(C0, 5.0), (C5, 7.0), (C6, 4.0)]).events,
        *play([(C0, 5.0), *glances], settings=AlertSettings(smoothing_s=0.0)).events,
        *play([(C0, 5.0), (C6, 3.0), (torn, 5.0)]).events,
        *play([(C0, 5.0), (C6, 9.0)], speed_kmh=lambda time_s: 60.0 if time_s < 12.0 else 5.0).events,
        *play([(C0, 5.0), (C6, 9.0), (torn, AlertSettings().journey_ends_without_speed_s + 1.0)], fps=4.0).events,
        *_asked(AlertPolicy.acknowledge, then=[(C6, 0.1), (C1, 1.0)]),
        *_asked(AlertPolicy.snooze),
        *_rewound(),
    ]


def _asked(request: Callable[[AlertPolicy], None], then: Sequence[Segment] = ((C6, 0.1),)) -> list[AlertEvent]:
    """A cautioned driver asks for something, and goes on."""
    policy = AlertPolicy()
    before = play([(C0, 5.0), (C6, 2.5)], policy=policy)
    request(policy)
    return play(then, policy=policy, start_s=before.states[-1].time_s + before.step_s).events


def _rewound() -> list[AlertEvent]:
    """A recording jumps back while there is an alert."""
    policy = AlertPolicy()
    play([(C0, 5.0), (C6, 5.0)], policy=policy)
    return play([(C0, 1.0)], policy=policy).events
