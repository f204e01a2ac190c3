"""Recorded drives with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.files.labels.drive_labels import DriveLabels
from engines.files.labels.label_fit import require_fit
from engines.files.labels.openlabel import read_label_file
from engines.files.printable import printable
from engines.view import Mount
from monitor.sources import Source
from monitor.sources.random_access import open_recording


@dataclass(frozen=True)
class RecordedDrive:
    """A drive to replay.

    Attributes:
        source_name: as the user named it.
        name: for people.
        driver: who drives.
        labels: None without.
        frames: how many it seems to have; None when unknown.
        fps: of a folder of images.
        mount: of the camera that recorded it; the whole frame when None.
        track: the video track of a file that has several, from 1, or the topic of a bag; the first when None.
    """

    source_name: str
    name: str
    driver: str
    labels: DriveLabels | None
    frames: int | None
    fps: float | None = None
    mount: Mount | None = None
    track: int | str | None = None


def as_recording(
    source_name: str,
    source: Source,
    labels: Path | None,
    driver: str | None = None,
    fps: float | None = None,
    mount: Mount | None = None,
    track: int | str | None = None,
) -> RecordedDrive:
    """An open recording with its labels; the driver is called as the recording when left out.

    Raises:
        UserError: for labels that cannot be read, or cannot be of this drive.
    """
    frames = round(source.duration * source.fps) if source.duration and source.fps else None
    read = None if labels is None else read_label_file(labels, source.fps)
    if read is not None:
        require_fit(read, _end_s(source_name, source, fps, track), source.fps, printable(labels))
    return RecordedDrive(
        source_name, source.name, printable(driver or Path(source.name).stem), read, frames, fps, mount, track
    )


def _end_s(source_name: str, source: Source, fps: float | None, track: int | str | None) -> float:
    """Seconds that a recording lasts, of a large file, too."""
    if source.duration is not None:
        return source.duration
    reader = open_recording(source_name, fps=fps, track=track)
    try:
        return reader.duration_s
    finally:
        reader.close()
