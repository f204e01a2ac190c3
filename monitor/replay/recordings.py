"""Recorded drives with their labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.files.drive_labels import DriveLabels
from engines.files.openlabel import read_label_file
from engines.files.printable import printable
from engines.view import Mount
from monitor.sources import Source


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
        track: the video track of a file that has several, from 1; the first when None.
    """

    source_name: str
    name: str
    driver: str
    labels: DriveLabels | None
    frames: int | None
    fps: float | None = None
    mount: Mount | None = None
    track: int | None = None


def as_recording(
    source_name: str,
    source: Source,
    labels: Path | None,
    driver: str | None = None,
    fps: float | None = None,
    mount: Mount | None = None,
    track: int | None = None,
) -> RecordedDrive:
    """An open recording with its labels; the driver is called as the recording when left out.

    Raises:
        UserError: for labels that cannot be read.
    """
    frames = round(source.duration * source.fps) if source.duration and source.fps else None
    read = None if labels is None else read_label_file(labels, source.fps)
    return RecordedDrive(
        source_name, source.name, printable(driver or Path(source.name).stem), read, frames, fps, mount, track
    )
