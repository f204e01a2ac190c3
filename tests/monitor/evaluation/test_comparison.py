"""Two candidates on the same drives."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from engines.activities import Activity
from engines.errors import UserError
from engines.files.labels.drive_labels import DriveLabels, LabelSegment
from engines.prediction import Prediction
from engines.view import Mount
from monitor.alerts.settings import AlertSettings
from monitor.evaluation.comparison import McNemar, compare
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.tables import all_events, by_activity, by_driver
from monitor.health.camera_health import CameraHealth
from tests.monitor.fakes import one_hot

Told = Sequence[tuple[int, float]]
STORY: Told = [(0, 5.0), (6, 5.0), (0, 5.0), (7, 5.0), (0, 5.0)]
MISSES_ONE: Told = [(0, 5.0), (6, 5.0), (0, 15.0)]
MAKES_ONE_UP: Told = [(0, 1.0), (8, 3.0), (0, 1.0), (6, 5.0), (0, 5.0), (7, 5.0), (0, 5.0)]


def record(
    seen: Told, *, name: str = "drive", driver: str = "", labelled: bool = True, settings: AlertSettings | None = None
) -> DriveRecord:
    """A drive whose labels are `STORY` and whose network says what is `seen`."""
    drive, times = DrivePredictions(complete=True), np.arange(0.0, 25.0, 0.2)
    ends = np.cumsum([seconds for _, seconds in seen])
    for time_s in times:
        activity = seen[int(np.searchsorted(ends, time_s + 1e-9, side="right"))][0]
        drive.times_s.append(float(time_s))
        empty = np.zeros((36, 4), dtype=np.float32)
        drive.predictions.append(Prediction(one_hot(activity), empty, np.zeros(37, dtype=np.float32)))
        drive.cameras.append(CameraHealth())
    labels, start_s = [], 0.0
    for code, seconds in STORY:
        labels.append(LabelSegment(start_s, start_s + seconds, Activity(code)))
        start_s += seconds
    whole = DriveLabels(tuple(labels)) if labelled else None
    return DriveRecord(name, whole, Mount(), drive, settings or AlertSettings(), path=name, driver=driver)


def test_mcnemar_is_exact() -> None:
    assert McNemar(5, 2, 0, 0).p_value == 1.0
    # Six of six: twice the probability of six heads in a row.
    assert McNemar(0, 0, 6, 0).p_value == pytest.approx(2 * 0.5**6)
    assert McNemar(0, 0, 3, 1).p_value == pytest.approx(2 * 5 / 16)


def test_a_candidate_that_misses_and_one_that_makes_up() -> None:
    first = [record(STORY, name=f"drive {index}") for index in range(6)]
    second = [record(MISSES_ONE, name=f"drive {index}") for index in range(6)]
    result = compare("good", first, "bad", second)
    detected = result.detected
    assert (detected.both, detected.only_first, detected.only_second, detected.unpaired) == (6, 6, 0, 0)
    assert detected.p_value == pytest.approx(2 * 0.5**6)
    share = result.differences["detected"]
    assert (share.first, share.second, share.low, share.high) == (1.0, 0.5, -0.5, -0.5) and share.significant
    accuracy = result.differences["frame_accuracy"]
    assert accuracy.value == pytest.approx(-0.2) and accuracy.significant
    assert result.differences["false_per_hour"].value == 0.0 and not result.differences["false_per_hour"].significant
    few = compare("good", first[:5], "bad", second[:5]).differences["detected"]
    assert few.high == -0.5 and not few.significant
    back = compare("bad", second, "good", first)
    assert back.differences["detected"].value == 0.5 and back.detected.only_second == 6


def test_the_interval_knows_how_few_the_drives_are() -> None:
    one = [record(STORY, name="a"), record(STORY, name="b"), record(STORY, name="c")]
    other = [record(STORY, name="a"), record(MAKES_ONE_UP, name="b"), record(STORY, name="c")]
    difference = compare("one", one, "other", other).differences["false_per_hour"]
    assert difference.value == pytest.approx(3600.0 / 75.0, rel=1e-6)
    # A draw without the drive that differs, and one of nothing else.
    assert difference.low == 0.0 and difference.high == pytest.approx(3600.0 / 25.0, rel=1e-6)
    assert not difference.significant
    alone = compare("one", one[:1], "other", other[:1]).differences["false_per_hour"]
    assert alone.low is None and alone.drives == 1 and not alone.significant


def test_two_policies_need_not_agree_on_what_is_long_enough() -> None:
    patient = AlertSettings(caution_s=4.9, warning_fast_s=6.0, warning_slow_s=7.0, critical_fast_s=8.0)
    first = [record(STORY)]
    second = [record(STORY, settings=patient.model_copy(update={"caution_s": 5.5}))]
    detected = compare("default", first, "patient", second).detected
    assert detected.both == 0 and detected.unpaired == 2


def test_only_the_same_labelled_drives_are_compared() -> None:
    with pytest.raises(ValueError, match="same drives"):
        compare("one", [record(STORY, name="a")], "other", [record(STORY, name="b")])
    with pytest.raises(UserError, match="--labels"):
        compare("one", [record(STORY, labelled=False)], "other", [record(STORY, labelled=False)])


def test_figures_are_json() -> None:
    content = compare("one", [record(STORY)], "other", [record(MISSES_ONE)]).as_dict()
    assert content["detected"]["only_first"] == 1
    assert all(not isinstance(value, float) or math.isfinite(value) for value in content["detected"].values())


def test_tables_by_driver_and_by_activity() -> None:
    records = [
        record(STORY, name="monday", driver="anna"),
        record(MISSES_ONE, name="tuesday", driver="bert"),
        record(MAKES_ONE_UP, name="friday", driver="anna"),
        record(STORY, name="sunday", labelled=False),
    ]
    rows = by_driver(records)
    assert [(row.driver, row.drives) for row in rows] == [("anna", 2), ("bert", 1), ("sunday", 1)]
    anna, bert, unknown = rows
    assert anna.events is not None and bert.events is not None and unknown.events is None
    assert (anna.events.detected, len(anna.events.false), bert.events.detected) == (4, 1, 1)
    assert anna.as_dict()["distractions"]["false_per_hour"] == pytest.approx(3600.0 / 50.0)
    assert sum(anna.seconds_by_tier.values()) == pytest.approx(50.0)
    events = all_events(records)
    assert events is not None
    table = {row.activity.code: row for row in by_activity(events)}
    assert (table["c6"].expected, table["c6"].detected, table["c7"].detected, table["c8"].false) == (3, 3, 2, 1)
    assert table["c1"].latency_s is None
    assert table["c6"].excess_delay_s == pytest.approx(0.0, abs=0.21)
