"""Has the store keep a recording that was replayed as a whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from engines.files.printable import as_json
from monitor.alerts.events import EventKind
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.drive_summary import summarise
from monitor.journal.library import KeptDrive, Library, file_of
from monitor.journal.store.records import StoredDrive, StoredFault

_SAME_LENGTH_S = 0.5


def keep_replay(
    library: Library,
    record: DriveRecord,
    path: str,
    about: Mapping[str, object],
    thumbnails: Mapping[float, bytes],
) -> str:
    """Keep a replayed drive, and give its id; one that is kept already as it is stays. Raises `UserError`.

    Args:
        library: where it is kept.
        record: of the whole drive.
        path: as the recording can be opened again.
        about: what it was replayed with.
        thumbnails: JPEGs by the times of incidents' peaks.
    """
    # Nobody has been named where a drive is called as its file.
    driver = record.driver if record.driver != Path(record.name).stem else ""
    about = {**json.loads(as_json(dict(about))), "file": file_of(path)}
    for known in library.drives():
        if known.info.path == path and _is_same(known, about, record):
            if driver:
                library.name_driver(known.info.uid, driver)
            return known.info.uid
    now = library.now()
    incidents = record.incidents
    bundle = about.get("bundle")
    drive = replace(
        StoredDrive.new(
            record.name,
            str(bundle.get("name") or "") if isinstance(bundle, Mapping) else "",
            "",
            live=False,
            began=now,
            path=path,
            driver=driver,
            about=about,
        ),
        seen_s=record.duration_s,
        frames=len(record.times_s),
        end_reason="source_ended",
        summary=summarise(record.run.states, incidents, record.settings.frame_holds_s),
    )
    faults = [StoredFault(drive.uid, "notice", None, now, {"text": str(notice)}) for notice in record.notices]
    faults += [
        StoredFault(drive.uid, "health", event.time_s, now, event.as_dict())
        for event in record.events
        if event.kind in (EventKind.FAULT, EventKind.RECOVERED)
    ]
    images = [thumbnails.get(incident.peak_s) for incident in incidents]
    pairs = [(incident, [jpeg] if jpeg is not None else []) for incident, jpeg in zip(incidents, images, strict=True)]
    library.keep_drive(drive, pairs, faults)
    return drive.uid


def _is_same(known: KeptDrive, about: Mapping[str, object], record: DriveRecord) -> bool:
    """Whether the same file was watched to the same end, with the same network and settings."""
    same_about = all(known.info.about.get(name) == value for name, value in about.items())
    same_length = abs(known.info.seen_s - record.duration_s) < _SAME_LENGTH_S
    return same_about and same_length and len(known.incidents) == len(record.incidents)
