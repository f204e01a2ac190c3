"""The tables of the store, and how one that an earlier version has left becomes today's."""

from __future__ import annotations

import sqlite3

APPLICATION_ID = 0x444D5354
"""By which the database is known (DMST)."""

_DRIVES_TO_CLIPS = (
    """CREATE TABLE drives (
        uid TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        bundle TEXT NOT NULL,
        speed TEXT NOT NULL,
        live INTEGER NOT NULL,
        started_utc_s REAL NOT NULL,
        started_monotonic_s REAL NOT NULL,
        boot_id TEXT NOT NULL,
        clock TEXT NOT NULL,
        zone TEXT NOT NULL,
        utc_offset_s INTEGER NOT NULL,
        seen_s REAL NOT NULL DEFAULT 0,
        frames INTEGER,
        end_reason TEXT
    )""",
    """CREATE TABLE incidents (
        uid TEXT PRIMARY KEY,
        drive_uid TEXT NOT NULL REFERENCES drives ON DELETE CASCADE,
        number INTEGER NOT NULL,
        tier TEXT NOT NULL,
        activity TEXT,
        start_s REAL NOT NULL,
        end_s REAL,
        utc_s REAL NOT NULL,
        monotonic_s REAL NOT NULL,
        boot_id TEXT NOT NULL,
        clock TEXT NOT NULL,
        revision INTEGER NOT NULL,
        content TEXT NOT NULL,
        UNIQUE (drive_uid, number)
    )""",
    """CREATE TABLE faults (
        id INTEGER PRIMARY KEY,
        drive_uid TEXT REFERENCES drives ON DELETE CASCADE,
        kind TEXT NOT NULL,
        at_s REAL,
        utc_s REAL NOT NULL,
        monotonic_s REAL NOT NULL,
        boot_id TEXT NOT NULL,
        clock TEXT NOT NULL,
        content TEXT NOT NULL
    )""",
    "CREATE INDEX faults_of_drives ON faults (drive_uid)",
    """CREATE TABLE reviews (
        incident_uid TEXT PRIMARY KEY REFERENCES incidents ON DELETE CASCADE,
        status TEXT NOT NULL,
        note TEXT NOT NULL,
        utc_s REAL NOT NULL
    )""",
    """CREATE TABLE clips (
        uid TEXT PRIMARY KEY,
        incident_uid TEXT NOT NULL REFERENCES incidents ON DELETE RESTRICT,
        file TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        sha256 TEXT,
        start_s REAL,
        end_s REAL,
        thumbnail BLOB
    )""",
    "CREATE INDEX clips_of_incidents ON clips (incident_uid)",
)

_KEPT = ("ALTER TABLE incidents ADD COLUMN kept INTEGER NOT NULL DEFAULT 0",)

_OUTBOX = (
    """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        destination TEXT NOT NULL,
        incident_uid TEXT NOT NULL,
        kind TEXT NOT NULL,
        utc_s REAL NOT NULL,
        monotonic_s REAL NOT NULL,
        boot_id TEXT NOT NULL,
        clock TEXT NOT NULL,
        content TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        problem TEXT
    )""",
    "CREATE INDEX outbox_of_destinations ON outbox (destination, id)",
)

_LIBRARY = (
    "ALTER TABLE drives ADD COLUMN path TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE drives ADD COLUMN driver TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE drives ADD COLUMN about TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE drives ADD COLUMN summary TEXT",
    """CREATE TABLE thumbnails (
        incident_uid TEXT NOT NULL REFERENCES incidents ON DELETE CASCADE,
        number INTEGER NOT NULL,
        jpeg BLOB NOT NULL,
        PRIMARY KEY (incident_uid, number)
    )""",
    """CREATE TABLE predictions (
        incident_uid TEXT PRIMARY KEY REFERENCES incidents ON DELETE CASCADE,
        content BLOB NOT NULL
    )""",
)

_WHOLE_DRIVES = (
    # A clip may be of a drive without being of an incident.
    """CREATE TABLE clips_of_drives (
        uid TEXT PRIMARY KEY,
        drive_uid TEXT REFERENCES drives ON DELETE RESTRICT,
        incident_uid TEXT REFERENCES incidents ON DELETE RESTRICT,
        file TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        sha256 TEXT,
        start_s REAL,
        end_s REAL,
        thumbnail BLOB
    )""",
    "INSERT INTO clips_of_drives SELECT clips.uid, drive_uid, incident_uid, file, state, bytes, sha256, clips.start_s, "
    "clips.end_s, thumbnail FROM clips JOIN incidents ON incidents.uid = incident_uid ORDER BY clips.rowid",
    "DROP TABLE clips",
    "ALTER TABLE clips_of_drives RENAME TO clips",
    "CREATE INDEX clips_of_incidents ON clips (incident_uid)",
    "CREATE INDEX clips_of_drives ON clips (drive_uid)",
)

_CLIPS_AT_REST = (
    "ALTER TABLE clips ADD COLUMN modified_ns INTEGER",
    "ALTER TABLE clips ADD COLUMN tries INTEGER NOT NULL DEFAULT 0",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    _DRIVES_TO_CLIPS, _KEPT, _OUTBOX, _LIBRARY, _WHOLE_DRIVES, _CLIPS_AT_REST,
)  # fmt: skip
"""What makes version 1 of nothing, 2 of 1, and so on: statements. One that was released never changes."""

VERSION = len(MIGRATIONS)
"""Of the tables, as ``user_version`` has it."""

TABLES = ("drives", "incidents", "faults", "reviews", "clips", "outbox", "thumbnails", "predictions")
"""Each after those that it refers to."""


def migrate(connection: sqlite3.Connection, version: int = VERSION) -> int:
    """Make the tables of a version of an earlier one's, or of none; the version that was there.

    Done wholly or not at all. The connection has no `isolation_level`. Raises `sqlite3.Error`.
    """
    (before,) = connection.execute("PRAGMA user_version").fetchone()
    if before >= version:
        return int(before)
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another may have done it while this one waited.
        (before,) = connection.execute("PRAGMA user_version").fetchone()
        for statements in MIGRATIONS[before:version]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {max(version, before)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return int(before)
