"""What a store holds after the power went, at random moments: anyone can run it.

    python -m tests.monitor.journal.store.power_cuts --times 1000

A child process writes to a store as a monitor does: incidents that begin, change and end, reviews, clips' rows and
files, retention, deliveries from the outbox, and now and then a migration from an earlier version or a damaged database
that is carried over. It is killed (SIGKILL) at a random moment, and the store is opened as at a start. What the child
had been told to be on the disk must be there.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.alerts.events import Tier
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.journal.store.clips import is_as_written, path_of
from monitor.journal.store.database import Database
from monitor.journal.store.opening import FILE, integrity_of, open_for_reading
from monitor.journal.store.records import incident_uid
from monitor.journal.store.retention import Retention, RetentionLimits
from monitor.journal.store.schema import TABLES, migrate
from monitor.journal.store.times import StoreClock
from monitor.journal.store.writer import Store
from tests.monitor.journal.store.stories import drive, ended, incident

WAIT_S = 60.0
KINDS = ("incidents", "reviews", "clips", "retention", "outbox", "migration", "carrying over")
_MOST_CLIP_BYTES = 60_000
_OLDER = 2
"""A version of the tables that is migrated."""

_TIMES_A_STORE = 50
"""How often the power goes while one store is used."""


def clip_bytes(database: Database) -> int:
    """Of the clips alone: what the database takes beside them varies."""
    return sum(clip.bytes for clip in database.clips())


def open_store(folder: Path) -> Store:
    """As a monitor does; clips find room for half a dozen."""
    return Store(
        folder,
        destinations=("mqtt",),
        retention=Retention(RetentionLimits(most_bytes=_MOST_CLIP_BYTES, free_bytes=0), size=clip_bytes),
    )


class Child:
    """What is killed. Every line that it writes says what it was told to be on the disk."""

    def __init__(self, folder: Path, kind: str, seed: int, output: int) -> None:
        self.random, self.kind, self.folder, self.output = random.Random(seed), kind, folder, output
        self.say("doing", kind=kind)
        if kind == "migration":
            self._make_older()
        elif kind == "carrying over":
            self._damage()
        self.store = open_store(folder)
        self.store.open(WAIT_S)
        self.drive = drive(self.store.clock.now())
        self.store.call(lambda database: database.begin_drive(self.drive), WAIT_S)
        self.uids: list[str] = []

    def say(self, what: str, **content: Any) -> None:
        """Only what is on the disk."""
        os.write(self.output, (json.dumps({"what": what, **content}) + "\n").encode())

    def run(self) -> None:
        """Until it is killed."""
        number = 0
        while True:
            number += 1
            self._incident(number)
            if self.kind == "reviews":
                self._review()
            if self.kind in ("clips", "retention"):
                self._clip()
            if self.kind == "outbox" or self.random.random() < 0.2:
                self._deliver()

    def _incident(self, number: int) -> None:
        going = incident(number, self.random.choice([Tier.CAUTION, Tier.WARNING, Tier.CRITICAL]), over=False)
        now = self.store.clock.now()
        for state in (going, ended(going)):
            # Left with the writer as a listener does: in the queue, of which only the last state may be written.
            self.store.put(
                ("incident", number),
                lambda database, state=state: database.save_incident(self.drive.uid, state, now, now),
            )
            if self.random.random() < 0.5 and self.store.flush(WAIT_S):
                self.say("incident", drive=self.drive.uid, number=number, over=state.is_over)
        if self.store.flush(WAIT_S):
            self.say("incident", drive=self.drive.uid, number=number, over=True)
            self.uids.append(incident_uid(self.drive.uid, number))

    def _review(self) -> None:
        uid, status = self.random.choice(self.uids), self.random.choice([ReviewStatus.TRUE, ReviewStatus.FALSE])
        note = str(self.random.random())
        self.say("reviewing", uid=uid, note=note)
        self.store.call(
            lambda database: database.save_review(uid, Review(status, note), self.store.clock.now()), WAIT_S
        )
        self.say("review", uid=uid, note=note)

    def _clip(self) -> None:
        uid = self.uids[-1]
        content = self.random.randbytes(self.random.randint(1, 12_000))
        clip = self.store.begin_clip(uid, len(content), WAIT_S)
        part = self.folder / f"{clip.file}.part"
        with part.open("r+b") as file:
            file.write(content[: len(content) // 2])
            file.flush()
            file.write(content[len(content) // 2 :])
        done = self.store.finish_clip(clip, (0.0, 10.0), WAIT_S)
        self.say("clip", file=done.file)

    def _deliver(self) -> None:
        """As a sender does: what is sent is sent, and then said to be."""
        for message in self.store.call(lambda database: database.outbox.pending("mqtt", 3), WAIT_S):
            content = json.loads(message.content)
            self.say(
                "sent", id=content["id"], drive=content["drive_id"], number=content["number"], kind=content["type"]
            )
            self.store.call(lambda database, sent=message.id: database.outbox.delivered([sent]), WAIT_S)

    def _make_older(self) -> None:
        """The store as an earlier version had it, where what waits to be sent has no place: it is sent before."""
        path = self.folder / FILE
        if not path.exists() or self.random.random() < 0.3:
            return
        store = open_store(self.folder)
        store.open(WAIT_S)

        def tell(database: Database) -> None:
            for message in database.outbox.pending("mqtt", 10_000):
                content = json.loads(message.content)
                self.say(
                    "sent", id=content["id"], drive=content["drive_id"], number=content["number"], kind=content["type"]
                )

        store.call(tell, WAIT_S)
        store.close(WAIT_S)
        older = self.folder / "older.sqlite"
        older.unlink(missing_ok=True)
        with closing(sqlite3.connect(older, isolation_level=None)) as connection:
            migrate(connection, _OLDER)
            connection.execute("ATTACH ? AS today", (str(path),))
            connection.execute("BEGIN")
            for table in TABLES:
                there = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
                if there:
                    names = ", ".join(there)
                    connection.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM today.{table}")
            connection.execute("COMMIT")
        older.replace(path)

    def _damage(self) -> None:
        """Make an index lie, which costs no row: all that was acknowledged must be carried over."""
        store = open_store(self.folder)
        store.open(WAIT_S)

        def spoil(database: Database) -> None:
            database.connection.execute("PRAGMA writable_schema = ON")
            database.connection.execute("DELETE FROM sqlite_master WHERE name = 'clips_of_incidents'")

        store.call(spoil, WAIT_S)
        store.close(WAIT_S)


@dataclass
class Ledger:
    """What the children were told, and what was found after each start.

    Attributes:
        incidents: drive and number → whether it was over.
        reviews: incident → the note that was acknowledged, none at first, and those that may have been written since.
        sent: drive, number and kind of the messages that were sent.
        ids: drive and number → the ids under which the incident was heard of.
        counts: of what was done, and found.
        wrong: what must not be.
    """

    incidents: dict[tuple[str, int], bool] = field(default_factory=dict)
    reviews: dict[str, set[str]] = field(default_factory=dict)
    sent: set[tuple[str, int, str]] = field(default_factory=set)
    ids: dict[tuple[str, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def take(self, line: dict[str, Any]) -> None:
        """One line of a child."""
        match line:
            case {"what": "doing", "kind": kind}:
                self.counts[f"kills while writing {kind}"] += 1
            case {"what": "incident", "drive": uid, "number": number, "over": over}:
                self.incidents[uid, number] = over or self.incidents.get((uid, number), False)
            case {"what": "reviewing", "uid": uid, "note": note}:
                self.reviews.setdefault(uid, {""}).add(note)
            case {"what": "review", "uid": uid, "note": note}:
                self.reviews[uid] = {note}
                self.counts["reviews acknowledged"] += 1
            case {"what": "clip"}:
                self.counts["clips acknowledged"] += 1
            case {"what": "sent"}:
                self.counts["messages sent"] += 1
                self._hear(line["id"], line["drive"], line["number"], line["kind"])

    def check(self, folder: Path) -> None:
        """What a start finds."""
        store = open_store(folder)
        try:
            store.open(WAIT_S)
        finally:
            store.close(WAIT_S)
        self.wrong += integrity_of(folder / FILE)
        with closing(open_for_reading(folder)) as database:
            self._check_incidents(database)
            self._check_clips(database)

    def _check_incidents(self, database: Database) -> None:
        stored = {(one.drive_uid, one.incident.number): one for one in database.incidents()}
        for key, one in stored.items():
            self.ids[key].add(one.uid)
        for message in database.outbox.pending("mqtt", 1_000_000):
            content = json.loads(message.content)
            self._hear(content["id"], content["drive_id"], content["number"], content["type"])
        for key, over in self.incidents.items():
            if key not in stored:
                self.wrong.append(f"the acknowledged incident {key} is lost")
            elif over and not stored[key].incident.is_over:
                self.wrong.append(f"the acknowledged end of {key} is lost")
        for key, one in stored.items():
            kinds = {"new", "end"} if one.incident.is_over else {"new"}
            self.wrong += [
                f"{kind} of {key} was neither sent nor waits" for kind in kinds if (*key, kind) not in self.sent
            ]
            notes = self.reviews.get(one.uid)
            if notes and one.incident.review.note not in notes:
                self.wrong.append(f"the acknowledged review of {key} is lost")
            if not one.incident.is_over:
                self.wrong.append(f"{key} goes on though nobody watches")
        self.wrong += [f"{key} has the ids {ids}" for key, ids in self.ids.items() if len(ids) > 1]

    def _check_clips(self, database: Database) -> None:
        clips = {path_of(database, clip): clip for clip in database.clips()}
        folder = database.folder / "clips"
        there = set(folder.iterdir()) if folder.exists() else set()
        self.wrong += [f"{path.name} is an orphan" for path in there - clips.keys()]
        for path, clip in clips.items():
            if clip.writing or not path.exists() or not is_as_written(path, clip):
                self.wrong.append(f"{clip.file} is not what the table says")
        if sum(clip.bytes for clip in clips.values()) > _MOST_CLIP_BYTES:
            self.wrong.append("the clips are above their limit")

    def _hear(self, uid: str, drive_uid: str, number: int, kind: str) -> None:
        self.ids[drive_uid, number].add(uid)
        self.sent.add((drive_uid, number, kind))


def cut_power(folder: Path, kind: str, seed: int, after_s: float, ledger: Ledger) -> None:
    """Let a child write for a while, kill it, and look at what it has left."""
    reading, writing = os.pipe()
    # Forked: to start anew takes seconds, in which nothing is written.
    pid = os.fork()
    if pid == 0:
        try:
            Child(folder, kind, seed, writing).run()
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as output:
        # Its lines are taken off all the time: a pipe that is full would hold it.
        killer = threading.Timer(after_s, os.kill, (pid, signal.SIGKILL))
        lines = [output.readline()]
        killer.start()
        lines += output
        killer.join()
    _, status = os.waitpid(pid, 0)
    if not (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL):
        ledger.wrong.append(f"the child ended by itself: {status}")
    for line in lines:
        with suppress(json.JSONDecodeError):  # cut in the middle
            ledger.take(json.loads(line))
    ledger.check(folder)


def run(folder: Path, times: int, seed: int = 1, longest_s: float = 0.6) -> Ledger:
    """Cut the power so often, of a new store after every so many; what was found in all."""
    chance, whole = random.Random(seed), Ledger()
    for begin in range(0, times, _TIMES_A_STORE):
        ledger, store = Ledger(), folder / f"store-{begin}"
        for time in range(begin, min(times, begin + _TIMES_A_STORE)):
            cut_power(store, KINDS[time % len(KINDS)], chance.getrandbits(32), chance.uniform(0.0, longest_s), ledger)
            if ledger.wrong:
                whole.wrong = ledger.wrong
                return whole
        with closing(open_for_reading(store)) as database:
            ledger.counts["incidents found"] = len(database.incidents())
            ledger.counts["clips found"] = len(database.clips())
            ledger.counts["messages waiting"] = database.outbox.state(StoreClock().now()).messages
        ledger.counts["incidents acknowledged"] = len(ledger.incidents)
        ledger.counts["incidents heard of"] = len(ledger.ids)
        whole.counts += ledger.counts
        print(f"{time + 1} of {times}", file=sys.stderr)
    return whole


def main(argv: Sequence[str] | None = None) -> int:
    """Cut the power as often as is asked for, and print the table of counts; 1 where something was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.monitor.journal.store.power_cuts", description=__doc__)
    parser.add_argument("--times", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the stores lie, new or empty (a temporary folder)")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as temporary:
        ledger = run(arguments.folder or Path(temporary), arguments.times, arguments.seed)
    for name, count in sorted(ledger.counts.items()):
        print(f"{name:40} {count:8}")
    print(f"{'wrong':40} {len(ledger.wrong):8}")
    for line in ledger.wrong[:20]:
        print(line)
    return 1 if ledger.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
