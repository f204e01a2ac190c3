"""Reviews of alerts by a person, stored beside the drive so that what was wrong there can be labelled.

Earlier versions stored false alerts alone, in ``NAME.wrong.csv`` (``wrong_alerts.csv`` for cameras and the demo drive).
Such a file is read where there is no newer one, and replaced by it when reviews are saved.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path

import platformdirs

from engines.errors import UserError
from engines.files.output import make_folder, write_atomic
from engines.files.regular_file import read_utf8
from monitor.alerts.events import AlertEvent
from monitor.sources import DEMO, is_live

HEADER = ("time_s", "tier", "activity", "reason", "status", "source", "reviewed_at")
_FORMER_HEADER = ("time_s", "tier", "activity", "reason", "source", "marked_at")

_SUFFIX, _FORMER_SUFFIX = ".reviews.csv", ".wrong.csv"
_USER_FILE, _FORMER_USER_FILE = "alert_reviews.csv", "wrong_alerts.csv"


class ReviewStatus(Enum):
    """A person's verdict on an alert; the value is the name in files."""

    FALSE = "false"


@dataclass(frozen=True)
class AlertReview:
    """An alert that a person has reviewed.

    Attributes:
        time_s: seconds since the drive began.
        tier, activity, reason: of the alert, as in files; empty where there is none.
        status: the verdict.
        source: the drive, for people.
        reviewed_at: when, UTC, ISO 8601.
    """

    time_s: float
    tier: str
    activity: str
    reason: str
    status: ReviewStatus
    source: str
    reviewed_at: str

    @classmethod
    def of(cls, event: AlertEvent, since_s: float, source: str) -> AlertReview:
        """The review of an event as a false alert, made now."""
        return cls(
            round(since_s, 3),
            event.tier.code,
            event.activity.code if event.activity is not None else "",
            event.reason.value if event.reason is not None else "",
            ReviewStatus.FALSE,
            source,
            datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )


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
        raise UserError(f"cannot read the alert reviews {known}: {error.strerror}") from error
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise UserError(
            f"{known} holds no alert reviews ({','.join(_FORMER_HEADER if former else HEADER)}): move it away"
        ) from error


def _review(row: dict[str, str]) -> AlertReview:
    about = (row["tier"], row["activity"], row["reason"])
    return AlertReview(float(row["time_s"]), *about, ReviewStatus(row["status"]), row["source"], row["reviewed_at"])


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
        writer.writerow([*about, review.status.value, review.source, review.reviewed_at])
    try:
        make_folder(path.parent)
        write_atomic(path, text.getvalue())
        # One beside a newer file has not been read: it is not in what is written, and stays.
        if converted:
            _former_file(path).unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error


def add_review(path: Path, review: AlertReview) -> None:
    """Add a review to a file. Raises `UserError`."""
    write_reviews(path, [*read_reviews(path), review])


def _former_file(path: Path) -> Path:
    """The file in which an earlier version stored the false alerts of a drive."""
    if path.name == _USER_FILE:
        return path.with_name(_FORMER_USER_FILE)
    return path.with_name(path.name.removesuffix(_SUFFIX) + _FORMER_SUFFIX)
