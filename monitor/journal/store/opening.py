"""Opening a store's database: by one writer at a time, today's tables in it, and a damaged one set aside."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Literal
from urllib.request import pathname2url

from engines.errors import UserError, reason
from engines.files.output import PRIVATE, make_folder
from engines.notice import NoticeText
from monitor.journal.store.database import Database
from monitor.journal.store.records import StoredFault
from monitor.journal.store.salvage import adopt_clips, carry_over
from monitor.journal.store.schema import APPLICATION_ID, VERSION, migrate
from monitor.journal.store.times import Stamp

FILE = "store.sqlite"
_LOCK = "store.lock"

_BUSY_S = 2.0
"""How long a writer waits for another process that has the database locked; then it says so, and tries again."""

_WITH_IT = ("", "-wal", "-shm", "-journal")
"""What belongs to a database beside its file."""


class WriterLock:
    """Held by the one process that writes a store; gone with it, however it ends."""

    def __init__(self, folder: Path) -> None:
        """Take it. Raises `UserError` while another process has it."""
        _create(folder / _LOCK)
        self._connection = _connect(folder / _LOCK, "rw", timeout_s=0.0)
        try:
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            self._connection.close()
            if "locked" in str(error):
                raise UserError(
                    NoticeText(
                        "another monitor writes the store {folder}: end it first, or choose another", folder=folder
                    )
                ) from None
            raise

    def release(self) -> None:
        """Let others have it."""
        self._connection.close()


def open_for_writing(
    folder: Path, now: Stamp, destinations: Sequence[str] = ()
) -> tuple[Database, WriterLock, list[NoticeText]]:
    """Open a store, made where there is none, for the one who writes it; and what is to be noticed.

    A database of an earlier version is migrated, a damaged one set aside and what can be read of it carried over.

    Args:
        folder: of the store.
        now: this moment.
        destinations: to whom incidents are sent.

    Raises:
        UserError: when it cannot be written, another process writes it, it is a later version's, or none of ours.
    """
    path = folder / FILE
    try:
        make_folder(folder)
        lock = WriterLock(folder)
    except (OSError, sqlite3.Error, ValueError) as error:
        raise _cannot("write", folder, error) from error
    try:
        require_readable(path)
        connection, notices = _open_or_begin_again(path, now)
        return Database(folder, connection, tuple(destinations)), lock, notices
    except (OSError, sqlite3.Error) as error:
        lock.release()
        raise _cannot("write", folder, error) from error
    except BaseException:
        lock.release()
        raise


def open_for_reading(folder: Path) -> Database:
    """Open a store that is there, to read it, also while a monitor writes it.

    Raises:
        UserError: when there is none, it cannot be read, is damaged, or is another version's.
    """
    path = folder / FILE
    if not path.is_file():
        raise UserError(
            NoticeText(
                "there is no store in {folder}: name the folder that a monitor was given with --store", folder=folder
            )
        )
    try:
        require_readable(path)
        connection = _connect_to_read(path)
        try:
            _require_todays(connection, path)
            return Database(folder, connection)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise _cannot("read", folder, error) from error


def open_for_changes(folder: Path, destinations: Sequence[str] = ()) -> Database:
    """Open a store that is there, also while a monitor writes it, for a short change: a review, a name, a deletion.

    Raises as `open_for_reading`.
    """
    path = folder / FILE
    if not path.is_file():
        raise UserError(NoticeText("there is no store in {folder}", folder=folder))
    try:
        require_readable(path)
        connection = _connect(path, "rw", timeout_s=_BUSY_S)
        try:
            _require_todays(connection, path)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            return Database(folder, connection, tuple(destinations))
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise _cannot("write", folder, error) from error


def is_due(folder: Path) -> bool:
    """Whether a store has to be opened by its writer before it can be read: it is of an earlier version, or damaged."""
    path = folder / FILE
    if not path.is_file():
        return False
    try:
        with closing(_connect_to_look(path)) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        return is_damage(error)
    return int(version) < VERSION


def _require_todays(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version != VERSION:
        raise UserError(
            NoticeText(
                "{path} is of version {version}, and {newest} can be read:"
                " start a monitor on it once, which migrates it",
                path=path,
                version=version,
                newest=VERSION,
            )
        )


def require_readable(path: Path) -> None:
    """Raise `UserError` for a database of a later version, and one that is not of the monitor: neither is touched.

    One that is damaged, or not there, passes. Raises `sqlite3.Error` for one that cannot be read.
    """
    if not path.exists():
        return
    # Not by opening the file as such: to close it would free the locks that this process has on it.
    try:
        with closing(_connect_to_look(path)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return
        raise
    if application != APPLICATION_ID and (application or version or tables):
        raise UserError(NoticeText("{path} is no store of the monitor's: choose another folder", path=path))
    if version > VERSION:
        raise UserError(
            NoticeText(
                "{path} is of version {version}, later than {newest}, which this program knows:"
                " install the newer program, or choose another folder",
                path=path,
                version=version,
                newest=VERSION,
            )
        )


def damage_of(connection: sqlite3.Connection) -> str | None:
    """What SQLite finds wrong with a database; None where it is sound."""
    try:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return str(error)
    return None if found == "ok" else " ".join(str(found).split())


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the database itself is damaged, rather than locked, or its disk full or lost."""
    return type(error) is sqlite3.DatabaseError


def _open_or_begin_again(path: Path, now: Stamp) -> tuple[sqlite3.Connection, list[NoticeText]]:
    new = path.with_name(f"{FILE}.new")
    if new.exists() and not path.exists():
        new.replace(path)  # the power went when all was carried over
    try:
        connection = _open_sound(path)
        return connection, _adopt(path.parent, connection, now)
    except _DamagedError as damage:
        _delete(new)
        aside = _free_name(path)
        with closing(_open_sound(new)) as connection:
            counts = carry_over(path, connection, now)
            held = ", ".join(f"{count} {table}" for table, count in counts.items() if count) or "nothing"
            notice = NoticeText(
                "the store was damaged ({what}): it is set aside as {file}; carried over: {held}",
                what=str(damage),
                file=aside.name,
                held=held,
            )
            Database(path.parent, connection).save_fault(StoredFault(None, "store", None, now, {"text": str(notice)}))
        # The database last: until it has gone, the next start finds it damaged, and does all of it again.
        for end in reversed(_WITH_IT):
            with suppress(FileNotFoundError):
                path.with_name(path.name + end).replace(aside.with_name(aside.name + end))
        new.replace(path)
        return _open_sound(path), [notice]


def _adopt(folder: Path, connection: sqlite3.Connection, now: Stamp) -> list[NoticeText]:
    """A database that holds nothing may be new, and clips be left of one that somebody has deleted."""
    (drives,) = connection.execute("SELECT count(*) FROM drives").fetchone()
    adopted = 0 if drives else adopt_clips(folder, connection, now)
    return [NoticeText("the store has no database any more; clips taken in: {count}", count=adopted)] if adopted else []


class _DamagedError(Exception):
    """A database cannot be used."""


def _open_sound(path: Path) -> sqlite3.Connection:
    """Open a database to write it. Raises `_DamagedError`."""
    _create(path)
    connection = _connect(path, "rw", timeout_s=_BUSY_S)
    try:
        if (damage := damage_of(connection)) is not None:
            raise _DamagedError(damage)
        # Takes hold where there are no tables yet: what is deleted gives its room back.
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_size_limit = 0")
        connection.execute("PRAGMA wal_autocheckpoint = 64")  # pages: the log stays small
        migrate(connection)
        return connection
    except sqlite3.DatabaseError as error:
        connection.close()
        if is_damage(error):
            raise _DamagedError(str(error)) from error
        raise
    except BaseException:
        connection.close()
        raise


def _free_name(path: Path) -> Path:
    """What a damaged database is renamed to."""
    number = 1
    while any(path.with_name(f"{path.name}.damaged-{number}{end}").exists() for end in _WITH_IT):
        number += 1
    return path.with_name(f"{path.name}.damaged-{number}")


def _create(path: Path) -> None:
    """A new database's file, where there is none, for the user alone: what SQLite puts beside it has its mode."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))


def _delete(path: Path) -> None:
    for end in _WITH_IT:
        path.with_name(path.name + end).unlink(missing_ok=True)


def _connect(path: Path, mode: str, *, timeout_s: float) -> sqlite3.Connection:
    address = f"file:{pathname2url(str(path.absolute()))}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=timeout_s, isolation_level=None, check_same_thread=False)


def _connect_to_look(path: Path) -> sqlite3.Connection:
    """To read without a trace, unless somebody writes just now, or was cut off."""
    return _connect(path, "ro" if _has_log(path) else "ro&immutable=1", timeout_s=_BUSY_S)


def _has_log(path: Path) -> bool:
    """Whether what was written last lies beside the database."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """As one reader of several, which takes a lock; without it where a full disk or a read-only one has no room."""
    if os.access(path.parent, os.W_OK):
        connection = _connect(path, "ro", timeout_s=_BUSY_S)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return connection
        except sqlite3.OperationalError:
            connection.close()
            if _has_log(path):
                raise
    return _connect_to_look(path)


def _cannot(do: Literal["read", "write"], folder: Path, error: Exception) -> UserError:
    locked_up = do == "write" and folder.is_dir() and not os.access(folder, os.W_OK)
    why = NoticeText("it can only be read") if locked_up and isinstance(error, sqlite3.Error) else reason(error)
    if do == "read":
        return UserError(
            NoticeText("cannot read the store {folder}: {reason}: choose another folder", folder=folder, reason=why)
        )
    return UserError(
        NoticeText("cannot write the store {folder}: {reason}: choose another folder", folder=folder, reason=why)
    )


def integrity_of(path: Path) -> list[str]:
    """All that SQLite finds wrong with a database, a line each; none where it is sound. Raises `UserError`."""
    try:
        with closing(_connect(path, "ro", timeout_s=_BUSY_S)) as connection:
            found = [str(line) for (line,) in connection.execute("PRAGMA integrity_check")]
            found = [] if found == ["ok"] else found
            return found + [
                f"{row[0]} refers to what is missing" for row in connection.execute("PRAGMA foreign_key_check")
            ]
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return [str(error)]
        raise _cannot("read", path.parent, error) from error
