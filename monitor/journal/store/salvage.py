"""What can be read of a damaged database, carried over into a new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from monitor.journal.store.schema import TABLES

_MOST_FAILURES = 2000
"""Without a row between them, to read parts of a table that is damaged: then what is left of it is given up."""

_COUNT_AT = 28
"""Where a database's header has the number of its pages, four bytes, the highest first."""


def carry_over(damaged: Path, connection: sqlite3.Connection) -> dict[str, int]:
    """Copy every row that can be read into a database with today's tables; how many, by table.

    Args:
        damaged: the database that was set aside; nothing of it changes but what SQLite itself does to its log.
        connection: to the new one.
    """
    connection.execute("PRAGMA foreign_keys = OFF")
    counts = _copy_from(damaged, connection)
    if not any(counts.values()) and (mended := _with_a_new_head(damaged, connection)) is not None:
        # Only its first page, which says what is in the others, was lost.
        try:
            counts = _copy_from(mended, connection)
        finally:
            mended.unlink(missing_ok=True)
    _close_gaps(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    return counts


def _close_gaps(connection: sqlite3.Connection) -> None:
    """An incident whose drive is lost gets one that says so; what belongs to lost incidents goes."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO drives (uid, source, bundle, speed, live, started_utc_s, started_monotonic_s, boot_id, clock, "
        "zone, utc_offset_s, seen_s, end_reason) SELECT drive_uid, 'unknown (the store was damaged)', '', '', 1, "
        "min(utc_s - start_s), min(monotonic_s - start_s), boot_id, clock, 'UTC', 0, max(coalesce(end_s, start_s)), "
        "'interrupted' FROM incidents WHERE drive_uid NOT IN (SELECT uid FROM drives) GROUP BY drive_uid"
    )
    connection.execute(
        "UPDATE clips SET drive_uid = (SELECT drive_uid FROM incidents WHERE uid = incident_uid) "
        "WHERE drive_uid IS NULL"
    )
    connection.execute("DELETE FROM clips WHERE drive_uid IS NULL OR drive_uid NOT IN (SELECT uid FROM drives)")
    for table in ("reviews", "clips", "thumbnails", "predictions"):
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
