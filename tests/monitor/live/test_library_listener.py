"""A drive is in the library once it was watched, and while it is."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import platformdirs
import pytest

from engines.command import run_command
from monitor import __main__ as command
from monitor import data
from monitor.alerts.events import Tier
from monitor.journal import json_lines
from monitor.journal.library import recording_id
from monitor.journal.library_files import FileLibrary
from monitor.live.library_listener import LibraryListener
from monitor.live.session import Session, SessionEvent, SessionOptions, SystemChanged
from tests.conftest import ROOT
from tests.monitor.fakes import FakeSource, fake_engine, frames_of, write_video

pytestmark = pytest.mark.usefixtures("patient_disk")

OLD = ROOT / "tests" / "old_files" / "bundle"
STORY = [(0, 3.0), (6, 4.0), (0, 3.0)]


class Listening:
    """Keeps what is told."""

    name = "the test"

    def __init__(self) -> None:
        self.told: list[SessionEvent] = []

    def on_event(self, event: SessionEvent) -> None:
        self.told.append(event)


def watch(
    library: FileLibrary, *, live: bool = False, name: str = "drive.mp4", armed: bool = True
) -> list[SessionEvent]:
    source = FakeSource(frames_of(STORY), live=live, own_times=True)
    listening = Listening()
    listener = LibraryListener(library, name, "Ada", lambda: session.armed)
    options = SessionOptions(name, armed=armed, clips=True)
    session = Session(fake_engine(), options, [listener, listening], open_source=lambda: source)
    session.run()
    return listening.told


def test_a_recording_is_kept_with_its_incident_and_the_seconds_before_it(tmp_path: Path) -> None:
    library = FileLibrary(tmp_path / "library")
    watch(library, name=str(tmp_path / "drive.mp4"))
    (drive,) = library.drives()
    assert drive.info.id == recording_id(str(tmp_path / "drive.mp4")) and drive.info.driver == "Ada"
    assert drive.info.path == str(tmp_path / "drive.mp4") and drive.info.is_recording
    (incident,) = drive.incidents
    assert incident.tier is Tier.WARNING and drive.summary is not None and drive.length_s == pytest.approx(9.9)
    thumbnails = library.thumbnails(drive.info.id, 1)
    assert 2 <= len(thumbnails) <= 8 and all(jpeg.startswith(b"\xff\xd8") for jpeg in thumbnails)
    about = drive.info.about
    assert about["bundle"]["name"] == "fake" and about["settings"]["alerts"] and about["software"]["onnxruntime"]


def test_while_alerts_are_off_no_incident_is_kept(tmp_path: Path) -> None:
    library = FileLibrary(tmp_path / "library")
    watch(library, armed=False)
    (drive,) = library.drives()
    assert drive.incidents == () and drive.summary is not None and drive.summary.alerts_off_s == pytest.approx(9.9)


@pytest.mark.parametrize("full", [False, True])
def test_what_cannot_be_kept_is_said_and_the_driver_is_watched(
    full: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if full:
        monkeypatch.setattr(json_lines, "make_folder", no_room)
    else:
        (tmp_path / "library").write_text("in the way")
    told = watch(FileLibrary(tmp_path / "library"))
    conditions = [event.condition for event in told if isinstance(event, SystemChanged)]
    (condition,) = conditions  # and never that it works again
    assert "the library" in condition.text and condition.until_s is None
    assert sum(type(event).__name__ == "FrameResult" for event in told) == 100


def no_room(_path: Path) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for kind in ("config", "cache", "data"):
        monkeypatch.setattr(platformdirs, f"user_{kind}_dir", lambda _name, kind=kind: str(tmp_path / kind))
    return tmp_path


def test_listed_and_sent_by_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drive = write_video(home / "drive.mp4", frames_of(STORY))
    library = FileLibrary()
    watch(library, name=str(drive))
    assert run_command(data.main, ["--library"]) == 0
    out = capsys.readouterr().out
    name = f"{recording_id(str(drive))}/1"
    assert f"  {name}  INCIDENT 1: C6 Drinking" in out and "to review: 1 of 1" in out and "Ada" in out
    assert run_command(data.main, ["--case", name, str(home / "sent.zip")]) == 0
    assert (home / "sent.zip").stat().st_size > 1000 and "look through it" in capsys.readouterr().out
    for wrong, word in ((["--case", "x", "y.zip"], "DRIVE/INCIDENT"), (["--case", "x/1", "y.zip"], "none of this id")):
        assert run_command(data.main, wrong) == 2 and word in capsys.readouterr().err
    assert run_command(data.main, ["--library", "--delete"]) == 2
    assert run_command(data.main, []) == 0 and "library" in capsys.readouterr().out
    assert run_command(data.main, ["--delete", "--yes"]) == 0 and FileLibrary().drives() == []


def test_without_a_window_a_recording_is_kept_only_when_asked_for(home: Path) -> None:
    drive = write_video(home / "drive.mp4", frames_of(STORY))
    arguments = ["--headless", "--source", str(drive), "--bundle", str(OLD)]
    assert run_command(command.main, arguments) == 0 and FileLibrary().drives() == []
    assert run_command(command.main, [*arguments, "--library", "--driver", "Grace"]) == 0
    (kept,) = FileLibrary().drives()
    assert kept.info.driver == "Grace"
    hashes = json.loads((OLD / "manifest.json").read_text())["files"]
    assert kept.info.about["bundle"]["files"] == hashes
