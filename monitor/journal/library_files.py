"""The library in files: a folder for each drive, with its lines (`monitor.journal.drive_lines`) and its thumbnails.

    library/ID/drive.jsonl      the drive as it happened, and below it what a person has said of it
    library/ID/NUMBER/0.jpg     thumbnails of an incident, the oldest first

Lines are only ever added, so that any number of monitors and windows may use one library. What a recording gives when
it is watched lies in ``ID/new-…`` until its end, and takes the place of what was known where it goes as far, or where
another file has taken the recording's name.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import platformdirs

from engines.errors import UserError, reason
from engines.files.output import make_folder, write_atomic
from engines.files.printable import as_json, printable
from engines.files.regular_file import read_lines
from engines.notice import NoticeText
from monitor.alerts.events import AlertEvent
from monitor.alerts.incidents.incident import Incident, Review, is_same_time
from monitor.evaluation.drive_summary import DriveSummary
from monitor.health.system_health import SystemCondition
from monitor.journal.bounded_wait import BoundedWait
from monitor.journal.drive_lines import OnlyBegunError, drive_line, read_drive, review_line
from monitor.journal.json_lines import Journal
from monitor.journal.library import DriveInfo, DriveRecorder, KeptDrive

LINES = "drive.jsonl"
_ID = re.compile(r"[a-z0-9-]{1,64}")
_DAMAGED = ".damaged"

MAX_THUMBNAIL_BYTES = 400 << 20
"""Of all drives together; when a drive begins, and now and then while it goes on, those of the oldest make room."""

_ROOM_EVERY = 400
"""Images are written before there is another look whether they are too many."""

_MAX_WAITING = 400
"""Images that may wait to be written; then the oldest makes room."""

_MAX_THUMBNAILS = 8
"""Of one incident."""

_NEW = "new-"
_CUT_SHORT_S = 86400.0
"""What a recording gave and was not put in place within a day was cut short: the power went."""

_FILE = "file"
"""Of what a recording was watched with: its size and when it was changed."""

_WAIT_S, _CLOSING_S = 0.05, 1.0


def default_folder() -> Path:
    """Where the user's library lies."""
    return Path(platformdirs.user_data_dir("driver-monitor")) / "library"


class FileLibrary:
    """A library in a folder, which need not exist. Any thread may use it.

    Attributes:
        folder: where it lies.
        camera_images: whether images of cameras and streams are kept, too; those of a recording always are.
    """

    def __init__(self, folder: Path | None = None, *, camera_images: bool = True) -> None:
        """The user's when no folder is given."""
        self.folder, self.camera_images = folder or default_folder(), camera_images
        # By id: when the file was changed, its size, and what it says.
        self._known: dict[str, tuple[int, int, KeptDrive]] = {}
        self._notices: list[str] = []

    def drives(self) -> list[KeptDrive]:
        """All of them, the newest first. What is no drive is set aside, and a notice."""
        try:
            ids = sorted(entry.name for entry in self.folder.iterdir() if _ID.fullmatch(entry.name))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UserError(f"cannot look into the library {self.folder}: {reason(error)}") from error
        found = []
        for drive_id in ids:
            try:
                found.append(self._read(drive_id))
            except (FileNotFoundError, OnlyBegunError):
                continue  # or just deleted
            except OSError as error:
                self._notice(drive_id, reason(error), "")
            except UserError as error:
                self._notice(drive_id, str(error), self._set_aside(drive_id))
        return sorted(found, key=lambda drive: drive.info.began_at, reverse=True)

    def drive(self, drive_id: str) -> KeptDrive:
        try:
            return self._read(drive_id)
        except OSError as error:
            why = "there is none of this id" if isinstance(error, FileNotFoundError) else reason(error)
            raise UserError(f"cannot read the drive {drive_id} of the library: {why}") from error

    def begin(self, info: DriveInfo) -> DriveRecorder:
        return _Recorder(self, self._path(info.id), info)

    def review(self, drive_id: str, number: int, review: Review, start_s: float | None = None) -> None:
        drive = self.drive(drive_id)
        incident = drive.incident(number)
        if start_s is not None and not is_same_time(incident.start_s, start_s):
            raise UserError(f"the drive {drive_id} was watched again and has another incident {number}: look once more")
        if incident.review != review:
            incidents = (replace(each, review=review) if each is incident else each for each in drive.incidents)
            now = replace(drive, incidents=tuple(incidents))
            self._append(drive, now, "review", review_line(number, review))

    def name_driver(self, drive_id: str, driver: str) -> None:
        drive = self.drive(drive_id)
        if drive.info.driver != driver:
            now = replace(drive, info=replace(drive.info, driver=driver))
            self._append(drive, now, "driver", {"driver": driver})

    def thumbnails(self, drive_id: str, number: int) -> tuple[bytes, ...]:
        folder = self._path(drive_id) / str(int(number))
        try:
            paths = sorted(folder.glob("*.jpg"), key=lambda path: (len(path.name), path.name))
            return tuple(path.read_bytes() for path in paths)
        except OSError as error:
            raise UserError(f"cannot read the thumbnails {folder}: {reason(error)}") from error

    def lines(self, drive_id: str) -> list[str]:
        try:
            content = b"".join(read_lines(self._path(drive_id) / LINES))
        except OSError as error:
            raise UserError(f"cannot read the drive {drive_id} of the library: {reason(error)}") from error
        return [line for line in content.decode("utf-8", "replace").split("\n") if line.strip()]

    def delete(self, drive_id: str) -> None:
        try:
            shutil.rmtree(self._path(drive_id))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise UserError(f"cannot delete the drive {drive_id}: {reason(error)}") from error
        self._known.pop(drive_id, None)

    def notices(self) -> list[str]:
        told, self._notices = self._notices, []
        return told

    def _path(self, drive_id: str) -> Path:
        if not _ID.fullmatch(drive_id):
            raise UserError(
                f"{printable(drive_id)!r} is no drive of the library: driver-monitor-data --library lists them"
            )
        return self.folder / drive_id

    def _read(self, drive_id: str) -> KeptDrive:
        path = self._path(drive_id) / LINES
        status = path.stat()
        known = self._known.get(drive_id)
        if known is not None and known[:2] == (status.st_mtime_ns, status.st_size):
            return known[2]
        drive = read_drive(read_lines(path))
        if drive.info.id != drive_id:
            drive = replace(drive, info=replace(drive.info, id=drive_id))  # its folder was copied or renamed
        self._known[drive_id] = (status.st_mtime_ns, status.st_size, drive)
        return drive

    def _append(self, before: KeptDrive, now: KeptDrive, what: str, content: dict[str, object]) -> None:
        """Add one line, in one piece, behind a line end that the power may have torn; what the drive is with it."""
        drive_id = before.info.id
        path, known = self._path(drive_id) / LINES, self._known.get(drive_id)
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        line = (as_json({"at": at, "what": what, **content}) + "\n").encode()
        try:
            file = os.open(path, os.O_RDWR | os.O_APPEND)
            try:
                size = os.fstat(file).st_size
                os.lseek(file, max(0, size - 1), os.SEEK_SET)
                torn = os.read(file, 1) not in (b"", b"\n")
                written = os.write(file, b"\n" + line if torn else line)
                if written < len(line):
                    os.ftruncate(file, size)
                    raise OSError(errno.ENOSPC, "there is no room left")
                os.fsync(file)
                status = os.fstat(file)
                # Unless somebody else wrote meanwhile the file need not be read again, which takes long.
                if known is not None and known[2] is before and (known[1], size + written) == (size, status.st_size):
                    self._known[drive_id] = (status.st_mtime_ns, status.st_size, now)
            finally:
                os.close(file)
        except OSError as error:
            raise UserError(f"cannot write {path}: {reason(error)}: what you said of it is not kept") from error

    def _notice(self, drive_id: str, reason: str, aside: str) -> None:
        done = NoticeText("it is set aside as {file}", file=aside) if aside else NoticeText("it is left as it is")
        text = NoticeText(
            "the drive {drive} of the library cannot be read: {reason}: {done}",
            drive=drive_id,
            reason=reason,
            done=done,
        )
        if text not in self._notices:
            self._notices.append(text)

    def _set_aside(self, drive_id: str) -> str:
        """Rename a folder that holds no drive; its name now, empty where it could not be."""
        number = 1
        while (aside := self.folder / f"{drive_id}{_DAMAGED}{'' if number == 1 else f'-{number}'}").exists():
            number += 1
        try:
            self._path(drive_id).rename(aside)
        except OSError:
            return ""
        return aside.name

    def make_room(self) -> None:
        """Delete the thumbnails of the oldest drives, where all of them together are too large."""
        sizes: list[tuple[float, int, Path]] = []
        found: list[Path] = []
        with suppress(OSError):  # a folder is deleted meanwhile
            found.extend(self.folder.glob("*/*"))
        for incident in found:
            with suppress(OSError):
                if incident.name.isdecimal():
                    size = sum(path.stat().st_size for path in incident.iterdir())
                    sizes.append((incident.stat().st_mtime, size, incident))
        total = sum(size for _, size, _ in sizes)
        for _, size, incident in sorted(sizes):
            if total <= MAX_THUMBNAIL_BYTES:
                break
            shutil.rmtree(incident, ignore_errors=True)
            total -= size


class _Recorder:
    """Writes one drive. Never waits for a slow disk."""

    def __init__(self, library: FileLibrary, folder: Path, info: DriveInfo) -> None:
        if info.is_recording and (file := _file_of(info.path)):
            info = replace(info, about={**info.about, _FILE: file})
        self._library, self._folder, self._info = library, folder, info
        # Of a recording, what is new lies apart until its end.
        self._new = folder / f"{_NEW}{secrets.token_hex(4)}" if info.is_recording else folder
        if info.is_recording:  # a camera's drive has none, and must not wait for a slow disk
            _forget_cut_short(folder)
        self._journal = Journal(self._new / LINES, live=True, most_bytes=None, anew=False)
        self._waiting: deque[tuple[Path, bytes]] = deque(maxlen=_MAX_WAITING)
        self._until_room = 0
        self._reviewed: set[int] = set()
        self._images = BoundedWait(self._write_images, "library")
        with suppress(UserError):  # it waits: the next call says what is wrong
            self._journal.line("drive", drive_line(info))
            self._images.run(_WAIT_S)

    def event(self, event: AlertEvent) -> None:
        self._journal.event(event)

    def incident(self, incident: Incident, thumbnails: Sequence[bytes]) -> None:
        if self._info.is_recording or self._library.camera_images:
            self._await_images(incident.number, thumbnails)
        self._journal.incident(incident)
        if self._waiting:
            self._images.run(_WAIT_S)

    def _await_images(self, number: int, thumbnails: Sequence[bytes]) -> None:
        chosen = thumbnails
        if len(thumbnails) > _MAX_THUMBNAILS:
            step = (len(thumbnails) - 1) / (_MAX_THUMBNAILS - 1)
            chosen = [thumbnails[round(index * step)] for index in range(_MAX_THUMBNAILS)]
        folder = self._new / str(number)
        self._waiting.extend((folder / f"{index}.jpg", jpeg) for index, jpeg in enumerate(chosen))

    def notice(self, text: str) -> None:
        self._journal.notice(text)

    def system(self, condition: SystemCondition) -> None:
        self._journal.system(condition)

    def review(self, number: int, review: Review) -> None:
        self._reviewed.add(number)
        self._journal.line("review", review_line(number, review))

    def flush(self) -> None:
        self._journal.flush()
        if self._waiting:
            self._images.run(_WAIT_S)

    def end(self, summary: DriveSummary, frames: int, reason: str) -> None:
        with suppress(UserError):  # the end says it, too
            self._journal.line("summary", summary.as_dict())
        try:
            self._journal.end(frames, reason)
        finally:
            self._journal.close()
            if self._waiting:  # perhaps for the first line, which is there now
                with suppress(UserError, OSError):
                    self._images.run(_CLOSING_S)
            self._images.close(_CLOSING_S)
        if self._info.is_recording and not self._journal.gone:
            self._take_place(summary)

    def _write_images(self) -> None:
        while True:
            if self._until_room <= 0:
                self._until_room = _ROOM_EVERY
                self._library.make_room()
            if self._journal.gone:
                self._waiting.clear()
            if not self._waiting:
                return
            path, jpeg = image = self._waiting[0]
            try:
                if not (self._new / LINES).exists():
                    return  # not begun yet, or deleted, which its next line tells
                make_folder(path.parent)
            except OSError as error:
                raise UserError(f"cannot write {path}: {reason(error)}") from error
            write_atomic(path, jpeg)
            self._until_room -= 1
            with suppress(IndexError):
                if self._waiting[0] is image:  # it has not made room meanwhile
                    self._waiting.popleft()

    def _take_place(self, summary: DriveSummary) -> None:
        """Put what is new in place of what was known, where it goes as far; what a person has said stays."""
        before: KeptDrive | None = None
        with suppress(UserError):
            before = self._library.drive(self._info.id)
        try:
            now = read_drive(read_lines(self._new / LINES))
            takes_place = (
                before is None
                or (before.length_s or 0.0) <= summary.length_s + _SAME_LENGTH_S
                or _is_another_file(before.info, self._info)
            )
            if takes_place:
                for old in self._folder.iterdir():
                    if old.name.isdecimal():
                        shutil.rmtree(old)
                for new in self._new.iterdir():
                    new.replace(self._folder / new.name)
            shutil.rmtree(self._new)
        except OSError as error:
            raise UserError(f"cannot write {self._folder / LINES}: {reason(error)}") from error
        if before is None:
            return
        if not takes_place:
            self._carry_over([each for each in now.incidents if each.number in self._reviewed], before.incidents)
            return
        if before.info.driver and not now.info.driver:
            self._library.name_driver(self._info.id, before.info.driver)
        self._carry_over(
            [each for each in before.incidents if each.review != Review()],
            [each for each in now.incidents if each.number not in self._reviewed],
        )

    def _carry_over(self, said: Sequence[Incident], kept: Sequence[Incident]) -> None:
        """What a person has said of incidents, to the same ones of those that are kept."""
        for incident in said:
            for same in (other for other in kept if is_same_incident(incident, other)):
                self._library.review(self._info.id, same.number, incident.review)


def _file_of(path: str) -> dict[str, int]:
    """What tells a recording from another that has taken its name."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return {}
    return {"size": status.st_size, "modified_ns": status.st_mtime_ns}


def _is_another_file(first: DriveInfo, second: DriveInfo) -> bool:
    """Whether two recordings of one name are not the same file; one of which that is not known may be."""
    files = first.about.get(_FILE), second.about.get(_FILE)
    return None not in files and files[0] != files[1]


def _forget_cut_short(folder: Path) -> None:
    for old in folder.glob(f"{_NEW}*"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > _CUT_SHORT_S:
                shutil.rmtree(old)


_SAME_LENGTH_S = 0.5


def is_same_incident(first: Incident, second: Incident) -> bool:
    """Whether two replays of a recording mean the same incident: it begins at the same time."""
    return is_same_time(first.start_s, second.start_s)
