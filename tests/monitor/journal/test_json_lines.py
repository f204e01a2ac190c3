"""The journal, line by line."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from engines.activities import Activity
from engines.errors import UserError
from monitor.alerts.events import AlertEvent, EventKind, Reason, Tier
from monitor.health.camera_health import Health
from monitor.journal.json_lines import FORMAT, Journal

EVENT = AlertEvent(EventKind.RAISED, 4.5, Tier.CAUTION, Activity.DRINKING, Reason.DISTRACTION, Health.OK, 2.0)


def test_every_line_is_an_object_and_drives_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "drive.jsonl"
    for _ in range(2):
        with Journal(path) as journal:
            journal.start("camera 0", "default", None)
            journal.event(EVENT)
            journal.notice("the camera is open again")
            journal.end(12)
        journal.close()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["what"] for line in lines] == ["start", "event", "notice", "end"] * 2
    assert lines[0]["format"] == FORMAT
    assert lines[1]["tier"] == "caution" and lines[1]["activity"] == "c6" and lines[1]["time_s"] == 4.5
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
            with pytest.raises(UserError, match=r"No space left|no room left"):
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
