"""What has to go so that the store keeps to its limits: by days, by bytes, by the room left on the disk.

What goes first is what would expire first: of clips of the same severity the oldest, a caution's before a critical
alert's of the same day. Incidents that are marked to be kept are spared, with their clips, and what is going on.
"""

from __future__ import annotations

import math
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engines.errors import UserError
from engines.notice import NoticeText
from monitor.alerts.events import Tier
from monitor.journal.store.clips import Removal, remove_clip
from monitor.journal.store.database import Database
from monitor.journal.store.records import StoredClip
from monitor.journal.store.times import ClockState, Stamp

_DAY_S = 86_400.0
_MOST_FAULTS = 1000
"""Of one drive, and of the store itself: the newest. Beyond the limit of bytes they would cost incidents."""

_INCIDENTS_AT_ONCE, _BYTES_AT_ONCE = 64, 100_000
_MOST_GROWTH = 400_000


def _default_days() -> Mapping[Tier, float]:
    return {Tier.CAUTION: 30.0, Tier.WARNING: 90.0, Tier.CRITICAL: 365.0}


@dataclass(frozen=True)
class RetentionLimits:
    """What the store may hold.

    Attributes:
        days: for how long, by an incident's severity.
        most_bytes: of clips and database together.
        free_bytes: that stay free on the disk.
    """

    days: Mapping[Tier, float] = field(default_factory=_default_days)
    most_bytes: int = 10_000_000_000
    free_bytes: int = 1_000_000_000


NO_LIMITS = RetentionLimits(dict.fromkeys(Tier, math.inf), most_bytes=sys.maxsize, free_bytes=0)
"""Nothing has to go: what the monitor's own limits are, somebody else who writes the store does not know."""


@dataclass
class Dropped:
    """What had to go.

    Attributes:
        clips, incidents, drives: how many.
        bytes: of the clips.
        foreign: files that were not what had been written, and stay.
        reasons: which limits asked for it.
    """

    clips: int = 0
    incidents: int = 0
    drives: int = 0
    bytes: int = 0
    foreign: list[str] = field(default_factory=list)
    reasons: list[NoticeText] = field(default_factory=list)

    @property
    def texts(self) -> list[NoticeText]:
        """In lines for people; none where nothing had to go."""
        texts = []
        if self.clips or self.incidents or self.drives:
            texts.append(
                NoticeText(
                    "the store dropped {clips} clips, {incidents} incidents, {drives} drives, {mb:.1f} MB: {why}",
                    clips=self.clips,
                    incidents=self.incidents,
                    drives=self.drives,
                    mb=self.bytes / 1e6,
                    why=self.reasons[0] if len(self.reasons) == 1 else ", ".join(self.reasons),
                )
            )
        if self.foreign:
            texts.append(
                NoticeText("left, since the store did not write them so: {files}", files=", ".join(self.foreign))
            )
        return texts


class Retention:
    """Keeps a store to its limits."""

    def __init__(
        self,
        limits: RetentionLimits,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        size: Callable[[Database], int] | None = None,
    ) -> None:
        """Keep to `limits`; `free_bytes` of a folder's disk, and the `size` of a store, are measured when left out."""
        self.limits, self._free = limits, free_bytes
        self._size = size or self._size_soon

    def run(self, database: Database, now: Stamp, *, by_days: bool = True) -> tuple[Dropped, str | None]:
        """Drop what has to go; what that was, and what is wrong where the limits cannot be kept.

        Args:
            database: the store's.
            now: this moment.
            by_days: whether the clock can be trusted: one that was just set could make everything old.

        Raises:
            OSError, sqlite3.Error: when the disk or the database does not take it.
        """
        dropped = Dropped()
        if by_days and now.clock is ClockState.OK:
            self._drop_old(database, now, dropped)
        self._bound_faults(database)
        problem = self._reduce(database, now, 0, dropped)
        if dropped.clips or dropped.incidents or dropped.drives:
            database.shrink()
        return dropped, problem

    def make_room(self, database: Database, now: Stamp, more: int) -> Dropped:
        """Drop what has to go so that a clip of `more` bytes finds room; what that was.

        Raises:
            UserError: when it finds none all the same.
            OSError, sqlite3.Error: as `run`.
        """
        dropped = Dropped()
        problem = self._reduce(database, now, more, dropped, soon=True)
        if problem is not None:
            raise UserError(problem)
        return dropped

    def _size_soon(self, database: Database) -> int:
        """What the store takes, with what the database may take more until this is asked again."""
        return store_bytes(database) + min(_MOST_GROWTH, self.limits.most_bytes // 10)

    def _drop_old(self, database: Database, now: Stamp, dropped: Dropped) -> None:
        for tier, days in self.limits.days.items():
            old = [
                str(uid)
                for (uid,) in database.connection.execute(
                    "SELECT uid FROM incidents WHERE tier = ? AND NOT kept AND end_s IS NOT NULL AND clock <> 'unset' "
                    "AND utc_s < ? AND NOT EXISTS "
                    "(SELECT 1 FROM clips WHERE incident_uid = incidents.uid AND state = 'writing')",
                    (tier.code, now.utc_s - days * _DAY_S),
                ).fetchall()
            ]
            for uid in old:
                for clip in database.clips("WHERE incident_uid = ?", uid):
                    self._drop(database, clip, dropped)
            database.remove_incidents(old)
            dropped.incidents += len(old)
        parts = database.clips(
            "WHERE incident_uid IS NULL AND state = 'kept' AND (SELECT clock <> 'unset' AND started_utc_s + "
            "coalesce(clips.end_s, 0) < ? FROM drives WHERE drives.uid = clips.drive_uid)",
            now.utc_s - self._days(None) * _DAY_S,
        )
        for clip in parts:
            self._drop(database, clip, dropped)
        longest_s = max(self.limits.days.values(), default=0.0) * _DAY_S
        with database.transaction():
            dropped.drives += database.connection.execute(
                "DELETE FROM drives WHERE end_reason IS NOT NULL AND clock <> 'unset' AND started_utc_s + seen_s < ? "
                "AND NOT EXISTS (SELECT 1 FROM incidents WHERE drive_uid = drives.uid) "
                "AND NOT EXISTS (SELECT 1 FROM clips WHERE drive_uid = drives.uid)",
                (now.utc_s - longest_s,),
            ).rowcount
        if parts or dropped.incidents or dropped.drives:
            dropped.reasons.append(NoticeText("older than they are kept"))

    def _reduce(self, database: Database, now: Stamp, more: int, dropped: Dropped, *, soon: bool = False) -> str | None:
        """Drop clips, then incidents, until `more` bytes find room; what is wrong where they do not."""
        clips = self._next_clips(database, now)
        while (excess := self._excess(database, more)) is not None:
            reason, problem, rows = excess
            clip = next(clips, None)
            if clip is not None:
                self._drop(database, clip, dropped, soon=soon)
            elif not (rows and self._drop_incidents(database, rows, dropped)):
                return problem
            if reason not in dropped.reasons:
                dropped.reasons.append(reason)
        return None

    def _excess(self, database: Database, more: int) -> tuple[NoticeText, str, int] | None:
        """What is beyond which limit: the reason, the problem if nothing can go, how many bytes of rows would do."""
        most, size = self.limits.most_bytes, self._size(database)
        if size + more > most:
            problem = (
                f"the store needs {(size + more) / 1e6:.1f} MB and may have {most / 1e6:.1f}: what is left is kept or "
                "going on: allow it more, or mark fewer incidents to be kept"
            )
            return NoticeText("more than {megabytes:.0f} MB", megabytes=most / 1e6), problem, size + more - most
        free, stays = self._free(database.folder), self.limits.free_bytes
        if free - more < stays:
            problem = (
                f"{free / 1e6:.0f} MB are free on the store's disk and {stays / 1e6:.0f} are to stay so: nothing of "
                "the store is left that could go: make room"
            )
            return NoticeText("less than {megabytes:.0f} MB free", megabytes=stays / 1e6), problem, 0
        return None

    def _next_clips(self, database: Database, now: Stamp) -> Iterator[StoredClip]:
        """Finished clips that may go, what expires first first."""
        rows = database.connection.execute(
            "SELECT clips.uid, incidents.tier, "
            "coalesce(incidents.utc_s, drives.started_utc_s + clips.start_s) AS utc_s, "
            "coalesce(incidents.clock, drives.clock) AS clock FROM clips JOIN drives ON drives.uid = clips.drive_uid "
            "LEFT JOIN incidents ON incidents.uid = clips.incident_uid "
            "WHERE clips.state = 'kept' AND NOT coalesce(incidents.kept, 0) ORDER BY clips.rowid DESC"
        ).fetchall()
        expiring, later_s = [], now.utc_s
        for row in rows:
            # One whose time nobody knows came before what was written after it.
            began_s = later_s if row["clock"] == ClockState.UNSET.value else row["utc_s"]
            later_s = min(later_s, began_s)
            expiring.append((began_s + self._days(row["tier"]) * _DAY_S, row["uid"]))
        expiring.reverse()  # where two expire together, the one that was written first goes first
        for _, uid in sorted(expiring, key=lambda entry: entry[0]):
            yield from database.clips("WHERE uid = ?", uid)

    def _days(self, tier: str | None) -> float:
        """For how long a clip of an incident of this severity is kept; without one, the shortest time."""
        if tier is None:
            return min(self.limits.days.values(), default=0.0)
        return next((days for known, days in self.limits.days.items() if known.code == tier), 0.0)

    def _drop(self, database: Database, clip: StoredClip, dropped: Dropped, *, soon: bool = False) -> None:
        removal = remove_clip(database, clip, soon=soon)
        if removal is Removal.NOT_OURS:
            dropped.foreign.append(clip.file)
        elif removal is Removal.DELETED:
            dropped.clips += 1
            dropped.bytes += clip.bytes

    def _drop_incidents(self, database: Database, excess: int, dropped: Dropped) -> bool:
        """Drop the oldest incidents without a clip, for so many bytes or some of them; whether there are any.

        One with its images may take as much as a hundred without; and what is dropped at once lies in the log first.
        """
        excess = min(excess, _BYTES_AT_ONCE)
        old: list[str] = []
        for uid, size in database.connection.execute(
            "SELECT uid, length(content) + coalesce((SELECT sum(length(jpeg)) FROM thumbnails "
            "WHERE incident_uid = incidents.uid), 0) + coalesce((SELECT length(content) FROM predictions "
            "WHERE incident_uid = incidents.uid), 0) FROM incidents WHERE NOT kept AND end_s IS NOT NULL "
            "AND NOT EXISTS (SELECT 1 FROM clips WHERE incident_uid = incidents.uid) ORDER BY rowid LIMIT ?",
            (_INCIDENTS_AT_ONCE,),
        ).fetchall():
            old.append(str(uid))
            excess -= size
            if excess <= 0:
                break
        database.remove_incidents(old)
        dropped.incidents += len(old)
        database.shrink()
        return bool(old)

    def _bound_faults(self, database: Database) -> None:
        with database.transaction():
            many = database.connection.execute(
                "SELECT drive_uid FROM faults GROUP BY drive_uid HAVING count(*) > ?", (_MOST_FAULTS,)
            ).fetchall()
            database.connection.executemany(
                "DELETE FROM faults WHERE drive_uid IS ? AND id <= "
                "(SELECT id FROM faults WHERE drive_uid IS ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                [(uid, uid, _MOST_FAULTS) for (uid,) in many],
            )
        if many:
            database.shrink()


def store_bytes(database: Database) -> int:
    """What a store takes: its database with its log, and its clips, those that are being written at their most."""
    (clips,) = database.connection.execute("SELECT coalesce(sum(bytes), 0) FROM clips").fetchone()
    (_, _, path) = database.connection.execute("PRAGMA database_list").fetchone()
    files = (Path(path), Path(f"{path}-wal"))
    return int(clips) + sum(file.stat().st_size for file in files if file.exists())
