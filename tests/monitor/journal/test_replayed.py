"""Recordings that a command replays are kept where that is asked for."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from engines.command import run_command
from monitor.alerts.incidents.incident import Review, ReviewStatus
from monitor.journal.library import recording_id
from monitor.journal.library_files import FileLibrary
from monitor.replay import __main__ as replay
from tests.conftest import ROOT
from tests.monitor.fakes import frames_of, write_video

pytestmark = pytest.mark.usefixtures("patient_disk")


def test_replayed_drives_are_kept_with_their_drivers_and_what_was_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("config", "cache", "data"):
        monkeypatch.setattr(platformdirs, f"user_{kind}_dir", lambda _name, kind=kind: str(tmp_path / kind))
    video = write_video(tmp_path / "drive.mp4", frames_of([(0, 2.0), (6, 4.0)]))
    bundle = str(ROOT / "tests" / "old_files" / "bundle")
    arguments = [str(video), "--output", str(tmp_path / "out"), "--bundle", bundle, "--no-pictures"]
    assert run_command(replay.main, arguments) == 0 and FileLibrary().drives() == []
    assert run_command(replay.main, [*arguments, "--library", "--drivers", "Ada"]) == 0
    (drive,) = FileLibrary().drives()
    assert drive.info.driver == "Ada" and drive.info.path == str(video) and drive.summary is not None
    assert drive.info.id == recording_id(str(video)) and drive.length_s == pytest.approx(5.9)
    for incident in drive.incidents:
        FileLibrary().review(drive.info.id, incident.number, Review(ReviewStatus.TRUE))
    assert run_command(replay.main, [*arguments, "--library"]) == 0
    (again,) = FileLibrary().drives()
    assert again.info.driver == "Ada" and again.unreviewed == 0
    assert len(again.incidents) == len(drive.incidents)
