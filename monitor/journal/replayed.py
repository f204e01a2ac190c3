"""Has the library keep a recording that was replayed as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path

from engines.errors import UserError
from monitor.alerts.incidents.incident import Incident
from monitor.evaluation.drive import DriveRecord
from monitor.evaluation.drive_summary import summarise
from monitor.journal.library import DriveInfo, KeptDrive, Library, recording_id
from monitor.journal.library_files import is_same_incident


def keep_replay(
    library: Library,
    record: DriveRecord,
    path: str,
    about: Mapping[str, object],
    thumbnails: Mapping[float, bytes],
) -> str:
    """Keep a replayed drive, and give its id. Raises `UserError`.

    Args:
        library: where it is kept.
        record: of the whole drive.
        path: as the recording can be opened again.
        about: what it was replayed with.
        thumbnails: JPEGs by the times of incidents' peaks; of an incident that has some in the library those stay.
    """
    drive_id = recording_id(path)
    kept: dict[int, tuple[bytes, ...]] = {}
    try:
        before: KeptDrive | None = library.drive(drive_id)
    except UserError:
        before = None
    incidents = list(record.run.incidents.values())
    for incident in incidents:
        images = _kept(library, before, incident)
        new = thumbnails.get(incident.peak_s)
        kept[incident.number] = images or ((new,) if new is not None else ())
    # Nobody has been named where a drive is called as its file.
    driver = record.driver if record.driver != Path(record.name).stem else ""
    recorder = library.begin(DriveInfo(drive_id, datetime.now(timezone.utc), record.name, path, driver, about))
    for notice in record.notices:
        recorder.notice(notice)
    events = list(record.events)
    for incident in incidents:
        # Each stands below its last event, as in a journal.
        end_s = incident.start_s if incident.end_s is None else incident.end_s
        while events and events[0].time_s <= end_s:
            recorder.event(events.pop(0))
        recorder.incident(incident, kept[incident.number])
    for event in events:
        recorder.event(event)
    summary = summarise(record.run.states, incidents, record.settings.frame_holds_s)
    recorder.end(summary, len(record.times_s), "source_ended")
    return drive_id


def _kept(library: Library, before: KeptDrive | None, incident: Incident) -> tuple[bytes, ...]:
    for old in () if before is None else before.incidents:
        if is_same_incident(old, incident):
            return library.thumbnails(before.info.id, old.number) if before is not None else ()
    return ()
