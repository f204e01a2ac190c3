"""The command that lists, exports, imports, verifies, prunes, keeps and deletes what is kept of drives."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import pytest

from engines.command import run_command
from monitor import store as command
from monitor.alerts.events import Tier
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.journal.store.clips import begin_clip, finish_clip, path_of, remove_clip
from monitor.journal.store.opening import FILE, open_for_reading, open_for_writing
from monitor.journal.store.records import StoredFault
from tests.conftest import ROOT
from tests.monitor.journal.recording.numbered import numbers_in, write_numbered
from tests.monitor.journal.store.stories import Clocks, drive, incident, opened

NOW = Clocks().now()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with two drives: one with two incidents, the first of which has a clip and a review."""
    database = opened(tmp_path / "store")
    first, second = drive(NOW, "camera 0"), drive(NOW.at(5000.0), "rtsp://car/cam")
    for one in (first, second):
        database.begin_drive(one)
        database.end_drive(one.uid, 60.0, 600, "stopped")
    uid = database.save_incident(first.uid, incident(1), NOW, NOW)
    database.save_incident(first.uid, incident(2, Tier.CRITICAL, start_s=20.0), NOW, NOW)
    clip = begin_clip(database, uid, 100)
    path_of(database, clip).write_bytes(b"a clip")
    finish_clip(database, clip, (0.0, 10.0), NOW)
    database.save_review(uid, Review(ReviewStatus.FALSE, "sun; glare"), NOW)
    database.close()
    return tmp_path / "store"


def uids(folder: Path) -> list[str]:
    database = open_for_reading(folder)
    found = [one.uid for one in database.drives()]
    database.close()
    return found


def run(*arguments: object) -> int:
    return run_command(command.main, [str(argument) for argument in arguments])


def test_drives_and_their_incidents_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", folder) == 0
    out = capsys.readouterr().out
    assert "camera 0  2 incidents (1 new)  stopped" in out and "Europe/Berlin" in out
    assert "2 drives, 1 clips" in out
    assert run("list", folder, "--drive", uids(folder)[0][:8]) == 0
    out = capsys.readouterr().out
    assert "INCIDENT 1: C6" in out and "false alert  sun; glare" in out and "clips/" in out


def test_what_belongs_to_no_drive_is_listed_whatever_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A database that was damaged has lost the drive of a fault, which is kept."""
    database = opened(folder)
    for content in ({"kind": "fault", "health": "dark"}, {"condition": "store", "text": "full\x1b[2J"}):
        database.save_fault(StoredFault(None, "health" if "health" in content else "system", 1.0, NOW, content))
    database.close()
    assert run("list", folder) == 0
    out = capsys.readouterr().out
    assert "health: dark\n" in out and "system: full\\x1b[2J\n" in out


def test_all_is_exported_as_a_table_and_as_json(folder: Path, tmp_path: Path) -> None:
    assert run("export", folder, "--csv", tmp_path / "all.csv") == 0
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["number"], row["tier"], row["review"], row["note"]) for row in rows] == [
        ("1", "warning", "false", "sun; glare"), ("2", "critical", "new", "")
    ]  # fmt: skip
    assert run("export", folder, "--json", tmp_path / "all.json", "--drive", uids(folder)[1]) == 0
    document = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert [(one["source"], one["incidents"]) for one in document["drives"]] == [("rtsp://car/cam", [])]
    assert stat.S_IMODE((tmp_path / "all.json").stat().st_mode) == 0o600


def test_one_drive_is_exported_as_a_folder(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert run("export", folder, "--output", out) == 2
    assert run("export", folder, "--drive", uids(folder)[0], "--output", out) == 0
    (one,) = json.loads((out / "drive.json").read_text(encoding="utf-8"))["drives"]
    assert (out / one["incidents"][0]["clip"]).read_bytes() == b"a clip"
    assert len((out / "incidents.csv").read_text().splitlines()) == 3
    assert run("export", folder, "--drive", uids(folder)[0], "--output", out) == 2
    assert "is not an empty folder" in capsys.readouterr().err
    next((folder / "clips").iterdir()).unlink()
    assert run("export", folder, "--drive", uids(folder)[0], "--output", tmp_path / "out2") == 1
    assert "not there, or not what was written: clips/" in capsys.readouterr().out


def test_a_journal_is_imported_into_a_new_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = ROOT / "tests" / "old_files" / "journal.jsonl"
    for new in ("1 drives and 9 incidents", "0 drives and 0 incidents"):
        assert run("import", journal, "--store", tmp_path / "store") == 0
        assert f"{new} are new" in capsys.readouterr().out


def test_what_is_wrong_with_a_store_is_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", folder) == 0
    assert "1 clips checked; 0 things are wrong" in capsys.readouterr().out
    (clip,) = (folder / "clips").iterdir()
    (folder / "clips" / "holiday.mp4").touch()
    clip.write_bytes(b"A clip")
    assert run("verify", folder) == 1
    out = capsys.readouterr().out
    assert "is not what was written" in out and "1 files among the clips are not the store's" in out
    clip.unlink()
    assert run("verify", folder) == 1 and "is missing" in capsys.readouterr().out
    content = bytearray((folder / FILE).read_bytes())
    content[4096:8192] = b"\xff" * 4096
    (folder / FILE).write_bytes(content)
    assert run("verify", folder) == 1 and "the database is damaged" in capsys.readouterr().out


def test_limits_are_kept_and_what_is_marked_is_spared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = open_for_reading(folder)
    kept = database.incidents()[0].uid
    database.close()
    assert run("keep", folder, "--incident", kept[:10]) == 0
    free = ("--store-free-gb", "0.000001")
    assert run("prune", folder, "--store-days", "0.0001,0.0001,0.0001", *free) == 0
    database = open_for_reading(folder)
    left = [stored.uid for stored in database.incidents()]
    database.close()
    # The stories' noon may be ahead of this machine's clock: then nothing is old.
    assert kept in left and (folder / "clips").exists()
    assert run("prune", folder, "--store-gb", "0.000001", *free) == 2
    assert "mark fewer incidents to be kept" in capsys.readouterr().err
    assert len(list((folder / "clips").iterdir())) == 1


def test_a_drive_and_all_are_deleted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = uids(folder)
    assert run("delete", folder, "--drive", first[:8]) == 2
    assert "add --yes" in capsys.readouterr().err
    assert run("delete", folder, "--drive", first[:8], "--yes") == 0
    assert uids(folder) == [second] and list((folder / "clips").iterdir()) == []
    assert b"glare" not in (folder / FILE).read_bytes(), "nothing is left of it in free pages"
    assert run("delete", folder, "--all", "--yes") == 0 and uids(folder) == []
    assert run("delete", folder, "--drive", first, "--yes") == 2
    assert "there is no such drive" in capsys.readouterr().err


def test_a_store_that_a_monitor_writes_is_read_and_not_changed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database, lock, _ = open_for_writing(folder, NOW)
    assert run("list", folder) == run("verify", folder) == 0
    assert run("delete", folder, "--all", "--yes") == run("prune", folder) == 2
    assert "another monitor writes the store" in capsys.readouterr().err
    database.close()
    lock.release()


@pytest.mark.parametrize(
    "arguments", [["list"], ["verify"], ["prune"], ["delete", "--all", "--yes"], ["export", "--csv", "x.csv"]]
)
def test_without_a_store_it_is_said(tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments[0], tmp_path / "none", *arguments[1:]) == 2
    assert "there is no store in" in capsys.readouterr().err and not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "arguments", [["prune", "there", "--store-days", "1,2"], ["prune", "there", "--store-gb", "0"], []]
)
def test_what_cannot_be_meant_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        command.main(arguments)
    assert refused.value.code == 2


def test_the_end_of_what_was_cut_off_is_sent_though_a_command_came_before_the_next_monitor(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    database, lock, _ = open_for_writing(folder, NOW, ("mqtt",))
    one = drive(NOW)
    database.begin_drive(one)
    uid = database.save_incident(one.uid, incident(1, over=False), NOW, NOW)
    database.close()
    lock.release()
    assert run("keep", folder, "--incident", uid) == 0
    database, lock, _ = open_for_writing(folder, NOW, ("mqtt",))
    database.end_interrupted_drives(NOW)
    assert [message.kind for message in database.outbox.pending("mqtt", 10)] == ["new", "end"]
    database.close()
    lock.release()


def test_clips_are_exported_blurred(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = opened(folder)
    (clip,) = database.clips()
    remove_clip(database, clip)
    assert clip.incident_uid is not None
    again = begin_clip(database, clip.incident_uid, 100)
    write_numbered(tmp_path / "clip.mp4", 3)
    path_of(database, again).write_bytes((tmp_path / "clip.mp4").read_bytes())
    kept = finish_clip(database, again, (0.0, 0.12), NOW)
    database.close()
    drive_id = uids(folder)[0]
    assert run("export", folder, "--drive", drive_id, "--output", tmp_path / "plain", "--outside", "0,0,1,0.5") == 2
    assert run("export", folder, "--csv", tmp_path / "x.csv", "--blur") == 2
    assert "--blur is for clips" in capsys.readouterr().err
    assert run("export", folder, "--drive", drive_id, "--output", tmp_path / "out", "--blur") == 0
    blurred = tmp_path / "out" / kept.file
    assert len(numbers_in(blurred)) == 3 and blurred.read_bytes() != (tmp_path / "clip.mp4").read_bytes()
    assert stat.S_IMODE(blurred.stat().st_mode) == 0o600


@pytest.mark.parametrize("box", ["0,0,1", "0.5,0,0.4,1", "0,0,1,1.5", "a,0,1,1"])
def test_what_is_no_part_of_a_frame_is_refused(
    folder: Path, tmp_path: Path, box: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("export", folder, "--drive", "1", "--output", tmp_path / "out", "--blur", "--outside", box)
    with pytest.raises(SystemExit):
        run(*arguments)
    assert "is no part of a frame" in capsys.readouterr().err
