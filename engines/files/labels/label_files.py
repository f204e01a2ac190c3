"""Where a drive's labels lie: ``NAME.csv`` or ``NAME.json`` beside the drive."""

from __future__ import annotations

from pathlib import Path

from engines.errors import UserError

SUFFIXES = (".csv", ".json", ".xml")
"""Ours is the first, and the only one that is written; JSON is DMD's, Label Studio's or FiftyOne's, XML CVAT's."""


def label_file(drive: Path) -> Path:
    """The file that a drive's labels are written to, whether or not it is there."""
    return drive.with_suffix(SUFFIXES[0])


def new_label_file(drive: Path) -> Path:
    """A file beside a drive's labels that does not exist yet, for where these cannot be read."""
    path = label_file(drive)
    names = (path.with_name(f"{path.stem}-new{number or ''}.csv") for number in range(1000))
    return next(name for name in names if not name.exists())


def find_label_file(drive: Path) -> Path | None:
    """The labels that a drive has; None without any."""
    suffixes = (written for suffix in SUFFIXES for written in (suffix, suffix.upper()))
    return next((path for suffix in suffixes if (path := drive.with_suffix(suffix)).is_file()), None)


def require_label_file(drive: Path) -> Path:
    """The labels that a drive has. Raises `UserError` without any."""
    path = find_label_file(drive)
    if path is None:
        names = " or ".join(drive.with_suffix(suffix).name for suffix in SUFFIXES)
        raise UserError(f"there is no {names} beside {drive}: put its labels there, or name them after --labels")
    return path
