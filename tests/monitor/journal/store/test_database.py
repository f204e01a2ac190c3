"""What is written to a store and read of it: drives, incidents, reviews, faults, times, and what is to be sent."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engines.errors import UserError
from monitor.alerts.events import Reason
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.journal.store.outbox import Outbox
from monitor.journal.store.records import StoredFault, incident_uid
from monitor.journal.store.times import ClockState, StoreClock
from tests.monitor.journal.store.stories import DAY_S, NOON_S, Clocks, drive, ended, incident, opened

CLOCKS = Clocks()
NOW = CLOCKS.now()


def test_a_drive_is_read_as_it_was_written(tmp_path: Path) -> None:
    database = opened(tmp_path)
    one = drive()
    database.begin_drive(one)
    database.begin_drive(replace(one, source="other"))
    database.see_drive(one.uid, 61.0)
    assert database.drive(one.uid) == replace(one, seen_s=61.0)
    database.end_drive(one.uid, 75.5, 754, "stopped")
    database.end_drive(one.uid, 99.0, 999, "failed")
    assert database.drives() == [replace(one, seen_s=75.5, frames=754, end_reason="stopped")]
    database.close()


def test_an_incident_has_one_id_and_a_row_however_often_it_is_written(tmp_path: Path) -> None:
    database = opened(tmp_path, destinations=("mqtt", "webhook"))
    database.begin_drive(one := drive())
    going = incident(over=False)
    ids = {database.save_incident(one.uid, going, NOW, NOW) for _ in range(3)}
    ids |= {database.save_incident(one.uid, replace(going, distracted_s=3.0), NOW, NOW)}
    ids |= {database.save_incident(one.uid, ended(going), NOW, NOW) for _ in range(2)}
    ids |= {database.save_incident(one.uid, going, NOW, NOW)}
    (uid,) = ids
    (stored,) = database.incidents(one.uid)
    assert stored.uid == uid == incident_uid(one.uid, 1)
    assert stored.incident == ended(going) and stored.revision == 3
    for destination in ("mqtt", "webhook"):
        messages = database.outbox.pending(destination, 10)
        assert [message.kind for message in messages] == ["new", "update", "end"]
        contents = [json.loads(message.content) for message in messages]
        assert {content["id"] for content in contents} == {uid}
        assert [content["revision"] for content in contents] == [1, 2, 3]
        assert contents[-1]["end_s"] == 7.5 and contents[-1]["source"] == "camera 0"
    database.close()


def test_no_two_messages_of_an_incident_have_one_revision_though_it_was_over_when_it_was_first_written(
    tmp_path: Path,
) -> None:
    database = opened(tmp_path, destinations=("mqtt",))
    database.begin_drive(one := drive())
    uid = database.save_incident(one.uid, incident(), NOW, NOW)
    database.save_review(uid, Review(ReviewStatus.TRUE), NOW)
    contents = [json.loads(message.content) for message in database.outbox.pending("mqtt", 9)]
    assert [(content["type"], content["revision"]) for content in contents] == [("new", 1), ("end", 2), ("update", 3)]
    database.close()


def test_what_changes_an_incident_and_what_is_sent_is_written_together_or_not_at_all(tmp_path: Path) -> None:
    database = opened(tmp_path, destinations=("mqtt",))
    database.begin_drive(one := drive())
    database.connection.execute("CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(Exception, match="full"):
        database.save_incident(one.uid, incident(), NOW, NOW)
    assert database.incidents() == [] and database.outbox.pending("mqtt") == []
    database.close()


def test_a_review_is_kept_beside_its_incident(tmp_path: Path) -> None:
    database = opened(tmp_path, destinations=("mqtt",))
    database.begin_drive(one := drive())
    uid = database.save_incident(one.uid, incident(), NOW, NOW)
    for review in (Review(ReviewStatus.FALSE, "a reflection"), Review(ReviewStatus.TRUE, "Ärger")):
        database.save_review(uid, review, NOW)
        database.save_review(uid, review, NOW)
        assert database.incident(uid).incident.review == review
    assert [message.kind for message in database.outbox.pending("mqtt", 9)] == ["new", "end", "update"]
    with pytest.raises(UserError, match="no incident nobody"):
        database.save_review("nobody", Review(), NOW)
    database.close()


def test_what_the_power_has_cut_off_is_ended_at_the_next_start(tmp_path: Path) -> None:
    database = opened(tmp_path, destinations=("mqtt",))
    database.begin_drive(one := drive())
    database.save_incident(one.uid, incident(1), NOW, NOW)
    database.save_incident(one.uid, incident(2, over=False, start_s=100.0), NOW, NOW)
    assert database.end_interrupted_drives(NOW) == 1
    cut = database.incidents(one.uid)[1].incident
    assert (cut.end_s, cut.ended_by) == (101.0, Reason.DRIVE_ENDED), "it is known until then"
    again = database.drive(one.uid)
    assert again is not None and (again.end_reason, again.frames, again.seen_s) == ("interrupted", None, 101.0)
    assert [message.kind for message in database.outbox.pending("mqtt", 9)] == ["new", "end", "new", "end"]
    assert database.end_interrupted_drives(NOW) == 0
    database.close()


def test_days_are_those_of_the_drives_zone() -> None:
    # 23:30 in London is the next day in Berlin.
    began = Clocks(NOON_S - NOON_S % DAY_S + 23.5 * 3600).now()
    one = drive(began)
    days = [f"{each.began_at:%Y-%m-%d}" for each in (replace(one, utc_offset_s=0), one)]
    assert days == ["2026-11-30", "2026-12-01"]
    assert one.began_text.endswith("+01:00")


def test_a_machine_without_a_clock_is_marked_and_put_right_when_it_is_set(tmp_path: Path) -> None:
    clocks = Clocks(utc_s=30.0, monotonic_s=30.0, boot_id="car")
    database = opened(tmp_path, clocks.now(), ("mqtt",))
    one = drive(clocks.now())
    database.begin_drive(one)
    uid = database.save_incident(one.uid, incident(), clocks.now().at(34.5), clocks.now())
    database.save_fault(StoredFault(one.uid, "notice", 0.0, clocks.now(), {"text": "dark"}))
    assert database.incident(uid).began.clock is ClockState.UNSET
    clocks.pass_time(60.0)
    database.correct_clock(clocks.now())
    assert database.incident(uid).began.clock is ClockState.UNSET, "it is still not set"
    clocks.utc_s = NOON_S
    # Another boot knows nothing of this one's seconds.
    database.correct_clock(Clocks(boot_id="other").now())
    assert database.incident(uid).began.clock is ClockState.UNSET
    database.correct_clock(clocks.now())
    began = database.incident(uid).began
    assert (began.clock, began.utc_s) == (ClockState.SET_LATER, pytest.approx(NOON_S - 55.5))
    (known,) = database.drives()
    assert known.began.clock is ClockState.SET_LATER and known.began.utc_s == pytest.approx(NOON_S - 60.0)
    database.close()


def test_a_clock_that_is_set_is_noticed_and_one_that_is_adjusted_is_not() -> None:
    clocks = Clocks()
    jumps = [clocks.store_clock.jumped_s()]
    for utc_s, monotonic_s in ((60.0, 60.0), (61.5, 60.0), (-DAY_S, 60.0), (60.0, 60.0)):
        clocks.utc_s += utc_s
        clocks.monotonic_s += monotonic_s
        jumps.append(clocks.store_clock.jumped_s())
    assert jumps == [0.0, 0.0, 0.0, pytest.approx(-DAY_S - 60.0), 0.0]
    assert StoreClock().now().boot_id == StoreClock().now().boot_id != ""


def test_what_is_taken_in_silently_is_sent_to_nobody(tmp_path: Path) -> None:
    database, now = opened(tmp_path, destinations=("mqtt",)), Clocks().now()
    one = drive()
    database.begin_drive(one)
    with database.outbox.silent():
        database.save_incident(one.uid, incident(1), now, now)
    assert database.outbox.pending("mqtt") == [] and not database.outbox.was_used
    database.save_incident(one.uid, incident(2), now, now)
    assert len(database.outbox.pending("mqtt", 9)) == 2 and database.outbox.was_used
    database.close()


def test_the_outbox_gives_messages_in_order_until_they_are_delivered(tmp_path: Path) -> None:
    database = opened(tmp_path, destinations=("mqtt",))
    database.begin_drive(one := drive())
    for number in (1, 2):
        database.save_incident(one.uid, incident(number), NOW, NOW)
    first, second = database.outbox.pending("mqtt", 2)
    database.outbox.failed(first.id, "refused")
    again = database.outbox.pending("mqtt")[0]
    assert (again.id, again.attempts, again.problem) == (first.id, 1, "refused")
    database.outbox.delivered([first.id, second.id])
    assert [json.loads(message.content)["number"] for message in database.outbox.pending("mqtt", 9)] == [2, 2]
    CLOCKS.pass_time(90.0)
    state = database.outbox.state(CLOCKS.now())
    assert state.messages == 2 and state.bytes > 1000 and state.oldest_s == pytest.approx(90.0)
    assert database.outbox.state(CLOCKS.now(), "webhook").oldest_s is None
    # A clock that is set back makes nothing younger; after a start there is nothing but the clock.
    CLOCKS.utc_s -= DAY_S
    assert database.outbox.state(CLOCKS.now()).oldest_s == pytest.approx(90.0)
    assert database.outbox.state(Clocks(NOON_S + 500.0, 3.0, "boot-2").now()).oldest_s == pytest.approx(500.0)
    database.close()


def test_a_full_outbox_loses_updates_before_anything_else_and_counts(tmp_path: Path) -> None:
    database = opened(tmp_path)
    box = Outbox(database.connection, ("mqtt",), most=4)
    for number in range(3):
        box.put(f"i{number}", "new", "{}", NOW)
        box.put(f"i{number}", "update", "{}", NOW)
    assert [(message.incident_uid, message.kind) for message in box.pending("mqtt", 9)] == [
        ("i0", "new"), ("i1", "new"), ("i2", "new"), ("i2", "update")
    ]  # fmt: skip
    box.put("i0", "end", "{}", NOW)
    box.put("i1", "end", "{}", NOW)
    assert [message.incident_uid for message in box.pending("mqtt", 9)] == ["i1", "i2", "i0", "i1"]
    assert box.dropped == 4
    database.close()


def test_of_many_updates_that_wait_the_last_is_sent(tmp_path: Path) -> None:
    database = opened(tmp_path)
    box = Outbox(database.connection, ("mqtt",))
    box.put("i0", "new", "{}", NOW)
    for text in "abc":
        box.put("i0", "update", text, NOW)
    assert [message.content for message in box.pending("mqtt", 9)] == ["{}", "c"]
    database.close()


def test_a_drive_that_is_removed_takes_all_that_is_known_of_it(tmp_path: Path) -> None:
    database = opened(tmp_path, destinations=("mqtt",))
    for one in (gone := drive(), other := drive()):
        database.begin_drive(one)
        uid = database.save_incident(one.uid, incident(), NOW, NOW)
        database.save_review(uid, Review(ReviewStatus.TRUE), NOW)
        database.save_fault(StoredFault(one.uid, "notice", 1.0, NOW, {"text": "dark"}))
    database.remove_drive(gone.uid)
    assert [known.uid for known in database.drives()] == [other.uid]
    assert {stored.drive_uid for stored in database.incidents()} == {other.uid}
    assert database.faults(gone.uid) == [] and len(database.faults(other.uid)) == 1
    assert {json.loads(message.content)["drive_id"] for message in database.outbox.pending("mqtt", 9)} == {other.uid}
    database.close()
