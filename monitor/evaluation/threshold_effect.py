"""What a higher threshold of one activity does: the false alerts that it takes away, and the detections that it costs.

What is false, and what is detected, is said by labels (`monitor.evaluation.scoring`) or by a person's reviews of
incidents (*marks*): the policy is run again over a drive's predictions, and a marked incident is there again where one
that was shown overlaps it. So an alert that only comes later, or is about another activity now, is not taken away.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from engines.activities import Activity
from monitor.alerts.cause import Rule
from monitor.alerts.events import AlertEvent
from monitor.alerts.incidents.incident import Incident, ReviewStatus
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.policy_run import run_policy
from monitor.evaluation.predictions import DrivePredictions
from monitor.speed.source import SpeedSource

_STEP, _HIGHEST = 0.05, 0.95


class FalseAlert(Protocol):
    """An alert, or an incident, that is false."""

    @property
    def events(self) -> tuple[AlertEvent, ...]: ...


class Outcome(Protocol):
    """What a policy makes of drives; `monitor.evaluation.scoring.EventScore` is one, and `MarkScore`."""

    @property
    def false(self) -> Sequence[FalseAlert]: ...

    @property
    def detected(self) -> int: ...


T = TypeVar("T", bound=Outcome)

RunPolicy = Callable[[AlertSettings], T]
"""What a policy with these settings makes of the drives."""


@dataclass(frozen=True)
class ThresholdEffect(Generic[T]):
    """What one threshold does to drives.

    Attributes:
        activity: whose threshold it is.
        threshold: 0..1.
        settings: with it.
        outcome: with it.
        removed: false alerts that it takes away; negative where it makes more.
        cost: detections that it costs; negative where there are more.
    """

    activity: Activity
    threshold: float
    settings: AlertSettings
    outcome: T
    removed: int
    cost: int


def blamed(outcome: Outcome) -> list[Activity]:
    """The activities that false alerts are about, the most frequent first.

    An alert that escalated is about all that it named on its way.
    """
    counts = Counter(
        activity
        for alert in outcome.false
        for activity in {event.activity for event in alert.events if event.is_alert}
        if activity is not None
    )
    return sorted(counts, key=lambda activity: (-counts[activity], activity))


def threshold_effects(
    run: RunPolicy[T], settings: AlertSettings, before: T, activity: Activity
) -> Iterator[ThresholdEffect[T]]:
    """What each higher threshold of an activity does, in steps of 0.05 up to 0.95; computed as it is asked for.

    Args:
        run: runs a policy over the drives.
        settings: as they are.
        before: what `run` makes of these.
        activity: whose threshold is raised.
    """
    at = settings.enter_at(activity)
    for number in range(1, max(0, math.ceil((_HIGHEST - at) / _STEP - 1e-9)) + 1):
        threshold = round(min(at + number * _STEP, _HIGHEST), 4)
        raised = with_threshold(settings, activity, threshold)
        outcome = run(raised)
        removed, cost = len(before.false) - len(outcome.false), before.detected - outcome.detected
        yield ThresholdEffect(activity, threshold, raised, outcome, removed, cost)


def first_that_removes(
    run: RunPolicy[T], settings: AlertSettings, before: T, without: set[Activity]
) -> ThresholdEffect[T] | None:
    """The lowest threshold that takes a false alert away, of the activity that most of them are about.

    None where there is none. An activity of which no threshold takes one away, since that would only delay the true
    ones, is added to `without`, which are not tried.
    """
    for activity in blamed(before):
        if activity in without:
            continue
        for effect in threshold_effects(run, settings, before, activity):
            if effect.removed > 0:
                return effect
        without.add(activity)
    return None


def with_threshold(settings: AlertSettings, activity: Activity, threshold: float) -> AlertSettings:
    """Settings with a threshold of one activity."""
    thresholds = {**settings.enter_by_activity, activity.code: threshold}
    return AlertSettings.model_validate({**settings.model_dump(), "enter_by_activity": thresholds})


@dataclass(frozen=True, eq=False)
class MarkedDrive:
    """A drive's predictions, and the incidents of it that a person has reviewed.

    Attributes:
        predictions: of the whole drive.
        incidents: with their reviews, times since the drive began; new and unclear ones count for nothing.
        speed_kmh: the car's speed; None without a signal.
    """

    predictions: DrivePredictions
    incidents: tuple[Incident, ...]
    speed_kmh: SpeedSource | float | None = None


@dataclass(frozen=True)
class MarkScore:
    """What a policy makes of marked incidents.

    Attributes:
        false: those marked false that it still alerts in.
        detected: how many of those marked true it still alerts in.
        missed: how many it does not.
    """

    false: tuple[Incident, ...] = ()
    detected: int = 0
    missed: int = 0


def score_marks(drives: Sequence[MarkedDrive], settings: AlertSettings) -> MarkScore:
    """Run a policy over marked drives, and see which of the marked incidents are there again."""
    false: list[Incident] = []
    detected = missed = 0
    for drive in drives:
        found = [
            incident
            for incident in run_policy(drive.predictions, settings, drive.speed_kmh).incidents.values()
            if incident.cause.rule is not Rule.SNOOZED  # which nobody was shown
        ]
        for marked in drive.incidents:
            again = [incident for incident in found if _overlap(marked, incident)]
            if marked.review.status is ReviewStatus.FALSE:
                # As it is now: its threshold may have been raised above what it was about, and another is to blame.
                false += again[:1]
            elif marked.review.status is ReviewStatus.TRUE:
                detected += bool(again)
                missed += not again
    return MarkScore(tuple(false), detected, missed)


def _overlap(first: Incident, second: Incident) -> bool:
    """Whether two incidents are at the same time, touching included: another policy's may begin a little later."""
    return first.start_s <= _end_s(second) and second.start_s <= _end_s(first)


def _end_s(incident: Incident) -> float:
    return math.inf if incident.end_s is None else incident.end_s


@dataclass(frozen=True)
class MarkAdvice:
    """What marks say of thresholds.

    Attributes:
        drives: marked drives whose predictions are there.
        false, detected: of the marks, with the settings as they are.
        effects: one for each activity that false alerts are about, the most frequent first: the threshold that takes
            most of them away without a detection, or else the one that takes most away at the least cost. Empty where
            none takes any away.
    """

    drives: int = 0
    false: int = 0
    detected: int = 0
    effects: tuple[ThresholdEffect[MarkScore], ...] = field(default=())


def advise(
    drives: Sequence[MarkedDrive], settings: AlertSettings, progressed: Callable[[], None] = lambda: None
) -> MarkAdvice:
    """What higher thresholds would do to marked incidents; `progressed` is called at each step, and may raise."""

    def run(tried: AlertSettings) -> MarkScore:
        progressed()
        return score_marks(drives, tried)

    before = run(settings)
    effects = []
    for activity in blamed(before):
        tried = [effect for effect in threshold_effects(run, settings, before, activity) if effect.removed > 0]
        if tried:
            # First without a detection lost, then the more alerts for the fewer; of equals the lowest: it delays least.
            effects.append(
                max(tried, key=lambda effect: (effect.cost <= 0, effect.removed - effect.cost, -effect.threshold))
            )
    return MarkAdvice(len(drives), len(before.false), before.detected, tuple(effects))
