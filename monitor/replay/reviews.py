"""Reviews of incidents by a person, stored beside the drive so that what was wrong there can be labelled.

Earlier versions stored false alerts alone, in ``NAME.wrong.csv`` (``wrong_alerts.csv`` for cameras and the demo drive).
Such a file is read where there is no newer one, and replaced by it when reviews are saved. Files without notes, which
named the alert's last rise in place of its incident's beginning, are read, too.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import platformdirs

from engines.errors import UserError, reason
from engines.files.output import make_folder, write_atomic
from engines.files.regular_file import read_utf8
from engines.notice import NoticeText
from monitor.alerts.incidents.incident import Incident, Review, ReviewStatus, is_same_time
from monitor.sources import DEMO, is_live

HEADER = ("time_s", "tier", "activity", "reason", "status", "source", "reviewed_at", "note")
_FORMER_HEADER = ("time_s", "tier", "activity", "reason", "source", "marked_at")

_SUFFIX, _FORMER_SUFFIX = ".reviews.csv", ".wrong.csv"
_USER_FILE, _FORMER_USER_FILE = "alert_reviews.csv", "wrong_alerts.csv"


@dataclass(frozen=True)
class AlertReview:
    """An incident that a person has reviewed, as a row of a file.

    Attributes:
        time_s: its beginning, seconds since the drive began.
        tier, activity, reason: of its alert, as in files; empty where there is none.
        status: the verdict.
        source: the drive, for people.
        reviewed_at: when, UTC, ISO 8601.
        note: what else there is to say.
    """

    time_s: float
    tier: str
    activity: str
    reason: str
    status: ReviewStatus
    source: str
    reviewed_at: str
    note: str = ""

    @classmethod
    def of(cls, incident: Incident, review: Review, source: str) -> AlertReview:
        """The review of an incident, made now; the incident's times count from the drive's beginning."""
        return cls(
            round(incident.start_s, 3),
            incident.tier.code,
            incident.activity.code if incident.activity is not None else "",
            incident.reason.value if incident.reason is not None else "",
            review.status,
            source,
            datetime.now(timezone.utc).isoformat(timespec="seconds"),
            review.note,
        )

    def is_of(self, incident: Incident) -> bool:
        """Whether it is of an incident: of its beginning, or of one of its events."""
        times_s = (incident.start_s, *(event.time_s for event in incident.events))
        return any(is_same_time(self.time_s, time_s) for time_s in times_s)


def review_of(incident: Incident, reviews: Sequence[AlertReview]) -> Review:
    """The latest review of an incident; a new one where there is none."""
    found = next((review for review in reversed(reviews) if review.is_of(incident)), None)
    return Review() if found is None else Review(found.status, found.note)


def own_reviews(reviews: Sequence[AlertReview], source_name: str, source: str) -> tuple[AlertReview, ...]:
    """Those of a drive: all of the file beside a recording, and of the user's those that name its `source`."""
    if not reviews:
        return ()
    shared = reviews_file(source_name).name == _USER_FILE
    return tuple(review for review in reviews if not shared or review.source == source)


def with_review(
    reviews: Sequence[AlertReview], incident: Incident, review: Review, source_name: str, source: str
) -> tuple[AlertReview, ...]:
    """A file's reviews with an incident's in place of earlier ones; nothing is kept of one that is new again."""
    own = own_reviews(reviews, source_name, source)
    others = tuple(other for other in reviews if other not in own or not other.is_of(incident))
    return others if review == Review() else (*others, AlertReview.of(incident, review, source))


def reviews_file(source_name: str) -> Path:
    """Where a drive's reviews are stored: beside a recording; otherwise in the user's data folder."""
    if source_name == DEMO or is_live(source_name):
        return Path(platformdirs.user_data_dir("driver-monitor")) / _USER_FILE
    return Path(source_name).expanduser().with_suffix(_SUFFIX)


def read_reviews(path: Path) -> list[AlertReview]:
    """The reviews of a file, none where there is no file. Raises `UserError` for one that holds something else."""
    former = not path.exists()
    known = _former_file(path) if former else path
    review = _former_review if former else _review
    try:
        return [review(row) for row in csv.DictReader(io.StringIO(read_utf8(known), newline=""))]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(
            NoticeText("cannot read the alert reviews {path}: {reason}", path=known, reason=reason(error))
        ) from error
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise UserError(
            NoticeText(
                "{path} holds no alert reviews ({columns}): move it away",
                path=known,
                columns=",".join(_FORMER_HEADER if former else HEADER),
            )
        ) from error


def _review(row: dict[str, str]) -> AlertReview:
    about = (row["tier"], row["activity"], row["reason"])
    status, note = ReviewStatus(row["status"]), row.get("note") or ""
    time_s = float(row["time_s"])
    if not math.isfinite(time_s):
        raise ValueError("a time is a number")
    return AlertReview(time_s, *about, status, row["source"], row["reviewed_at"], note)


def _former_review(row: dict[str, str]) -> AlertReview:
    return _review({**row, "status": ReviewStatus.FALSE.value, "reviewed_at": row["marked_at"]})


def write_reviews(path: Path, reviews: Iterable[AlertReview]) -> None:
    """Write the reviews of a file, in place of one that an earlier version has left.

    Raises:
        UserError: when it cannot be written, or that earlier one cannot be read and would be lost.
    """
    converted = not path.exists()
    if converted:
        read_reviews(path)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for review in reviews:
        about = (review.time_s, review.tier, review.activity, review.reason)
        writer.writerow([*about, review.status.value, review.source, review.reviewed_at, review.note])
    try:
        make_folder(path.parent)
        write_atomic(path, text.getvalue())
        # One beside a newer file has not been read: it is not in what is written, and stays.
        if converted:
            _former_file(path).unlink(missing_ok=True)
    except OSError as error:
        raise UserError(NoticeText("cannot write {path}: {reason}", path=path, reason=reason(error))) from error


def change_review(path: Path, before: AlertReview | None, now: AlertReview | None) -> None:
    """Put a review into a file of many drives in place of the one before; None for none. Raises `UserError`."""
    reviews = [review for review in read_reviews(path) if review != before]
    write_reviews(path, reviews if now is None else [*reviews, now])


def _former_file(path: Path) -> Path:
    """The file in which an earlier version stored the false alerts of a drive."""
    if path.name == _USER_FILE:
        return path.with_name(_FORMER_USER_FILE)
    return path.with_name(path.name.removesuffix(_SUFFIX) + _FORMER_SUFFIX)
