"""Journals of this and of earlier versions become drives of the store."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from monitor.alerts.events import Reason, Tier
from monitor.alerts.incidents.incident import IncidentState, Review, ReviewStatus
from monitor.journal.journal_import import import_journal, read_journal
from monitor.journal.json_lines import Journal
from tests.conftest import ROOT
from tests.monitor.journal.store.stories import Clocks, incident, opened

OLD = ROOT / "tests" / "old_files" / "journal.jsonl"
NOW = Clocks().now()


def line(what: str, at_s: float = 0.0, **content: object) -> dict[str, object]:
    minutes, seconds = divmod(at_s, 60.0)
    return {"at": f"2026-11-30T10:{int(minutes):02d}:{seconds:06.3f}+00:00", "what": what, **content}


def event(kind: str, time_s: float, tier: str = "warning", at_s: float = 0.0, **more: object) -> dict[str, object]:
    reason = "attention" if kind == "cleared" else "distraction"
    about = {"tier": "none" if kind == "cleared" else tier, "activity": "c6", "reason": reason, "health": "ok"}
    return line("event", at_s, kind=kind, time_s=time_s, distracted_s=2.0, **about, **more)


def written(path: Path, *lines: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    return path


def test_a_journal_of_an_earlier_version_is_taken_in_once(tmp_path: Path) -> None:
    database = opened(tmp_path / "store", destinations=("mqtt",))
    for _ in range(2):
        imported = import_journal(database, OLD, NOW)
        assert imported.drives == len(database.drives()) and imported.unreadable == []
        assert imported.incidents == len(database.incidents()) > 3
    assert database.outbox.pending("mqtt") == [], "nothing is sent of what was long ago"
    drive = database.drives()[0]
    first = database.incidents(drive.uid)[0].incident
    assert (drive.source, drive.live) == ("demo drive", False)
    assert (first.tier, first.start_s, first.end_s) == (Tier.CRITICAL, 6.167, 12.333)
    assert first.ended_by is Reason.ATTENTION and len(first.events) == 4
    database.close()


@pytest.mark.parametrize("version", [None, 2, 3])
def test_incidents_are_written_or_made_of_events_by_format(tmp_path: Path, version: int | None) -> None:
    start = line("start", source="camera 0", bundle="default", speed_kmh=None)
    start |= {} if version is None else {"format": version, "speed": "no speed signal"}
    more: dict[str, object] = {} if version is None else {"incident": 1, "cause": None}
    lines = [start, event("raised", 4.0, **more), event("escalated", 5.0, "critical", **more)]
    lines += [event("cleared", 7.0, **more)]
    if version == 3:
        lines += [line("incident", 0.0, **incident(1, Tier.WARNING, start_s=4.0).as_dict())]
        # The power went before the second one's end.
        lines += [event("raised", 20.0, incident=2, cause=None)]
    else:
        lines += [event("raised", 20.0, **({"incident": 2, "cause": None} if more else {}))]
    (journal,), imported = read_journal(written(tmp_path / "j.jsonl", *lines))
    assert imported.unreadable == [] and imported.incidents == 2
    one, cut = journal.incidents
    assert (one.start_s, one.end_s, one.tier) == (4.0, 7.0, Tier.WARNING if version == 3 else Tier.CRITICAL)
    assert one.state is IncidentState.ENDED and (cut.number, cut.start_s, cut.ended_by) == (2, 20.0, Reason.DRIVE_ENDED)
    assert journal.drive.end_reason == "interrupted" and journal.drive.frames is None


def test_a_cameras_times_count_from_the_drives_beginning(tmp_path: Path) -> None:
    lines = [line("start", 0.0, format=3, source="camera 0", bundle="b", speed_kmh=None, speed="bus")]
    for minute in range(3):
        at_s = 60.0 * minute + 30.0
        lines.append(event("raised", 5000.0 + at_s, at_s=at_s, incident=minute + 1, cause=None))
        lines.append(event("cleared", 5002.0 + at_s, at_s=at_s + 2.0, incident=minute + 1, cause=None))
    lines.append(line("end", 160.0, frames=1600, reason="stopped"))
    (journal,), _ = read_journal(written(tmp_path / "j.jsonl", *lines))
    assert [one.start_s for one in journal.incidents] == pytest.approx([30.0, 90.0, 150.0])
    assert journal.drive.live and journal.drive.frames == 1600 and journal.drive.end_reason == "stopped"


def test_a_journal_that_has_grown_since_is_completed(tmp_path: Path) -> None:
    """While the drive goes on, in the middle of its second incident; and when it is over."""
    lines = [line("start", format=3, source="camera 0", bundle="b", speed_kmh=None), line("notice", text="dark")]
    first = incident(1, Tier.WARNING, start_s=4.0)
    lines += [line("incident", 7.0, **first.as_dict()), event("raised", 20.0, at_s=20.0, incident=2, cause=None)]
    later = [event("cleared", 26.0, at_s=26.0, incident=2, cause=None), line("notice", 27.0, text="dark")]
    second = replace(incident(2, Tier.CRITICAL, start_s=20.0), end_s=26.0)
    later += [line("incident", 27.0, **second.as_dict()), line("incident", 44.0, **incident(3, start_s=40.0).as_dict())]
    later += [line("end", 60.0, frames=600, reason="stopped")]
    database = opened(tmp_path / "store", destinations=("mqtt",))
    imported = import_journal(database, written(tmp_path / "j.jsonl", *lines), NOW)
    assert (imported.new_drives, imported.new_incidents) == (1, 2)
    assert [drive.end_reason for drive in database.drives()] == ["interrupted"]
    reviewed = database.incidents()[0].uid
    database.save_review(reviewed, Review(ReviewStatus.FALSE, "sun"), NOW)
    for more in (1, 0):  # and then an earlier copy
        import_journal(database, written(tmp_path / "j.jsonl", *lines, *later[:more]), NOW)
        assert database.incidents()[1].incident.end_s == 26.0
    for new in (1, 0):
        imported = import_journal(database, written(tmp_path / "j.jsonl", *lines, *later), NOW)
        assert (imported.new_drives, imported.new_incidents) == (0, new)
        (drive,) = database.drives()
        assert (drive.end_reason, drive.frames, drive.seen_s) == ("stopped", 600, 43.0)
        kept = [stored.incident for stored in database.incidents()]
        assert kept[1:] == [second, incident(3, start_s=40.0)]
        assert kept[0].review.note == "sun" and replace(kept[0], review=first.review) == first
        assert len(database.faults(drive.uid)) == 2
    # What is older than what the store has takes nothing back.
    import_journal(database, written(tmp_path / "old.jsonl", *lines), NOW)
    assert [stored.incident.end_s for stored in database.incidents()] == [7.0, 26.0, 43.0]
    database.close()


def test_a_drive_during_which_the_journal_was_begun_anew_is_one(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.jsonl", most_bytes=2500) as journal:
        journal.start("a.mp4", "default", None, "no speed signal")
        for number in range(1, 9):
            journal.incident(incident(number, start_s=10.0 * number))
        journal.end(12, "source_ended")
    files = sorted(tmp_path.glob("j.jsonl*"), reverse=True)
    assert len(files) == 4
    database = opened(tmp_path / "store")
    for count, file in enumerate([files[-1], *files], 1):
        import_journal(database, file, NOW)
        (drive,) = database.drives()
        assert (drive.source, drive.end_reason) == ("a.mp4", "source_ended"), f"after {count} files"
        assert [stored.incident.number for stored in database.incidents()] == list(range(1, 9))
    database.close()


@pytest.mark.parametrize("frames", ["Infinity", "NaN", "1e400", "-1", "1" + "0" * 400, '"many"', "true"])
def test_what_is_no_number_of_frames_costs_its_line_alone(frames: str, tmp_path: Path) -> None:
    path = written(tmp_path / "j.jsonl", line("start", format=3, source="a", bundle="b", speed_kmh=None))
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line("end", frames=0)).replace('"frames": 0', f'"frames": {frames}') + "\n")
        file.write(json.dumps(line("system", since_s=0)).replace('"since_s": 0', f'"since_s": {frames}') + "\n")
    database = opened(tmp_path / "store")
    assert import_journal(database, path, NOW).unreadable == ([2] if frames == "-1" else [2, 3])
    (drive,) = database.drives()
    assert (drive.source, drive.frames, drive.end_reason) == ("a", None, "interrupted")
    database.close()


def test_what_a_monitor_writes_now_is_read(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.jsonl") as journal:
        for source in ("a.mp4", "b.mp4"):
            journal.start(source, "default", None, "no speed signal")
            journal.incident(incident())
            journal.notice("dark")
            journal.end(12, "source_ended")
    drives, imported = read_journal(tmp_path / "j.jsonl")
    assert [(one.drive.source, one.drive.end_reason, one.drive.frames) for one in drives] == [
        ("a.mp4", "source_ended", 12), ("b.mp4", "source_ended", 12)
    ]  # fmt: skip
    assert all(one.incidents == [incident()] for one in drives) and imported.unreadable == []


def test_what_is_no_journal_or_a_later_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the journal"):
        read_journal(tmp_path / "none")
    (tmp_path / "text").write_text("hello\n")
    with pytest.raises(UserError, match="is no journal"):
        read_journal(tmp_path / "text")
    with pytest.raises(UserError, match="format 9 is later"):
        read_journal(written(tmp_path / "later", line("start", format=9)))


_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([]) | st.just({})


@given(
    content=st.lists(
        st.dictionaries(
            st.sampled_from(["kind", "time_s", "tier", "start_s", "frames", "since_s", "format"]), _VALUES
        ).flatmap(
            lambda more: st.sampled_from(["start", "event", "incident", "system", "end", "notice"]).map(
                lambda what: {**line(what), **more}
            )
        ),
        max_size=6,
    ),
    torn=st.binary(max_size=20),
)
def test_no_line_whatever_it_holds_costs_the_others(
    tmp_path_factory: pytest.TempPathFactory, content: list[dict[str, object]], torn: bytes
) -> None:
    path = tmp_path_factory.mktemp("journals") / "j.jsonl"
    good = [line("start", source="good", bundle="b", speed_kmh=None), event("raised", 4.0), event("cleared", 7.0)]
    text = "".join(json.dumps(one) + "\n" for one in [*content, *good])
    path.write_bytes(text.encode() + torn)
    try:
        drives, _ = read_journal(path)
    except UserError as error:
        assert "later" in str(error)
        return
    assert any(one.drive.source == "good" and len(one.incidents) == 1 for one in drives)
