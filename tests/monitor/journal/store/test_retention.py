"""What goes so that the store keeps to its limits, and what stays."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engines.errors import UserError
from monitor.alerts.events import Tier
from monitor.journal.store.clips import begin_clip, begin_part, finish_clip, path_of
from monitor.journal.store.database import Database
from monitor.journal.store.records import StoredClip, StoredFault
from monitor.journal.store.retention import Retention, RetentionLimits, store_bytes
from tests.monitor.journal.store.stories import DAY_S, Clocks, drive, incident, opened

TIERS = (Tier.CAUTION, Tier.WARNING, Tier.CRITICAL)
DAYS = {Tier.CAUTION: 1.0, Tier.WARNING: 10.0, Tier.CRITICAL: 100.0}
PLENTY = 1 << 40


def limits(most_bytes: int = PLENTY, free_bytes: int = 0) -> RetentionLimits:
    return RetentionLimits(DAYS, most_bytes, free_bytes)


def clip_bytes(database: Database) -> int:
    return sum(clip.bytes for clip in database.clips())


def of_clips(most: int) -> Retention:
    """Keeps the clips alone to a limit: what the database takes beside them varies."""
    return Retention(limits(most), size=clip_bytes)


class Garage:
    """A store in use: incidents with clips, and days that pass."""

    def __init__(self, folder: Path) -> None:
        self.clocks = Clocks()
        self.database = opened(folder)
        self.drive = drive(self.clocks.now())
        self.database.begin_drive(self.drive)
        self.number = 0

    def add(self, tier: Tier, size: int = 0, *, over: bool = True) -> tuple[str, StoredClip | None]:
        """An incident that is now, with a clip of so many bytes."""
        self.number += 1
        now = self.clocks.now()
        uid = self.database.save_incident(self.drive.uid, incident(self.number, tier, over=over), now, now)
        if not size:
            return uid, None
        clip = begin_clip(self.database, uid, size)
        path_of(self.database, clip).write_bytes(bytes([self.number % 256]) * size)
        return uid, finish_clip(self.database, clip, (0.0, 1.0), now)

    @property
    def clip_files(self) -> dict[str, int]:
        """Name and size of what lies in the clips' folder."""
        folder = self.database.folder / "clips"
        return {f"clips/{path.name}": path.stat().st_size for path in folder.iterdir()} if folder.exists() else {}


@pytest.fixture
def garage(tmp_path: Path) -> Garage:
    return Garage(tmp_path / "store")


def test_each_severity_has_its_days(garage: Garage) -> None:
    uids = {tier: garage.add(tier, 10)[0] for tier in TIERS}
    kept, _ = garage.add(Tier.CAUTION, 10)
    garage.database.keep(kept, True)
    going, _ = garage.add(Tier.CAUTION, over=False)
    garage.database.end_drive(garage.drive.uid, 60.0, 600, "stopped")
    left = set(uids.values()) | {kept, going}
    for days, gone in ((0.9, None), (1.0, Tier.CAUTION), (9.0, Tier.WARNING), (91.0, Tier.CRITICAL)):
        garage.clocks.pass_time(days * DAY_S)
        dropped, problem = Retention(limits()).run(garage.database, garage.clocks.now())
        left -= {uids[gone]} if gone is not None else set()
        assert {stored.uid for stored in garage.database.incidents()} == left
        assert problem is None and dropped.incidents == dropped.clips == (0 if gone is None else 1)
    assert len(garage.database.drives()) == 1 and len(garage.clip_files) == 1
    garage.database.keep(kept, False)
    garage.database.save_incident(
        garage.drive.uid, incident(garage.number, Tier.CAUTION), garage.clocks.now().at(0.0), garage.clocks.now()
    )
    dropped, _ = Retention(limits()).run(garage.database, garage.clocks.now())
    assert garage.database.drives() == [] and garage.clip_files == {}
    assert "2 incidents, 1 drives" in dropped.texts[0]


def test_a_clock_that_cannot_be_trusted_makes_nothing_old(garage: Garage) -> None:
    garage.add(Tier.CAUTION, 10)
    garage.clocks.pass_time(5 * DAY_S)
    retention = Retention(limits())
    assert retention.run(garage.database, garage.clocks.now(), by_days=False)[0].texts == []
    garage.clocks.utc_s -= 5.5 * DAY_S
    assert retention.run(garage.database, garage.clocks.now())[0].texts == [], "set back"
    garage.clocks.utc_s = 10.0
    garage.add(Tier.CAUTION, 10)
    garage.clocks.utc_s = Clocks().utc_s + 2 * DAY_S
    assert retention.run(garage.database, garage.clocks.now())[0].incidents == 1
    assert len(garage.database.incidents()) == 1, "of the one without a clock nobody knows how old it is"


def test_clips_go_in_the_order_in_which_they_would_expire(garage: Garage) -> None:
    clips = [garage.add(tier, 1000)[1] for tier in (Tier.CRITICAL, Tier.CAUTION, Tier.WARNING, Tier.CAUTION)]
    order = [clips[1], clips[3], clips[2], clips[0]]
    for gone in range(1, 5):
        of_clips(4000).make_room(garage.database, garage.clocks.now(), 1000 * gone)
        assert set(garage.clip_files) == {clip.file for clip in order[gone:] if clip is not None}
    assert len(garage.database.incidents()) == 4
    with pytest.raises(UserError, match="allow it more"):
        of_clips(4000).make_room(garage.database, garage.clocks.now(), 4001)


def test_a_disk_that_fills_costs_clips_and_then_is_a_problem(garage: Garage) -> None:
    for _ in range(4):
        garage.add(Tier.WARNING, 1000)
    free = {"bytes": 8000}

    def room(_folder: Path) -> int:
        return free["bytes"] + 1000 * (4 - len(garage.clip_files))

    retention = Retention(limits(free_bytes=9500), room)
    dropped, problem = retention.run(garage.database, garage.clocks.now())
    assert (dropped.clips, dropped.bytes, problem) == (2, 2000, None)
    assert "2 clips" in dropped.texts[0] and "free" in dropped.texts[0]
    free["bytes"] = 0
    dropped, problem = retention.run(garage.database, garage.clocks.now())
    assert dropped.clips == 2 and problem is not None and "nothing of the store is left" in problem
    assert len(garage.database.incidents()) == 4, "rows would make no room"


def test_a_file_that_was_changed_is_said_and_stays(garage: Garage) -> None:
    _, clip = garage.add(Tier.CAUTION, 1000)
    assert clip is not None
    (garage.database.folder / clip.file).write_bytes(b"theirs")
    garage.clocks.pass_time(2 * DAY_S)
    dropped, _ = Retention(limits()).run(garage.database, garage.clocks.now())
    assert dropped.texts[1:] == [f"left, since the store did not write them so: {clip.file}"]
    assert garage.clip_files == {clip.file: 6}


def test_a_database_alone_keeps_to_the_limit_and_gives_its_room_back(garage: Garage) -> None:
    with garage.database.transaction():
        for _ in range(300):
            garage.add(Tier.CRITICAL)
    most = 250_000
    assert store_bytes(garage.database) > most
    dropped, problem = Retention(limits(most)).run(garage.database, garage.clocks.now())
    assert problem is None and store_bytes(garage.database) <= most
    left = [stored.incident.number for stored in garage.database.incidents()]
    assert left == list(range(301 - len(left), 301)) and len(left) > 20 and dropped.incidents == 300 - len(left)


def test_incidents_with_images_go_one_by_one_and_giving_their_room_back_takes_none(garage: Garage) -> None:
    """Dozens at once would leave the store far below its limit; what moves in the database lies in its log first."""
    database = garage.database
    for number in range(1, 41):
        stored = database.save_incident(garage.drive.uid, incident(number), garage.clocks.now(), garage.clocks.now())
        database.save_thumbnails(stored, [os.urandom(20_000) for _ in range(8)])
    database.shrink()
    before, sizes = store_bytes(database), []
    most = before - 500_000
    database.connection.set_trace_callback(lambda _statement: sizes.append(database_bytes(database.folder)))
    dropped, problem = Retention(limits(most), size=store_bytes).run(database, garage.clocks.now())
    database.connection.set_trace_callback(None)
    assert problem is None and dropped.incidents == 4, "of 160 kB each"
    assert most - 200_000 < store_bytes(database) <= most
    assert max(sizes) < before + 300_000


def database_bytes(folder: Path) -> int:
    """Of the database's file and its log."""
    return sum(path.stat().st_size for path in folder.glob("store.sqlite*") if not path.name.endswith("-shm"))


def test_the_faults_of_a_drive_stay_few_so_that_they_cost_no_incident(garage: Garage) -> None:
    uid, _ = garage.add(Tier.CAUTION)
    now, other = garage.clocks.now(), drive()
    garage.database.begin_drive(other)
    with garage.database.transaction():
        for number in range(1500):
            for each in (garage.drive, other) if number < 10 else (garage.drive,):
                text = {"text": f"{number} {'x' * 500}"}
                garage.database.save_fault(StoredFault(each.uid, "notice", 1.0, now, text))
    garage.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    most = store_bytes(garage.database)
    dropped, problem = Retention(limits(most)).run(garage.database, now)
    assert problem is None and dropped.incidents == 0
    assert [stored.uid for stored in garage.database.incidents()] == [uid]
    left = [int(fault.content["text"].split()[0]) for fault in garage.database.faults(garage.drive.uid)]
    assert left == list(range(500, 1500)) and len(garage.database.faults(other.uid)) == 10


def test_the_stores_own_notices_stay_few(garage: Garage) -> None:
    now = garage.clocks.now()
    with garage.database.transaction():
        for number in range(1100):
            garage.database.save_fault(StoredFault(None, "store", None, now, {"text": str(number)}))
    Retention(limits()).run(garage.database, now)
    assert [fault.content["text"] for fault in garage.database.faults()] == [str(n) for n in range(100, 1100)]


class RetentionMachine(RuleBasedStateMachine):
    """Incidents come, days pass, people mark, and the limits change; whatever happens, the store keeps to them."""

    def __init__(self) -> None:
        super().__init__()
        # In memory where there is such a place: a disk is waited for with each of some thousand transactions.
        memory = "/dev/shm"
        self.place = TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None)
        self.garage = Garage(Path(self.place.name))
        self.most = 20_000
        self.theirs = Path(self.place.name) / "clips" / "theirs.mp4"

    def teardown(self) -> None:  # of hypothesis
        self.garage.database.close()
        self.place.cleanup()

    @property
    def retention(self) -> Retention:
        return of_clips(self.most)

    def clips(self) -> int:
        return clip_bytes(self.garage.database)

    @rule(tier=st.sampled_from(TIERS), size=st.integers(1, 9000))
    def record(self, tier: Tier, size: int) -> None:
        garage, before = self.garage, self.clips()
        try:
            dropped = self.retention.make_room(garage.database, garage.clocks.now(), size)
        except UserError:
            assert not self.free_clips(), "as long as a clip may go, there is room for another"
            return
        assert self.clips() + size <= self.most and dropped.bytes == before - self.clips()
        garage.add(tier, size)

    @rule(days=st.floats(0.1, 12.0))
    def days_pass(self, days: float) -> None:
        garage = self.garage
        garage.clocks.pass_time(days * DAY_S)
        now = garage.clocks.now()
        self.retention.run(garage.database, now)
        for stored in garage.database.incidents():
            age = (now.utc_s - stored.began.utc_s) / DAY_S
            assert stored.kept or age <= DAYS[stored.incident.tier]

    @precondition(lambda self: self.garage.database.incidents())
    @rule(data=st.data(), kept=st.booleans())
    def mark(self, data: st.DataObject, kept: bool) -> None:
        stored = data.draw(st.sampled_from(self.garage.database.incidents()))
        self.garage.database.keep(stored.uid, kept)

    @rule()
    def somebody_puts_a_file_there(self) -> None:
        self.theirs.parent.mkdir(exist_ok=True)
        self.theirs.write_bytes(b"theirs")

    @rule(most=st.integers(0, 30_000))
    def the_limit_changes(self, most: int) -> None:
        database, self.most = self.garage.database, most
        kept = {stored.uid for stored in database.incidents() if stored.kept}
        before = {clip.uid: clip.bytes for clip in database.clips()}
        _, problem = self.retention.run(database, self.garage.clocks.now())
        gone = before.keys() - {clip.uid for clip in database.clips()}
        assert (self.clips() <= most) is (problem is None)
        assert problem is None or not self.free_clips()
        assert not gone or self.clips() + max(before[uid] for uid in gone) > most
        assert kept <= {stored.uid for stored in database.incidents()}

    @invariant()
    def table_and_folder_agree(self) -> None:
        known = {clip.file: clip.bytes for clip in self.garage.database.clips()}
        there = {name: size for name, size in self.garage.clip_files.items() if not name.endswith("theirs.mp4")}
        assert known == there
        assert not self.theirs.parent.exists() or self.theirs.exists() or "clips/theirs.mp4" not in there

    def free_clips(self) -> list[StoredClip]:
        kept = {stored.uid for stored in self.garage.database.incidents() if stored.kept}
        return [clip for clip in self.garage.database.clips() if clip.incident_uid not in kept]


RetentionMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=15, suppress_health_check=list(HealthCheck)
)
TestRetention = RetentionMachine.TestCase


def test_parts_of_a_drive_go_as_its_cautions_do_and_the_drive_after_them(tmp_path: Path) -> None:
    clocks = Clocks()
    database = opened(tmp_path)
    one = drive(clocks.now())
    database.begin_drive(one)
    for number in range(3):
        part = begin_part(database, one.uid, 100)
        path_of(database, part).write_bytes(bytes(100))
        finish_clip(database, part, (60.0 * number, 60.0 * number + 60.0), clocks.now())
    database.end_drive(one.uid, 180.0, 1800, "stopped")
    assert of_clips(250).run(database, clocks.now())[0].clips == 1
    assert [part.start_s for part in database.clips("ORDER BY start_s")] == [60.0, 120.0], "the first goes first"
    clocks.pass_time(0.9 * DAY_S)
    assert Retention(limits()).run(database, clocks.now())[0].clips == 0
    clocks.pass_time(0.2 * DAY_S)
    assert Retention(limits()).run(database, clocks.now())[0].clips == 2
    assert len(database.drives()) == 1
    clocks.pass_time(100.0 * DAY_S)
    Retention(limits()).run(database, clocks.now())
    assert database.drives() == [] and list((tmp_path / "clips").iterdir()) == []
