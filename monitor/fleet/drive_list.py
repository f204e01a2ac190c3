"""From what a user names to the drives of a fleet: files, folders, patterns, lists, on this machine or in a store."""

from __future__ import annotations

import hashlib
import io
import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engines.errors import UserError, one_line
from engines.files.images import IMAGE_SUFFIXES
from engines.files.labels.label_files import SUFFIXES as LABEL_SUFFIXES
from engines.files.printable import source_label
from monitor.fleet.results.store import listing, open_filesystem, protocol_of
from monitor.sources import recording_path

VIDEO_SUFFIXES = frozenset(
    [
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".avi",
        ".ts",
        ".mts",
        ".m2ts",
        ".mpg",
        ".mpeg",
        ".3gp",
        ".h264",
        ".264",
        ".hevc",
        ".h265",
        ".265",
        ".mcap",
        ".bag",
        ".db3",
    ]
)
"""What is taken from a folder; a file that is named itself may be called as it likes."""

COLUMNS = ("drive", "driver", "vehicle", "day", "labels", "speed")
"""Of a list; all but the first may be missing or empty. Paths are relative to the list."""

_DAY = re.compile(r"(?<!\d)(20\d\d)[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(frozen=True)
class FleetDrive:
    """One drive to evaluate.

    Attributes:
        uri: a path, a URI of a store, or ``demo``.
        driver, vehicle, day: for the tables of the report; empty where unknown.
        labels: path or URI; None without.
        speed: path or URI of a CSV file beside it; None where the command says what holds.
        version: of the drive: changes with its content; so that the same is not computed twice.
        labels_version, speed_version: of those files; empty without.
    """

    uri: str
    driver: str = ""
    vehicle: str = ""
    day: str = ""
    labels: str | None = None
    speed: str | None = None
    version: str = ""
    labels_version: str = ""
    speed_version: str = ""

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine."""
        return protocol_of(self.uri) is None

    def name(self, speed: str) -> str:
        """The beginning of its files' names: distinguishes it from any other drive, version and source of speed."""
        stem = re.sub(r"[^\w.-]+", "-", posixpath.basename(self.uri.rstrip("/")))[:60].strip("-.") or "drive"
        return f"{stem}-{_digest(self.uri, self.version, speed, self.speed or '', self.speed_version)}"

    @property
    def labels_key(self) -> str:
        """Distinguishes its labels; empty without."""
        return "" if self.labels is None else "-" + _digest(self.labels, self.labels_version)[:8]


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def find_drives(named: Sequence[str], *, labels: bool = False, speed_beside: bool = False) -> list[FleetDrive]:
    """The drives that a command line names, by URI, each once.

    Args:
        named: files, folders, patterns, CSV and Parquet lists, of this machine or a store; ``demo``.
        labels: whether labels are taken that lie beside a drive, where the list names none.
        speed_beside: whether ``NAME.speed.csv`` beside a drive is its speed, where the list names none.

    Raises:
        UserError: for what names no drive.
    """
    folders = _Folders()
    drives: dict[str, FleetDrive] = {}
    for name in named:
        found = list(_expand(name.strip(), folders))
        if not found:
            raise UserError(f"{source_label(name)}: there is no drive in it: name videos, folders of them, or a list")
        for drive in found:
            drives.setdefault(drive.uri, drive)
    return [_completed(drives[uri], folders, labels, speed_beside) for uri in sorted(drives)]


class _Folders:
    """What lies in the folders that drives are in; each is listed once."""

    def __init__(self) -> None:
        self._entries: dict[str, Mapping[str, Mapping[str, Any]]] = {}

    def __getitem__(self, uri: str) -> Mapping[str, Mapping[str, Any]]:
        if uri not in self._entries:
            self._entries[uri] = listing(uri)
        return self._entries[uri]


def _expand(name: str, folders: _Folders) -> Iterator[FleetDrive]:
    if name == "demo":
        yield FleetDrive(name)
        return
    if not name:
        raise UserError("a drive's name is empty: name a video, a folder, a list or a URI")
    uri = name if protocol_of(name) else str(Path(name.removeprefix("file://")).expanduser().absolute())
    filesystem, path = open_filesystem(uri)
    prefix = f"{protocol_of(uri)}://" if protocol_of(uri) else ""
    try:
        if re.search(r"[*?\[]", name) and not filesystem.exists(path):
            for found in sorted(filesystem.glob(path)):
                yield from _expand(f"{prefix}{found}", folders)
        elif Path(uri).suffix.lower() in (".csv", ".parquet"):
            yield from _listed(uri, filesystem.cat_file(path))
        elif prefix.startswith("http") or not filesystem.isdir(path):
            if not filesystem.exists(path):
                raise UserError(f"there is no drive {source_label(uri)}: check its name")
            yield _drive(uri)
        else:
            yield from _in_folder(uri, folders)
    except UserError:
        raise
    except Exception as error:  # every client has errors of its own
        raise UserError(f"cannot read {source_label(uri)}: {one_line(error)}") from error


def _in_folder(uri: str, folders: _Folders) -> Iterator[FleetDrive]:
    """A folder of images is a drive; another holds drives."""
    entries = folders[uri]
    if any(Path(name).suffix.lower() in IMAGE_SUFFIXES for name in entries):
        yield _drive(uri)
        return
    for name, entry in sorted(entries.items()):
        child = f"{uri.rstrip('/')}/{name}"
        if entry["type"] == "directory":
            yield from _in_folder(child, folders)
        elif Path(name).suffix.lower() in VIDEO_SUFFIXES:
            yield _drive(child)


def _drive(
    uri: str,
    driver: str = "",
    vehicle: str = "",
    day: str = "",
    labels: str | None = None,
    speed: str | None = None,
) -> FleetDrive:
    found = _DAY.findall(uri)
    return FleetDrive(uri, driver, vehicle, day or ("-".join(found[-1]) if found else ""), labels, speed)


def _listed(uri: str, content: bytes) -> Iterator[FleetDrive]:
    """The drives of a list. Raises `UserError` for one that cannot be read."""
    base = uri.rpartition("/")[0]
    for number, row in enumerate(_rows(uri, content), 1):
        unknown = set(row) - set(COLUMNS)
        if unknown or "drive" not in row:
            raise UserError(f"list {source_label(uri)}: its columns must be of {', '.join(COLUMNS)}, with drive")
        cells = {name: str("" if value is None else value).strip() for name, value in row.items()}
        if not cells["drive"]:
            raise UserError(f"list {source_label(uri)}: row {number}: the drive is missing")
        labels, speed = (_beneath(base, cells[name]) if cells.get(name) else None for name in ("labels", "speed"))
        uri_of_drive = cells["drive"] if cells["drive"] == "demo" else _beneath(base, cells["drive"])
        driver, vehicle, day = (cells.get(name, "") for name in ("driver", "vehicle", "day"))
        yield _drive(uri_of_drive, driver, vehicle, day, labels, speed)


def _beneath(base: str, name: str) -> str:
    return name if protocol_of(name) or name.startswith("/") else f"{base}/{name.removeprefix('./')}"


def _rows(uri: str, content: bytes) -> Iterator[Mapping[str, Any]]:
    if uri.lower().endswith(".parquet"):
        import pyarrow.parquet as pq

        yield from pq.read_table(io.BytesIO(content)).to_pylist()
        return
    import csv

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"list {source_label(uri)}: it is no UTF-8 text") from error
    for row in csv.DictReader(io.StringIO(text, newline="")):
        if None in row or None in row.values():
            raise UserError(f"list {source_label(uri)}: a row has another number of cells than the first line")
        yield row


def _completed(drive: FleetDrive, folders: _Folders, labels: bool, speed_beside: bool) -> FleetDrive:
    """With the files that lie beside it, and the version of each."""
    if drive.uri == "demo":
        path = recording_path("demo")
        beside = path.with_suffix(".csv")
        version = _version(folders, str(path))
        if labels and drive.labels is None and beside.exists():
            return replace(drive, version=version, labels=str(beside), labels_version=_version(folders, str(beside)))
        return replace(drive, version=version)
    folder, _, name = drive.uri.rpartition("/")
    stem = name.rpartition(".")[0] if Path(name).suffix else name
    if labels and drive.labels is None:
        found = next((f"{stem}{suffix}" for suffix in LABEL_SUFFIXES if f"{stem}{suffix}" in folders[folder]), None)
        drive = replace(drive, labels=None if found is None else f"{folder}/{found}")
    if speed_beside and drive.speed is None:
        drive = replace(drive, speed=f"{folder}/{stem}.speed.csv")
    return replace(
        drive,
        version=_version(folders, drive.uri),
        labels_version="" if drive.labels is None else _version(folders, drive.labels),
        speed_version="" if drive.speed is None else _version(folders, drive.speed),
    )


_MARKS = ("ETag", "etag", "md5Hash", "content_md5", "generation", "mtime", "LastModified", "last_modified", "updated")


def _version(folders: _Folders, uri: str) -> str:
    """What changes with a file's content: size and hash or time, as its store knows them; empty where it knows none.

    The drive is not read for it: a fleet's would take hours.
    """
    folder, _, name = uri.rpartition("/")
    entry = folders[folder].get(name) or _info(uri)
    if entry.get("type") == "directory":
        inside = [(child, *_marks(each)) for child, each in sorted(folders[uri].items()) if each["type"] == "file"]
        return _digest(*(str(part) for row in inside for part in row))
    return _digest(*(str(part) for part in _marks(entry)))


def _info(uri: str) -> Mapping[str, Any]:
    filesystem, path = open_filesystem(uri)
    try:
        return dict(filesystem.info(path))
    except Exception:  # of a drive that is not there the worker says so
        return {}


def _marks(entry: Mapping[str, Any]) -> tuple[object, ...]:
    return (entry.get("size"), next((entry[mark] for mark in _MARKS if entry.get(mark)), ""))
