"""What can be read of a damaged database, carried over into a new one."""

from __future__ import annotations

import re
import sqlite3
import stat
import uuid
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from monitor.journal.store import clips
from monitor.journal.store.schema import TABLES
from monitor.journal.store.times import Stamp, local_zone

_CLIP = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.mp4(\.part)?")

_MOST_FAILURES = 2000
"""Without a row between them, to read parts of a table that is damaged: then what is left of it is given up."""

_LOST = "unknown (the store was damaged)"
"""The source of a drive of which nothing else is known."""

_COUNT_AT = 28
"""Where a database's header has the number of its pages, four bytes, the highest first."""


def carry_over(damaged: Path, connection: sqlite3.Connection, now: Stamp) -> dict[str, int]:
    """Copy every row that can be read into a database with today's tables; how many, by table.

    Clips whose rows are lost are known again, too.

    Args:
        damaged: the database that was set aside; nothing of it changes but what SQLite itself does to its log.
        connection: to the new one.
        now: this moment.
    """
    connection.execute("PRAGMA foreign_keys = OFF")
    counts = _copy_from(damaged, connection)
    if not any(counts.values()) and (mended := _with_a_new_head(damaged, connection)) is not None:
        # Only its first page, which says what is in the others, was lost.
        try:
            counts = _copy_from(mended, connection)
        finally:
            mended.unlink(missing_ok=True)
    _close_gaps(connection, now)
    counts["clips"] += adopt_clips(damaged.parent, connection, now)
    connection.execute("PRAGMA foreign_keys = ON")
    return counts


def adopt_clips(folder: Path, connection: sqlite3.Connection, now: Stamp) -> int:
    """Have the store know the clips again that it has written and no row tells of; how many those were.

    Their incidents are lost: they are parts of a drive that says so. Raises `sqlite3.Error`.

    Args:
        folder: of the store.
        connection: to its database.
        now: this moment.
    """
    known = {file for (file,) in connection.execute("SELECT file FROM clips")}
    found = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for path in sorted((folder / clips.FOLDER).iterdir()):
            match = _CLIP.fullmatch(path.name)
            file = f"{clips.FOLDER}/{path.name.removesuffix(clips.PART)}"
            if match is not None and file not in known:
                with suppress(OSError):  # it cannot be read, so nobody can say whose it is
                    found += [row] if (row := _row_of(path, match[1], file)) is not None else []
    if found:
        connection.execute("BEGIN IMMEDIATE")
        drive_uid = _lost_drive(connection, str(uuid.uuid4()), min(modified for *_, modified in found), now)
        names = "uid, file, state, bytes, sha256, modified_ns, start_s, end_s, drive_uid"
        connection.executemany(
            f"INSERT INTO clips ({names}) VALUES (?,?,?,?,?,?,?,?,?)", [(*row, drive_uid) for *row, _ in found]
        )
        connection.execute("COMMIT")
    return len(found)


def _row_of(path: Path, uid: str, file: str) -> tuple[Any, ...] | None:
    """Of a clip's file, with when it was last changed; None where the store did not write it. Raises `OSError`."""
    from monitor.journal.recording.clip_file import begins_s, duration_s  # which loads FFmpeg: rarely needed

    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or (start_s := begins_s(path)) is None:
        return None
    if path.name.endswith(clips.PART):  # a start completes it
        return uid, file, "writing", status.st_size, None, None, None, None, status.st_mtime_ns
    content, end_s = clips.content_of(path), start_s + duration_s(path)
    modified_ns = content.modified_ns
    return uid, file, "kept", content.bytes, content.sha256, modified_ns, start_s, end_s, modified_ns


def _lost_drive(connection: sqlite3.Connection, uid: str, modified_ns: int | None, now: Stamp) -> str:
    """A drive of which only clips are left; it was when the first of them was written, as far as that is known."""
    utc_s = now.utc_s if modified_ns is None else min(now.utc_s, modified_ns / 1e9)
    connection.execute(
        "INSERT INTO drives (uid, source, bundle, speed, live, started_utc_s, started_monotonic_s, boot_id, clock, "
        "zone, utc_offset_s, seen_s, end_reason) VALUES (?, ?, '', '', 1, ?, ?, ?, ?, ?, ?, 0, 'interrupted')",
        (
            uid, _LOST, utc_s, now.monotonic_s - (now.utc_s - utc_s), now.boot_id, now.clock.value,
            *local_zone(utc_s),
        ),
    )  # fmt: skip
    return uid


def _close_gaps(connection: sqlite3.Connection, now: Stamp) -> None:
    """An incident or a clip whose drive is lost gets one that says so; what else belongs to lost incidents goes."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO drives (uid, source, bundle, speed, live, started_utc_s, started_monotonic_s, boot_id, clock, "
        "zone, utc_offset_s, seen_s, end_reason) SELECT drive_uid, ?, '', '', 1, "
        "min(utc_s - start_s), min(monotonic_s - start_s), boot_id, clock, 'UTC', 0, max(coalesce(end_s, start_s)), "
        "'interrupted' FROM incidents WHERE drive_uid NOT IN (SELECT uid FROM drives) GROUP BY drive_uid",
        (_LOST,),
    )
    connection.execute(
        "UPDATE clips SET drive_uid = (SELECT drive_uid FROM incidents WHERE uid = incident_uid) "
        "WHERE drive_uid IS NULL"
    )
    lost = connection.execute(
        "SELECT drive_uid, min(modified_ns) FROM clips WHERE drive_uid IS NULL "
        "OR drive_uid NOT IN (SELECT uid FROM drives) GROUP BY drive_uid"
    ).fetchall()
    for drive_uid, modified_ns in lost:
        stub = _lost_drive(connection, drive_uid or str(uuid.uuid4()), modified_ns, now)
        connection.execute("UPDATE clips SET drive_uid = ? WHERE drive_uid IS ?", (stub, drive_uid))
    connection.execute("UPDATE clips SET incident_uid = NULL WHERE incident_uid NOT IN (SELECT uid FROM incidents)")
    for table in ("reviews", "thumbnails", "predictions"):
        connection.execute(f"DELETE FROM {table} WHERE incident_uid NOT IN (SELECT uid FROM incidents)")
    connection.execute("UPDATE faults SET drive_uid = NULL WHERE drive_uid NOT IN (SELECT uid FROM drives)")
    connection.execute("COMMIT")


def _copy_from(path: Path, connection: sqlite3.Connection) -> dict[str, int]:
    counts = dict.fromkeys(TABLES, 0)
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, isolation_level=None)) as source:
        source.text_factory = lambda value: value.decode("utf-8", "replace")
        for table in TABLES:
            counts[table] = _copy(table, source, connection)
    return counts


def _copy(table: str, source: sqlite3.Connection, connection: sqlite3.Connection) -> int:
    try:
        there = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
    except sqlite3.Error:
        return 0
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] in there]
    if not columns:
        return 0
    names = ", ".join(columns)
    insert = f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({','.join('?' * len(columns))})"
    copied = 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        for row in _rows(source, f"SELECT {names} FROM {table} NOT INDEXED", table):
            # A row may be torn, or refer to one that is lost.
            with suppress(sqlite3.Error):
                copied += connection.execute(insert, row).rowcount
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return copied


def _rows(source: sqlite3.Connection, select: str, table: str) -> Iterator[tuple[object, ...]]:
    """The rows that can be read: all, or those of ever smaller spans around what is damaged."""
    last = _last_row(source, table)
    spans, failures = [(1, last)], 0
    while spans and failures < _MOST_FAILURES:
        first, last = spans.pop()
        try:
            rows = source.execute(f"{select} WHERE rowid BETWEEN ? AND ?", (first, last)).fetchall()
        except sqlite3.Error:
            failures += 1
            if first < last:
                middle = (first + last) // 2
                spans += [(middle + 1, last), (first, middle)]
            continue
        failures = 0 if rows else failures
        yield from rows


def _last_row(source: sqlite3.Connection, table: str) -> int:
    try:
        (last,) = source.execute(f"SELECT max(rowid) FROM {table}").fetchone()
        return int(last or 0)
    except sqlite3.Error:
        return 1 << 20


def _with_a_new_head(damaged: Path, connection: sqlite3.Connection) -> Path | None:
    """A copy with the first page of a new database: tables lie where the same statements have put them.

    None where there is nothing to copy.
    """
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(damaged.read_bytes())
    if len(content) <= page:
        return None
    # All of the new one must be in its file, not in its log.
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (_, _, new) = connection.execute("PRAGMA database_list").fetchone()
    head = bytearray(Path(new).read_bytes()[:page])
    head[_COUNT_AT : _COUNT_AT + 4] = (len(content) // page).to_bytes(4, "big")
    content[:page] = head
    mended = damaged.with_name(f"{damaged.name}.mended")
    mended.touch(mode=0o600)
    mended.write_bytes(content)
    return mended
