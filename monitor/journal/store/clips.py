"""The clips' files: each is in the table before it is on the disk, so none is left that nobody knows of.

A clip's row is written first, then its file, ``clips/ID.mp4.part``, which whoever records fills; then its row says size
and SHA-256, and the file gets its name. Nothing is deleted by its name alone: a file that is not what the table says
was put there by somebody else, and stays.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import stat
import uuid
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from engines.errors import UserError
from engines.files.output import PRIVATE, make_folder
from engines.notice import NoticeText
from monitor.journal.store.database import Database
from monitor.journal.store.records import StoredClip
from monitor.journal.store.times import Stamp

FOLDER = "clips"
PART = ".part"
_WHOLE = ".whole"
_BLOCK = 1 << 20

_MOST_TRIES = 3
"""Starts at which a clip that was cut off is to be completed; then it is kept as it is."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""What a disk says that takes nothing: of what is in a clip that says nothing."""


class Removal(Enum):
    """What became of a clip that was to go."""

    DELETED = "deleted"
    MISSING = "missing"
    NOT_OURS = "not_ours"


def path_of(database: Database, clip: StoredClip) -> Path:
    """Where a clip's file is."""
    return part_of(database.folder, clip) if clip.writing else database.folder / clip.file


def part_of(folder: Path, clip: StoredClip) -> Path:
    """Where a clip's file is while it is written, in a store's folder."""
    path = folder / clip.file
    return path.with_name(path.name + PART)


def begin_clip(database: Database, incident_uid: str, most_bytes: int, suffix: str = ".mp4") -> StoredClip:
    """A clip's row and its empty file, to be filled; see `retention.make_room` for what must come before.

    Raises:
        UserError: when there is no such incident.
        OSError, sqlite3.Error: when the disk or the database does not take it.
    """
    return _begin(database, database.incident(incident_uid).drive_uid, incident_uid, most_bytes, suffix)


def begin_part(database: Database, drive_uid: str, most_bytes: int, suffix: str = ".mp4") -> StoredClip:
    """The same for a part of a drive that is recorded as a whole.

    Raises:
        UserError: when there is no such drive.
        OSError, sqlite3.Error: as `begin_clip`.
    """
    if database.drive(drive_uid) is None:
        raise UserError(f"there is no drive {drive_uid} in the store {database.folder}")
    return _begin(database, drive_uid, None, most_bytes, suffix)


def _begin(database: Database, drive_uid: str, incident_uid: str | None, most_bytes: int, suffix: str) -> StoredClip:
    uid = str(uuid.uuid4())
    clip = StoredClip(uid, drive_uid, incident_uid, f"{FOLDER}/{uid}{suffix}", True, most_bytes, None, None, None)
    with database.transaction():
        database.connection.execute(
            "INSERT INTO clips (uid, drive_uid, incident_uid, file, state, bytes) VALUES (?, ?, ?, ?, 'writing', ?)",
            (uid, drive_uid, incident_uid, clip.file, most_bytes),
        )
    path = path_of(database, clip)
    try:
        make_folder(path.parent)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
    except OSError:
        _forget(database, clip)  # no room is kept for what is not there
        raise
    return clip


def extend_clip(database: Database, clip: StoredClip, most_bytes: int) -> StoredClip:
    """A clip that is being written may become larger than was said. Raises `sqlite3.Error`."""
    with database.transaction():
        database.connection.execute("UPDATE clips SET bytes = ? WHERE uid = ?", (most_bytes, clip.uid))
    return replace(clip, bytes=most_bytes)


@dataclass(frozen=True)
class Content:
    """What is in a clip's file: its size in bytes and its SHA-256, and when it was last changed."""

    bytes: int
    sha256: str
    modified_ns: int


def content_of(path: Path) -> Content:
    """What is in a file that nobody writes to any more, once it is on the disk: slow. Raises `OSError`."""
    _sync(path)
    status = path.stat()
    return Content(status.st_size, _sha256(path), status.st_mtime_ns)


def finish_clip(
    database: Database,
    clip: StoredClip,
    span_s: tuple[float, float],
    now: Stamp,
    thumbnail: bytes | None = None,
    content: Content | None = None,
) -> StoredClip:
    """A clip's file is complete and nobody writes to it any more; the clip as it is from now on.

    Args:
        database: the store's.
        clip: as `begin_clip` gave it.
        span_s: what it shows, seconds since the drive began.
        now: this moment.
        thumbnail: a small JPEG.
        content: of its file; looked up when left out.

    Raises:
        UserError: when its drive was deleted meanwhile; then its file is, too.
        OSError, sqlite3.Error: as `begin_clip`.
    """
    part = path_of(database, clip)
    content = content or content_of(part)
    with database.transaction():
        known = database.connection.execute(
            "UPDATE clips SET state = 'kept', bytes = ?, sha256 = ?, modified_ns = ?, start_s = ?, end_s = ?, "
            "thumbnail = ? WHERE uid = ?",
            (content.bytes, content.sha256, content.modified_ns, *span_s, thumbnail, clip.uid),
        ).rowcount
        if not known:
            part.unlink()
            raise UserError(f"the drive of the clip {clip.file} was deleted")
        if clip.incident_uid is not None:
            database.touch(clip.incident_uid, now)
    _name(part)
    start_s, end_s = span_s
    return replace(
        clip, writing=False, bytes=content.bytes, sha256=content.sha256, start_s=start_s, end_s=end_s,
        modified_ns=content.modified_ns,
    )  # fmt: skip


def abandon_clip(database: Database, clip: StoredClip) -> None:
    """A clip will not be finished: its file and its row go; one that was finished all the same stays.

    Raises `OSError`, `sqlite3.Error`.
    """
    if database.clips("WHERE uid = ? AND state = 'kept'", clip.uid):
        return
    path_of(database, clip).unlink(missing_ok=True)
    _forget(database, clip)


def remove_clip(database: Database, clip: StoredClip, *, soon: bool = False) -> Removal:
    """Delete a clip's file, if it is what was written, and forget it; one that is being written goes whatever is in it.

    The file goes first: a full disk may have no room left for a transaction. One that has the size and the time it was
    left with is not read; of another one, as after a copy of the whole store, the SHA-256 is looked at, or the size
    alone where somebody waits and it has to be `soon`. Raises `OSError`, `sqlite3.Error`.
    """
    path = path_of(database, clip)
    try:
        ours = clip.writing or _is_untouched(path, clip)
        ours = ours or (_has_size(path, clip) if soon else is_as_written(path, clip))
    except FileNotFoundError:
        removal = Removal.MISSING
    else:
        removal = Removal.DELETED if ours else Removal.NOT_OURS
        if ours:
            path.unlink(missing_ok=clip.writing)
    if clip.writing:
        _whole_of(path).unlink(missing_ok=True)
    _forget(database, clip)
    return removal


def erase_drive(database: Database, drive_uid: str) -> list[str]:
    """Delete a drive with all that is kept of it, so that no free page and no log holds it; what was not ours.

    Raises `OSError`, `sqlite3.Error`.
    """
    clips = database.clips("WHERE drive_uid = ?", drive_uid)
    left = [clip.file for clip in clips if remove_clip(database, clip) is Removal.NOT_OURS]
    connection = database.connection
    connection.execute("PRAGMA secure_delete = ON").fetchall()
    try:
        database.remove_drive(drive_uid)
        database.shrink()
    finally:
        connection.execute("PRAGMA secure_delete = OFF").fetchall()
    return left


def is_as_written(path: Path, clip: StoredClip) -> bool:
    """Whether a file is the one that was written for a finished clip. Raises `OSError`."""
    return _has_size(path, clip) and _sha256(path) == clip.sha256


def _is_untouched(path: Path, clip: StoredClip) -> bool:
    return _has_size(path, clip) and path.lstat().st_mtime_ns == clip.modified_ns


def _has_size(path: Path, clip: StoredClip) -> bool:
    found = path.lstat()
    return stat.S_ISREG(found.st_mode) and found.st_size == clip.bytes


@dataclass
class Swept:
    """What a start has found of clips.

    Attributes:
        lost: how many are gone: there was nothing to be seen in them yet, or somebody has deleted their files.
        as_they_are: files that cannot be completed, and are kept.
    """

    lost: int = 0
    as_they_are: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[NoticeText]:
        """In lines for people."""
        if not self.as_they_are:
            return []
        return [
            NoticeText(
                "clips that were cut off cannot be completed, and are kept as they are: {files}",
                files=", ".join(self.as_they_are),
            )
        ]


def sweep(database: Database, now: Stamp) -> Swept:
    """After a start: complete what there was of clips when the power went.

    No clip may be being written. Raises `OSError`, `sqlite3.Error`.
    """
    swept = Swept()
    for clip in database.clips("ORDER BY rowid"):
        path = database.folder / clip.file
        part = path.with_name(path.name + PART)
        if clip.writing:
            # Its name was drawn for this row, and what is in it nobody else has.
            if not (_is_file(part) and _complete(database, clip, part, now, swept)):
                for file in (part, _whole_of(part)):
                    if _is_file(file):
                        file.unlink()
                _forget(database, clip)
                swept.lost += 1
        elif not path.exists():
            if _is_file(part) and is_as_written(part, clip):
                _name(part)
            else:
                _forget(database, clip)
                swept.lost += 1
    return swept


def _complete(database: Database, clip: StoredClip, part: Path, now: Stamp, swept: Swept) -> bool:
    """Make a clip of what was written before the power went; False where there is nothing to be seen in it.

    One of which none can be made now is left to the next start, and after some starts kept as it is.
    """
    from monitor.journal.recording.clip_file import NoFrameError, recover  # which loads FFmpeg: rarely needed

    whole = _whole_of(part)
    try:
        whole.unlink(missing_ok=True)
        os.close(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        span_s = recover(part, whole)
        whole.replace(part)
        finish_clip(database, clip, span_s, now)
    except NoFrameError:
        return False
    except (UserError, OSError) as error:
        with suppress(OSError):
            whole.unlink(missing_ok=True)
        if not (isinstance(error, OSError) and error.errno in _FULL):
            _count_try(database, clip, part, now, swept)
    return True


def _count_try(database: Database, clip: StoredClip, part: Path, now: Stamp, swept: Swept) -> None:
    tries = clip.tries + 1
    if tries < _MOST_TRIES:
        with database.transaction():
            database.connection.execute("UPDATE clips SET tries = ? WHERE uid = ?", (tries, clip.uid))
        return
    try:
        content = content_of(part)
    except OSError:  # it cannot be read, but deleted with its drive
        status = part.stat()
        content = Content(status.st_size, "", status.st_mtime_ns)
    finish_clip(database, clip, (0.0, 0.0), now, content=content)
    swept.as_they_are.append(clip.file)


def _forget(database: Database, clip: StoredClip) -> None:
    with database.transaction():
        database.connection.execute("DELETE FROM clips WHERE uid = ?", (clip.uid,))


def _whole_of(part: Path) -> Path:
    return part.with_name(part.name + _WHOLE)


def _name(part: Path) -> None:
    part.replace(part.with_name(part.name.removesuffix(PART)))
    _sync(part.parent)


def _is_file(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return stat.S_ISREG(path.lstat().st_mode)
    return False


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, survive the power. Raises `OSError` for a file that cannot be synced."""
    try:
        opened = os.open(path, os.O_RDONLY)
    except OSError:
        if path.is_dir():  # Windows opens none
            return
        raise
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def thumbnail_of(database: Database, incident_uid: str) -> str | None:
    """The thumbnail of an incident's clip, a JPEG in Base64; None where there is none."""
    row = database.connection.execute(
        "SELECT thumbnail FROM clips WHERE incident_uid = ? AND state = 'kept' AND thumbnail IS NOT NULL "
        "ORDER BY start_s LIMIT 1",
        (incident_uid,),
    ).fetchone()
    return None if row is None else base64.b64encode(row["thumbnail"]).decode("ascii")
