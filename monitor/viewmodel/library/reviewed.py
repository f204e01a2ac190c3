"""Reviews of kept drives: those of a recording stand beside it (`monitor.replay.reviews`), all others in the store.

What stands beside a recording goes first, for it goes along with the file, and Replay and the report read it. Where the
recording is not there, what the store has of it holds.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engines.errors import UserError
from monitor.alerts.incidents.incident import Incident, Review
from monitor.journal.library import KeptDrive, Library
from monitor.replay.reviews import own_reviews, read_reviews, review_of, reviews_file, with_review, write_reviews
from monitor.sources import recording_path


def drives_with_reviews(library: Library) -> tuple[list[KeptDrive], list[str]]:
    """All drives, the newest first, with their reviews; and what could not be read, one line each."""
    drives, notices = [], []
    for drive in library.drives():
        try:
            drives.append(with_reviews(drive))
        except UserError as error:
            drives.append(drive)
            notices.append(str(error))
    return drives, notices + library.notices()


def with_reviews(drive: KeptDrive) -> KeptDrive:
    """A drive with what a person has said of it. Raises `UserError` for a file of reviews that is none."""
    path = drive.info.path
    if not path or not _is_there(path):
        return drive
    reviews = own_reviews(read_reviews(reviews_file(path)), path, drive.info.source)
    return replace(drive, incidents=tuple(replace(each, review=review_of(each, reviews)) for each in drive.incidents))


def store_review(library: Library, drive: KeptDrive, incident: Incident, review: Review) -> None:
    """Store what a person says of an incident. Raises `UserError`."""
    path = drive.info.path
    if path and _is_there(path):
        file = reviews_file(path)
        write_reviews(file, with_review(read_reviews(file), incident, review, path, drive.info.source))
    library.review(drive.info.uid, incident.number, review)


def _is_there(path: str) -> bool:
    try:
        return recording_path(path).exists() or Path(reviews_file(path)).exists()
    except OSError:
        return False
