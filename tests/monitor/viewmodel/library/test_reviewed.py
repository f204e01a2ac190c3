"""Reviews of recordings stand beside them; those of cameras in the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.errors import UserError
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.journal.library import Library
from monitor.replay.reviews import read_reviews, reviews_file, write_reviews
from monitor.viewmodel.library.reviewed import drives_with_reviews, store_review, with_reviews
from tests.monitor.journal.drives import incident, info, kept_in, record

pytestmark = pytest.mark.usefixtures("patient_disk")

TRUE, FALSE = Review(ReviewStatus.TRUE), Review(ReviewStatus.FALSE, "no")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with kept_in(tmp_path / "library") as library:
        yield library


def recorded(library: Library, video: Path) -> str:
    about = info("recording", path=str(video))
    record(library, about, incident(1), incident(2, 20.0))
    return about.uid


def test_what_stands_beside_a_recording_goes_first(library: Library, tmp_path: Path) -> None:
    video = tmp_path / "drive.mp4"
    video.write_bytes(b"a video")
    drive_id = recorded(library, video)
    store_review(library, with_reviews(library.drive(drive_id)), incident(1), FALSE)
    drive = with_reviews(library.drive(drive_id))
    assert drive.incident(1).review == FALSE and len(read_reviews(reviews_file(str(video)))) == 1
    store_review(library, drive, incident(1), TRUE)
    (drive,), notices = drives_with_reviews(library)
    assert [each.review for each in drive.incidents] == [TRUE, Review()] and notices == []
    # Somebody takes it back in Replay.
    write_reviews(reviews_file(str(video)), [])
    assert with_reviews(library.drive(drive_id)).unreviewed == 2


def test_where_the_recording_is_gone_the_library_knows(library: Library, tmp_path: Path) -> None:
    video = tmp_path / "stick" / "drive.mp4"
    video.parent.mkdir()
    video.write_bytes(b"a video")
    drive_id = recorded(library, video)
    store_review(library, library.drive(drive_id), incident(2, 20.0), FALSE)
    video.parent.rename(tmp_path / "unplugged")
    assert with_reviews(library.drive(drive_id)).incident(2).review == FALSE
    store_review(library, library.drive(drive_id), incident(1), TRUE)
    assert not video.parent.exists() and library.drive(drive_id).incident(1).review == TRUE


def test_a_damaged_file_of_reviews_is_said_and_not_written_over(library: Library, tmp_path: Path) -> None:
    video = tmp_path / "drive.mp4"
    video.write_bytes(b"a video")
    drive_id = recorded(library, video)
    reviews_file(str(video)).write_text("nonsense\n1\n")
    drives, notices = drives_with_reviews(library)
    assert len(drives) == 1 and "alert reviews" in notices[0]
    with pytest.raises(UserError, match="alert reviews"):
        store_review(library, library.drive(drive_id), incident(1), FALSE)
    assert library.drive(drive_id).unreviewed == 2


def test_a_camera_s_are_in_the_library_alone(library: Library, tmp_path: Path) -> None:
    record(library, info(), incident(1))
    store_review(library, library.drive(info().uid), incident(1), FALSE)
    assert with_reviews(library.drive(info().uid)).incident(1).review == FALSE
    assert not list(tmp_path.rglob("*.csv"))
