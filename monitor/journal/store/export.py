"""What a store holds, for others to read: a table, JSON, or one drive as a folder."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from engines.errors import UserError, reason
from engines.files.output import PRIVATE, make_folder, write_atomic
from engines.files.printable import as_json
from monitor.journal.store.clips import is_as_written, path_of
from monitor.journal.store.database import Database
from monitor.journal.store.records import StoredDrive, StoredIncident

FORMAT = 1
"""Of the JSON."""

COLUMNS = (
    "id", "drive_id", "source", "at", "utc_s", "clock", "number", "start_s", "end_s", "ended_by", "state", "tier",
    "activity", "reason", "explanation", "distracted_s", "speed_kmh", "top_speed_kmh", "review", "note", "kept", "clip",
)  # fmt: skip
"""Of the table: a row an incident."""


def as_csv(database: Database, drive: StoredDrive | None = None) -> str:
    """The incidents of a drive, or of all, as a table."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for one, incidents in _drives(database, drive):
        for stored in incidents:
            review = stored.incident.review
            writer.writerow({**stored.as_dict(one), "review": review.status.value, "note": review.note})
    return text.getvalue()


def as_document(database: Database, drive: StoredDrive | None = None) -> dict[str, object]:
    """A drive, or all, with incidents and faults, for JSON."""
    drives = [
        {
            **one.as_dict(),
            "incidents": [stored.as_dict(one) for stored in incidents],
            "faults": [fault.as_dict() for fault in database.faults(one.uid)],
        }
        for one, incidents in _drives(database, drive)
    ]
    document: dict[str, object] = {"format": FORMAT, "drives": drives}
    if drive is None:
        document["faults"] = [fault.as_dict() for fault in database.faults()]
    return document


def copy_clip(source: Path, target: Path) -> None:
    """Write a clip as it is; for the user alone. Raises `OSError`."""
    with (
        source.open("rb") as clip,
        open(target, "xb", opener=lambda name, flags: os.open(name, flags, PRIVATE)) as copy,
    ):
        shutil.copyfileobj(clip, copy)


def export_drive(
    database: Database, drive: StoredDrive, folder: Path, write_clip: Callable[[Path, Path], None] = copy_clip
) -> list[str]:
    """Write a drive into a new folder: ``drive.json``, ``incidents.csv`` and its clips; which clips were not there.

    Args:
        database: the store's.
        drive: which one.
        folder: new, or empty.
        write_clip: writes a clip, given its file and a new one.

    Raises:
        UserError: when the folder is taken or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"{folder} is not an empty folder: choose another --output")
    missing = []
    try:
        make_folder(folder)
        for clip in database.clips("WHERE drive_uid = ? AND state = 'kept' ORDER BY start_s", drive.uid):
            target = folder / clip.file
            make_folder(target.parent)
            try:
                if not is_as_written(path_of(database, clip), clip):
                    raise FileNotFoundError
            except FileNotFoundError:
                missing.append(clip.file)
                continue
            write_clip(path_of(database, clip), target)
    except OSError as error:
        raise UserError(f"cannot write into {folder}: {reason(error)}: choose another --output") from error
    write_atomic(folder / "incidents.csv", as_csv(database, drive))
    write_atomic(folder / "drive.json", as_json(as_document(database, drive), indent=1) + "\n")
    return missing


def _drives(database: Database, drive: StoredDrive | None) -> Iterator[tuple[StoredDrive, list[StoredIncident]]]:
    for one in database.drives() if drive is None else [drive]:
        yield one, database.incidents(one.uid)
