"""Recorded drives, and the labels that lie beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engines.errors import UserError
from engines.files.drive_labels import DriveLabels
from engines.files.openlabel import read_label_file
from engines.files.output import printable
from engines.view import Mount
from monitor.sources import Source

LABEL_SUFFIXES = (".csv", ".json")
"""Of the files that ``--labels`` without names looks for beside a drive."""


@dataclass(frozen=True)
class RecordedDrive:
    """A drive to replay.

    Attributes:
        spec: as it was named.
        name: for people.
        driver: who drives.
        labels: None without.
        frames: how many it seems to have; None when unknown.
        fps: of a folder of images.
        mount: of the camera that recorded it; the whole frame when None.
    """

    spec: str
    name: str
    driver: str
    labels: DriveLabels | None
    frames: int | None
    fps: float | None = None
    mount: Mount | None = None


def as_recording(
    spec: str,
    source: Source,
    labels: Path | None,
    driver: str | None = None,
    fps: float | None = None,
    mount: Mount | None = None,
) -> RecordedDrive:
    """An open recording with its labels; the driver is called as the recording when left out.

    Raises:
        UserError: for labels that cannot be read.
    """
    frames = round(source.duration * source.fps) if source.duration and source.fps else None
    read = None if labels is None else read_label_file(labels, source.fps)
    return RecordedDrive(spec, source.name, printable(driver or Path(source.name).stem), read, frames, fps, mount)


def labels_beside(drive: Path) -> Path:
    """The labels beside a drive, ``NAME.csv`` or ``NAME.json``. Raises `UserError` when there are none."""
    for suffix in LABEL_SUFFIXES:
        path = drive.with_suffix(suffix)
        if path.is_file():
            return path
    names = " or ".join(drive.with_suffix(suffix).name for suffix in LABEL_SUFFIXES)
    raise UserError(f"there is no {names} beside {drive}: put its labels there, or name them after --labels")
