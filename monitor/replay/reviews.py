"""Alerts that the driver called wrong, kept beside the drive so that the moment can be labelled."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import platformdirs

from engines.errors import UserError
from engines.files.output import write_atomic
from monitor.alerts.events import AlertEvent
from monitor.sources import DEMO, is_live

HEADER = ("time_s", "tier", "activity", "reason", "source", "marked_at")


@dataclass(frozen=True)
class AlertReview:
    """A moment that was marked.

    Attributes:
        time_s: seconds since the drive began.
        tier, activity, reason: of the alert, as in files; empty where there is none.
        source: the drive, for people.
        marked_at: when it was marked, UTC, ISO 8601.
    """

    time_s: float
    tier: str
    activity: str
    reason: str
    source: str
    marked_at: str

    @classmethod
    def of(cls, event: AlertEvent, since_s: float, source: str) -> AlertReview:
        """The mark of an event, made now."""
        return cls(
            round(since_s, 3),
            event.tier.code,
            event.activity.code if event.activity is not None else "",
            event.reason.value if event.reason is not None else "",
            source,
            datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )


def reviews_file(spec: str) -> Path:
    """Where a drive's marks are kept: beside a recording; for cameras and the demo drive in the user's data folder."""
    if spec == DEMO or is_live(spec):
        return Path(platformdirs.user_data_dir("driver-monitor")) / "wrong_alerts.csv"
    return Path(spec).expanduser().with_suffix(".wrong.csv")


def read_reviews(path: Path) -> list[AlertReview]:
    """The marks of a file, none where there is no file. Raises `UserError` for one that holds something else."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        return [AlertReview(float(row["time_s"]), *(row[name] for name in HEADER[1:])) for row in rows]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(f"cannot read the marked alerts {path}: {error.strerror}") from error
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise UserError(f"{path} holds no marked alerts ({','.join(HEADER)}): move it away") from error


def write_reviews(path: Path, marks: Iterable[AlertReview]) -> None:
    """Write the marks of a file. Raises `UserError`."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows([mark.time_s, *(getattr(mark, name) for name in HEADER[1:])] for mark in marks)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error
    write_atomic(path, text.getvalue())


def add_review(path: Path, mark: AlertReview) -> None:
    """Add a mark to a file. Raises `UserError`."""
    write_reviews(path, [*read_reviews(path), mark])
