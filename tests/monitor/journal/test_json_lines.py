"""The journal, line by line."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path

import pytest

from engines.activities import Activity
from engines.errors import UserError
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.health.camera_health import Health
from monitor.health.system_health import SystemCondition, SystemFault
from monitor.journal import json_lines
from monitor.journal.json_lines import FORMAT, Journal
from tests.monitor.fakes import FakeClock

EVENT = AlertEvent(EventKind.RAISED, 4.5, Tier.CAUTION, Activity.DRINKING, Reason.DISTRACTION, Health.OK, 2.0)


def test_every_line_is_an_object_and_drives_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "drive.jsonl"
    for _ in range(2):
        with Journal(path) as journal:
            journal.start("camera 0", "default", None)
            journal.event(EVENT)
            journal.notice("the camera is open again")
            journal.system(SystemCondition(SystemFault.BEHIND, "the monitor is behind", 5.0))
            journal.end(12)
        journal.close()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["what"] for line in lines] == ["start", "event", "notice", "system", "end"] * 2
    assert lines[0]["format"] == FORMAT
    assert lines[1]["tier"] == "caution" and lines[1]["activity"] == "c6" and lines[1]["time_s"] == 4.5
    assert lines[3]["condition"] == "behind" and lines[3]["since_s"] == 5.0 and lines[3]["until_s"] is None
    assert all(datetime.fromisoformat(line["at"]).tzinfo is not None for line in lines)


def test_lines_are_there_at_once(tmp_path: Path) -> None:
    with Journal(tmp_path / "drive.jsonl") as journal:
        journal.event(EVENT)
        assert len((tmp_path / "drive.jsonl").read_text().splitlines()) == 1


def test_a_path_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "drive.jsonl"):
        with pytest.raises(UserError, match="cannot write the journal"):
            Journal(path)


def test_a_full_disk_is_one_line_and_what_waits_is_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "drive.jsonl", os.write
    with Journal(path) as journal:
        journal.notice("before")
        for room in (0, 5):
            monkeypatch.setattr(os, "write", lambda file, line, room=room: write(file, line[:room]) if room else full())
            with pytest.raises(UserError, match=r"the disk is full|no room left"):
                journal.event(EVENT)
            assert len(path.read_text().splitlines()) == 1, "nothing of the line is left behind"
        monkeypatch.setattr(os, "write", write)
        journal.flush()
    lines = [json.loads(line)["what"] for line in path.read_text().splitlines()]
    assert lines == ["notice", "event", "event"]


def full() -> int:
    raise OSError(28, "No space left on device")


def test_names_that_are_no_text_are_escaped(tmp_path: Path) -> None:
    with Journal(tmp_path / "drive.jsonl") as journal:
        journal.start("dr\udcffve.mp4", "default", None)
    line = json.loads((tmp_path / "drive.jsonl").read_text(encoding="utf-8"))
    assert line["source"] == "dr\udcffve.mp4"


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_a_pipe_without_a_reader_is_refused(pipe: Path) -> None:
    with pytest.raises(UserError, match="nobody reads this pipe"):
        Journal(pipe)


def test_a_pipe_that_nobody_empties_keeps_no_drive_waiting(pipe: Path) -> None:
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with Journal(pipe) as journal:
        for _ in range(4):
            # More than a pipe holds, and more than it takes at once: a part of a line is written.
            with pytest.raises(UserError, match="does not keep up"):
                journal.notice("x" * 100_000)
        received, waits = b"", True
        while waits:
            received += os.read(reader, 1 << 20)
            try:
                journal.flush()
                waits = False
            except UserError:
                pass
        received += os.read(reader, 1 << 20)
        assert [len(json.loads(line)["text"]) for line in received.splitlines()] == [100_000] * 4
        os.close(reader)
        with pytest.raises(UserError, match="nobody reads it any more"):
            journal.notice("nobody is there")
        reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        journal.notice("somebody is there")
        assert [json.loads(line)["text"] for line in os.read(reader, 1 << 20).splitlines()] == [
            "nobody is there",
            "somebody is there",
        ]
        os.close(reader)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no such devices here")
def test_devices_are_journals_too(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Journal(Path("/dev/null")) as journal:
        journal.end(1)
    with pytest.raises(UserError, match="the disk is full"), Journal(Path("/dev/full")) as journal:
        journal.end(1)
    assert "; lines lost: 1" in capfd.readouterr().err
    code = (
        "from pathlib import Path; from monitor.journal.json_lines import Journal; Journal(Path('/dev/stdout')).end(1)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["what"] == "end"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_only_be_written(tmp_path: Path) -> None:
    path = tmp_path / "drive.jsonl"
    path.touch(0o200)
    with Journal(path) as journal:
        journal.end(1)
    path.chmod(0o600)
    assert json.loads(path.read_text())["what"] == "end"


def test_what_waits_is_limited_and_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "_MAX_WAITING", 3)
    path, write = tmp_path / "drive.jsonl", os.write
    with Journal(path) as journal:
        monkeypatch.setattr(os, "write", lambda _file, _line: full())
        for number in range(10):
            with pytest.raises(UserError):
                journal.notice(str(number))
        monkeypatch.setattr(os, "write", write)
    texts = [json.loads(line)["text"] for line in path.read_text().splitlines()]
    # The first one was being written, so it stays whole.
    assert texts == ["0", "7", "8", "9", "the journal could not be written for long; lines missing: 6"]


def test_what_is_lost_at_the_end_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Journal(tmp_path / "drive.jsonl") as journal:
        monkeypatch.setattr(os, "write", lambda _file, _line: full())
        for number in range(2):
            with pytest.raises(UserError):
                journal.notice(str(number))
    assert capsys.readouterr().err.endswith("the disk is full; lines lost: 2\n")


def test_what_must_survive_the_ignition_is_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, synced = tmp_path / "drive.jsonl", list[int]()
    with Journal(path) as journal:
        monkeypatch.setattr(os, "fsync", lambda _file: synced.append(len(path.read_text().splitlines())))
        journal.start("camera 0", "default", None)
        journal.notice("the camera is open again")
        journal.event(EVENT)
        journal.end(12)
    assert synced == [1, 3, 4]


def test_a_disk_that_cannot_sync_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [OSError(5, "the disk fails"), None]

    def fsync(_file: int) -> None:
        answer = answers.pop(0)
        if answer is not None:
            raise answer

    with Journal(tmp_path / "drive.jsonl") as journal:
        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(UserError, match="the disk fails"):
            journal.event(EVENT)
        journal.flush()
        journal.flush()
    assert not answers


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be moved there")
@pytest.mark.parametrize("how", ["deleted", "moved", "its folder is deleted"])
def test_a_journal_that_is_gone_is_begun_anew(how: str, tmp_path: Path) -> None:
    path = tmp_path / "logs" / "drive.jsonl"
    with Journal(path) as journal:
        journal.notice("before")
        if how == "moved":
            path.rename(path.with_suffix(".1"))
        elif how == "deleted":
            path.unlink()
        else:
            shutil.rmtree(path.parent)
        journal.event(EVENT)
        journal.end(1)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["what"] for line in lines] == ["notice", "event", "end"]
    assert "moved or deleted" in lines[0]["text"]


def test_a_live_drive_begins_without_its_journal_and_writes_it_when_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is read-only, as after a fault of its own."""
    path, opens = tmp_path / "drive.jsonl", os.open

    def refuse(*_: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UserError, match="choose another file"):
        Journal(path)
    with Journal(path, live=True) as journal:
        for _ in range(2):
            with pytest.raises(UserError, match="can only be read"):
                journal.event(EVENT)
        monkeypatch.setattr(os, "open", opens)
        journal.flush()
        assert len(path.read_text(encoding="utf-8").splitlines()) == 2


def test_a_path_that_can_never_be_a_file_is_refused_for_a_live_drive_too(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "drive.jsonl", tmp_path / ("x" * 300), Path("nul\0")):
        with pytest.raises(UserError, match="choose another file"):
            Journal(path, live=True)


def test_a_disk_that_hangs_keeps_no_live_drive_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, write, answers, hangs = tmp_path / "drive.jsonl", os.write, threading.Event(), threading.Event()
    clock = FakeClock()

    def hang(file: int, line: bytes) -> int:
        hangs.set()
        answers.wait()
        return write(file, line)

    journal = Journal(path, live=True, clock=clock.now)
    monkeypatch.setattr(os, "write", hang)
    journal.start("camera 0", "default", None)
    assert hangs.wait(60.0)
    journal.event(EVENT)
    assert path.read_text() == ""
    clock.advance(3.0)
    with pytest.raises(UserError, match="its disk does not answer"):
        journal.flush()
    answers.set()
    journal.close()
    assert [json.loads(line)["what"] for line in path.read_text().splitlines()] == ["start", "event"]
    assert capsys.readouterr().err == ""


def test_what_a_disk_that_hangs_has_not_taken_is_said_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = threading.Event()
    monkeypatch.setattr(json_lines, "_CLOSING_S", 0.01)
    journal = Journal(tmp_path / "drive.jsonl", live=True)
    monkeypatch.setattr(os, "write", lambda _file, line: len(line) if answers.wait() else 0)
    journal.event(EVENT)
    journal.close()
    answers.set()
    assert capsys.readouterr().err.endswith("its disk does not answer; lines lost: 1\n")


def test_two_threads_write_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "drive.jsonl"
    with Journal(path) as journal:

        def write() -> None:
            for _ in range(200):
                journal.notice("x" * 1000)

        threads = [threading.Thread(target=write) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(json.loads(line)["what"] == "notice" for line in path.read_text().splitlines()) == 400


@pytest.mark.skipif(os.name == "nt", reason="there are no such modes")
def test_a_new_journal_is_the_user_s_alone_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    new, old = tmp_path / "new" / "drive.jsonl", tmp_path / "old.jsonl"
    old.touch()
    old.chmod(0o644)
    for path in (new, old):
        with Journal(path) as journal:
            journal.notice("a \x9b \x7f \u202e")
        assert json.loads(path.read_text())["text"] == "a \x9b \x7f \u202e"
        assert not set(path.read_text()) & set("\x9b\x7f\u202e")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (new.parent, new, old)] == [0o700, 0o600, 0o644]


def files_of(folder: Path) -> dict[str, list[str]]:
    """The texts of the notices in each file of a folder."""
    return {
        path.name: [json.loads(line)["text"] for line in path.read_text().splitlines()] for path in folder.iterdir()
    }


def test_a_journal_that_is_full_is_begun_anew_and_a_few_earlier_files_stay(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.jsonl", most_bytes=400) as journal:
        for number in range(40):
            journal.notice(f"number {number}")
    files = files_of(tmp_path)
    assert sorted(files) == ["j.jsonl", "j.jsonl.1", "j.jsonl.2", "j.jsonl.3", "j.jsonl.4"]
    assert all((tmp_path / name).stat().st_size <= 500 for name in files)
    assert all(texts[0] == "this file goes on from j.jsonl.1" for texts in files.values())
    numbers = [text for name in sorted(files, reverse=True) for text in files[name] if text.startswith("number")]
    latest = [
        numbers
        for name in ("j.jsonl.4", "j.jsonl.3", "j.jsonl.2", "j.jsonl.1", "j.jsonl")
        for numbers in files[name][1:]
    ]
    assert latest == [f"number {number}" for number in range(40 - len(latest), 40)] and len(numbers) == len(latest) > 8


def test_no_file_of_somebody_else_is_replaced_by_a_full_journal(tmp_path: Path) -> None:
    (tmp_path / "j.jsonl.1").write_text("theirs")
    with Journal(tmp_path / "j.jsonl", most_bytes=400) as journal:
        for number in range(20):
            journal.notice(f"number {number}")
    assert (tmp_path / "j.jsonl.1").read_text() == "theirs"
    assert len((tmp_path / "j.jsonl").read_text().splitlines()) == 20


def test_a_line_that_is_longer_than_the_limit_is_written_all_the_same(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.jsonl", most_bytes=100) as journal:
        journal.notice("x" * 1000)
        journal.notice("short")
    assert files_of(tmp_path) == {
        "j.jsonl.1": ["x" * 1000],
        "j.jsonl": ["this file goes on from j.jsonl.1", "short"],
    }
