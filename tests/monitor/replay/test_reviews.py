"""Reviews of alerts, and the files of earlier versions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import platformdirs
import pytest

from engines.activities import Activity
from engines.errors import UserError
from monitor.alerts.cause import Cause, Rule
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.alerts.incidents.incident import Incident, IncidentState, Review, ReviewStatus
from monitor.health.camera_health import Health
from monitor.replay.reviews import (
    AlertReview,
    change_review,
    own_reviews,
    read_reviews,
    review_of,
    reviews_file,
    with_review,
    write_reviews,
)

EVENT = AlertEvent(EventKind.RAISED, 4.5, Tier.CAUTION, Activity.DRINKING, Reason.DISTRACTION, Health.OK, 2.0, 1)
INCIDENT = Incident(
    1, 4.5, 9.0, Reason.ATTENTION, IncidentState.ENDED, Tier.WARNING, Activity.DRINKING, Reason.DISTRACTION,
    Cause(Rule.WARNING_TIME), (), 3.0, None, None, (EVENT, replace(EVENT, time_s=6.25, tier=Tier.WARNING)),
)  # fmt: skip
REVIEW = AlertReview.of(INCIDENT, Review(ReviewStatus.UNCLEAR, 'a cup, "perhaps"\nor a mug'), "drive.mp4")
FORMER = (
    "time_s,tier,activity,reason,source,marked_at\n2.25,critical,c1,distraction,drive.mp4,2026-01-02T03:04:05+00:00\n"
)
CONVERTED = AlertReview(
    2.25, "critical", "c1", "distraction", ReviewStatus.FALSE, "drive.mp4", "2026-01-02T03:04:05+00:00"
)


def test_reviews_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = reviews_file(str(tmp_path / "drive.mp4"))
    assert path == tmp_path / "drive.reviews.csv" and read_reviews(path) == []
    change_review(path, None, REVIEW)
    change_review(path, None, CONVERTED)
    assert read_reviews(path) == [REVIEW, CONVERTED]
    assert path.read_text().splitlines()[0] == "time_s,tier,activity,reason,status,source,reviewed_at,note"
    write_reviews(path, [])
    assert read_reviews(path) == []


@pytest.mark.parametrize("source_name", ["drive.mp4", "0", "demo"])
def test_an_earlier_version_s_file_is_read_and_converted_at_the_first_save(
    source_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda name: str(tmp_path))
    recorded = source_name == "drive.mp4"
    path = reviews_file(str(tmp_path / source_name) if recorded else source_name)
    former = tmp_path / ("drive.wrong.csv" if recorded else "wrong_alerts.csv")
    former.write_text(FORMER)
    assert read_reviews(path) == [CONVERTED]
    assert former.exists() and not path.exists()
    change_review(path, None, REVIEW)
    assert read_reviews(path) == [CONVERTED, REVIEW]
    assert path.exists() and not former.exists()


def test_a_file_beside_a_newer_one_is_left_alone(tmp_path: Path) -> None:
    path, former = tmp_path / "drive.reviews.csv", tmp_path / "drive.wrong.csv"
    write_reviews(path, [REVIEW])
    former.write_text(FORMER)
    change_review(path, None, REVIEW)
    assert read_reviews(path) == [REVIEW, REVIEW] and former.read_text() == FORMER


@pytest.mark.parametrize("name", ["drive.reviews.csv", "drive.wrong.csv"])
@pytest.mark.parametrize(
    "content", ["nonsense\n1\n", FORMER.replace("2.25", "late"), FORMER.replace("2.25", "nan"), "\udcff"]
)
def test_what_cannot_be_read_is_not_written_over(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    before, path = (tmp_path / name).read_bytes(), tmp_path / "drive.reviews.csv"
    for change in (lambda: read_reviews(path), lambda: change_review(path, None, REVIEW)):
        with pytest.raises(UserError, match="alert reviews"):
            change()
    assert (tmp_path / name).read_bytes() == before


def test_a_status_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "drive.reviews.csv"
    write_reviews(path, [REVIEW])
    path.write_text(path.read_text().replace(",unclear,", ",maybe,"))
    with pytest.raises(UserError, match="alert reviews"):
        read_reviews(path)


def test_a_file_of_the_version_before_has_no_notes(tmp_path: Path) -> None:
    path = tmp_path / "drive.reviews.csv"
    path.write_text(
        "time_s,tier,activity,reason,status,source,reviewed_at\n"
        "6.25,warning,c6,distraction,false,drive.mp4,2026-01-02T03:04:05+00:00\n"
    )
    reviews = read_reviews(path)
    # It named the alert's rise.
    assert review_of(INCIDENT, reviews) == Review(ReviewStatus.FALSE)
    assert with_review(reviews, INCIDENT, Review(), "drive.mp4", "drive.mp4") == ()


@pytest.mark.parametrize("status", [ReviewStatus.TRUE, ReviewStatus.FALSE, ReviewStatus.UNCLEAR])
def test_an_incident_has_one_review(status: ReviewStatus) -> None:
    reviews = with_review((), INCIDENT, Review(ReviewStatus.UNCLEAR), "drive.mp4", "drive.mp4")
    reviews = with_review(reviews, INCIDENT, Review(status, "so it is"), "drive.mp4", "drive.mp4")
    assert len(reviews) == 1 and review_of(INCIDENT, reviews) == Review(status, "so it is")
    other = replace(INCIDENT, number=2, start_s=20.0, end_s=25.0, events=())
    assert review_of(other, reviews) == Review()


def test_a_review_of_many_drives_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "alert_reviews.csv"
    other = replace(REVIEW, source="camera 1")
    change_review(path, None, other)
    change_review(path, None, REVIEW)
    now = replace(REVIEW, status=ReviewStatus.TRUE)
    change_review(path, REVIEW, now)
    assert read_reviews(path) == [other, now]
    change_review(path, now, None)
    assert read_reviews(path) == [other]


def test_the_demo_s_reviews_are_told_from_those_of_cameras_in_the_same_file() -> None:
    camera, demo = replace(REVIEW, source="camera 0"), replace(REVIEW, source="demo drive")
    assert own_reviews([camera, demo], "demo", "demo drive") == (demo,)
    assert own_reviews([camera, demo], "drive.mp4", "a drive") == (camera, demo)
    assert with_review([camera, demo], INCIDENT, Review(), "demo", "demo drive") == (camera,)
