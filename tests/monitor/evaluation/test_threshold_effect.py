"""What marks say of thresholds, on drives whose predictions are made up so that the answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engines.activities import Activity
from engines.prediction import Prediction
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.policy_run import run_policy
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.threshold_effect import (
    MarkedDrive,
    advise,
    blamed,
    first_that_removes,
    score_marks,
    threshold_effects,
)
from monitor.health.camera_health import CameraHealth
from tests.monitor.fakes import one_hot

C0, C6, C8, C9 = Activity.SAFE_DRIVING, Activity.DRINKING, Activity.HAIR_AND_MAKEUP, Activity.PASSENGER
S = AlertSettings()
FALSE, TRUE = ReviewStatus.FALSE, ReviewStatus.TRUE


def drive(*spans: tuple[Activity, float, float]) -> DrivePredictions:
    """(activity, seconds, how likely it is) one after the other, ten frames a second, each after 8 s of attention."""
    made = DrivePredictions(complete=True)
    for activity, seconds, likely in spans:
        for share, lasts in ((0.0, 80), (likely, round(seconds * 10))):
            seen = ((1.0 - share) * one_hot(C0, 1.0) + share * one_hot(activity, 1.0)).astype(np.float32)
            for _ in range(lasts):
                made.times_s.append(len(made.times_s) / 10.0)
                made.predictions.append(Prediction(seen, np.zeros((36, 4), np.float32), np.full(37, 1 / 37)))
                made.cameras.append(CameraHealth())
    return made


def marked(predictions: DrivePredictions, *marks: ReviewStatus) -> MarkedDrive:
    """A drive whose incidents somebody has reviewed, in order."""
    incidents = run_policy(predictions, S).incidents.values()
    assert len(incidents) == len(marks)
    return MarkedDrive(
        predictions,
        tuple(replace(incident, review=Review(mark)) for incident, mark in zip(incidents, marks, strict=True)),
    )


def mixed(activity: Activity, likely: float) -> tuple[Activity, float, float]:
    return activity, 6.0, likely


def test_a_threshold_between_false_and_true_alerts_removes_the_one_and_costs_none() -> None:
    mine = marked(drive(mixed(C9, 0.72), mixed(C9, 0.95), mixed(C6, 0.95)), FALSE, TRUE, TRUE)
    advice = advise([mine], S)
    assert (advice.drives, advice.false, advice.detected) == (1, 1, 2)
    (effect,) = advice.effects
    assert effect.activity is C9 and 0.72 < effect.threshold < 0.95
    assert (effect.removed, effect.cost) == (1, 0)
    assert effect.settings.enter_by_activity == {"c9": effect.threshold}


def test_what_it_costs_is_said() -> None:
    mine = marked(drive(mixed(C9, 0.72), mixed(C9, 0.72), mixed(C9, 0.7)), FALSE, FALSE, TRUE)
    (effect,) = advise([mine], S).effects
    assert (effect.removed, effect.cost) == (2, 1)


def test_what_costs_no_detection_goes_before_what_removes_more() -> None:
    false = [mixed(C9, 0.66), mixed(C9, 0.81), mixed(C9, 0.81), mixed(C9, 0.81)]
    mine = marked(drive(*false, mixed(C9, 0.76)), FALSE, FALSE, FALSE, FALSE, TRUE)
    (effect,) = advise([mine], S).effects
    assert (effect.removed, effect.cost) == (1, 0)


def test_sure_mistakes_are_not_removed_by_any_threshold() -> None:
    mine = marked(drive(mixed(C6, 1.0)), FALSE)
    assert advise([mine], S).effects == ()
    before, without = score_marks([mine], S), set[Activity]()
    assert first_that_removes(lambda settings: score_marks([mine], settings), S, before, without) is None
    assert without == {C6}


@pytest.mark.parametrize("mark", [ReviewStatus.NEW, ReviewStatus.UNCLEAR])
def test_what_nobody_has_said_or_knows_counts_for_nothing(mark: ReviewStatus) -> None:
    score = score_marks([marked(drive(mixed(C9, 0.72)), mark)], S)
    assert (score.false, score.detected, score.missed) == ((), 0, 0)


def test_no_marks_no_advice() -> None:
    assert advise([], S).effects == () and blamed(score_marks([], S)) == []


def test_several_activities_each_have_their_own_advice() -> None:
    mine = [marked(drive(mixed(C9, 0.72), mixed(C8, 0.76)), FALSE, FALSE), marked(drive(mixed(C8, 0.76)), FALSE)]
    advice = advise(mine, S)
    assert [effect.activity for effect in advice.effects] == [C8, C9]
    assert [effect.removed for effect in advice.effects] == [2, 1]


def test_the_higher_the_threshold_the_more_goes() -> None:
    mine = [marked(drive(mixed(C9, 0.72), mixed(C9, 0.85)), FALSE, TRUE)]
    before = score_marks(mine, S)
    effects = list(threshold_effects(lambda settings: score_marks(mine, settings), S, before, C9))
    assert [effect.threshold for effect in effects][-1] == 0.95
    assert [effect.removed for effect in effects] == sorted(effect.removed for effect in effects)
    assert [effect.cost for effect in effects] == sorted(effect.cost for effect in effects)
    assert (effects[-1].removed, effects[-1].cost) == (1, 1)
