"""What a drive leaves in the store, and that the driver is warned whatever becomes of the store."""

from __future__ import annotations

import json
import zlib
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import platformdirs
import pytest
from pytestqt.qtbot import QtBot

from engines.command import run_command
from monitor import data
from monitor.__main__ import main, parser
from monitor.alerts.events import Tier
from monitor.alerts.settings import AlertSettings
from monitor.dashboard.worker import DriveWorker
from monitor.evaluation.policy_run import run_policy
from monitor.health.system_health import SystemFault
from monitor.journal.incident_predictions import read_predictions
from monitor.journal.library import Library
from monitor.journal.store.opening import open_for_reading
from monitor.journal.store.retention import RetentionLimits
from monitor.journal.store.writer import Store
from monitor.live.options import open_store, store_limits
from monitor.live.session import (
    AlertChanged,
    IncidentChanged,
    Listener,
    Notice,
    Opened,
    Session,
    SessionOptions,
    SystemChanged,
)
from monitor.live.store_listener import StoreListener
from monitor.speed.source import FixedSpeed
from tests.conftest import ROOT
from tests.monitor.fakes import FakeSource, Notes, Segments, fake_engine, frames_of, one_hot, write_video

STORY: Segments = [(0, 3.0), (6, 4.0), (0, 3.0), (1, 3.0), (0, 3.0)]
WAIT_S = 60.0
OLD = ROOT / "tests" / "old_files" / "bundle"


def run(*listeners: Listener) -> None:
    source = FakeSource(frames_of(STORY))
    Session(
        fake_engine(),
        SessionOptions(source.name),
        listeners,
        open_source=lambda: source,
        open_speed=lambda _lost_after_s: FixedSpeed(None),
    ).run()


def watch(
    store: Store,
    source_name: str = "0",
    *,
    driver: str = "",
    speed_kmh: float | None = None,
    camera_images: bool = False,
) -> StoreListener:
    """The story, with thumbnails, kept in a store; as of a camera where that is the source's name."""
    live = source_name == "0"
    listener = StoreListener(store, source_name, driver=driver, recordings=True, camera_images=lambda: camera_images)
    notes, source = Notes(), FakeSource(frames_of(STORY))
    Session(
        fake_engine(),
        SessionOptions(source.name, clips=True),
        [notes],
        open_source=lambda: source,
        open_speed=lambda _lost_after_s: FixedSpeed(speed_kmh),
    ).run()
    for event in notes.events:
        listener.on_event(replace(event, live=live) if isinstance(event, Opened) else event)
    assert store.flush(WAIT_S)
    return listener


def test_a_drive_is_kept_with_its_incidents_as_they_were_told(tmp_path: Path) -> None:
    notes, store = Notes(), Store(tmp_path)
    run(StoreListener(store, "drive.mp4", recordings=True), notes)
    assert store.close(WAIT_S)
    told = {change.incident.number: change.incident for change in notes.of(IncidentChanged)}
    with closing(open_for_reading(tmp_path)) as database:
        (drive,) = database.drives()
        assert (drive.end_reason, drive.frames, drive.live) == ("source_ended", 160, False)
        assert drive.seen_s == pytest.approx(15.9) and drive.bundle == "fake"
        kept = [stored.incident for stored in database.incidents(drive.uid)]
    assert [incident.number for incident in kept] == [1, 2]
    for incident in kept:
        assert incident.as_dict() == told[incident.number].as_dict()
        assert incident.is_over and incident.tier is Tier.WARNING


@pytest.mark.parametrize(("armed", "kept"), [(False, []), (True, [1, 2])])
def test_while_alerts_are_off_the_window_leaves_no_incident_with_the_store(
    armed: bool, kept: list[int], tmp_path: Path, qtbot: QtBot
) -> None:
    store, source = Store(tmp_path), FakeSource(frames_of(STORY))
    worker = DriveWorker(
        SessionOptions("fake", armed=armed),
        fake_engine,
        open_source=lambda: source,
        open_speed=lambda _lost_after_s: FixedSpeed(None),
        store_listener=partial(StoreListener, store, recordings=True),
    )
    worker.event_waiting.connect(lambda: list(worker.take()))
    worker.start()
    qtbot.waitUntil(lambda: worker.join(0.0), timeout=60_000)
    assert store.close(WAIT_S)
    with closing(open_for_reading(tmp_path)) as database:
        (drive,) = database.drives()
        assert drive.frames == 160 and drive.end_reason == "source_ended"
        assert [stored.incident.number for stored in database.incidents()] == kept


def test_a_recording_leaves_nothing_where_nobody_asked_for_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    run(StoreListener(store, "drive.mp4"))
    assert store.close(WAIT_S) and not (tmp_path / "store").exists()


def test_a_store_that_fails_is_told_once_and_the_alerts_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    notes, alone = Notes(), Notes()
    store = Store(tmp_path / "file" / "store")
    run(StoreListener(store, "drive.mp4", recordings=True), notes)
    run(alone)
    store.close(WAIT_S)
    (change,) = notes.of(SystemChanged)
    assert change.condition.fault is SystemFault.STORE and "cannot write the store" in change.condition.text
    assert [replace(told.event) for told in notes.of(AlertChanged)] == [told.event for told in alone.of(AlertChanged)]
    assert alone.of(AlertChanged)


def test_what_happened_to_a_store_is_noticed_and_kept(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_bytes(b"SQLite format 3\0" + b"nonsense" * 1000)
    notes, store = Notes(), Store(tmp_path)
    store.open()
    run(StoreListener(store, "drive.mp4", recordings=True), notes)
    assert store.close(WAIT_S)
    (notice,) = notes.of(Notice)
    assert "set aside as store.sqlite.damaged-1" in notice.text
    with closing(open_for_reading(tmp_path)) as database:
        assert [fault.kind for fault in database.faults()] == ["store"] and len(database.drives()) == 1


def test_a_store_has_the_folder_and_the_limits_that_are_named(tmp_path: Path) -> None:
    named = ["--store", str(tmp_path / "there"), "--store-days", "1,2,3", "--store-gb", "0.5"]
    arguments = parser().parse_args(named)
    store = open_store(arguments)
    assert store is not None and store.folder == tmp_path / "there"
    assert store_limits(arguments) == RetentionLimits(
        {Tier.CAUTION: 1.0, Tier.WARNING: 2.0, Tier.CRITICAL: 3.0}, 500_000_000
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--demo", "--headless", "--store-days", "1,2,3"], "name it with --store DIR"),
        (["--source", "0", "--no-store", "--store-gb", "1"], "leave out --no-store"),
        (["--source", "0", "--headless", "--no-store", "--store-free-gb", "1"], "leave out --no-store"),
        (["--demo", "--headless", "--driver", "Ada"], "name it with --store DIR"),
        (["--demo", "--driver", "Ada"], "name it with --store DIR"),
        (["--source", "0", "--headless", "--no-store", "--driver", "Ada"], "leave out --no-store"),
    ],
)
def test_options_that_would_do_nothing_are_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(main, arguments) == 2
    assert said in capsys.readouterr().err


def test_a_recording_whose_store_cannot_be_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert run_command(main, ["--demo", "--headless", "--store", str(tmp_path / "file" / "store")]) == 2


def test_a_drive_has_its_driver_its_end_and_the_seconds_before_its_incidents(tmp_path: Path) -> None:
    store, name = Store(tmp_path / "store"), str(tmp_path / "drive.mp4")
    (tmp_path / "drive.mp4").write_bytes(b"a video")
    listener = watch(store, name, driver="Ada")
    (drive,) = Library(store).drives()
    assert drive.info.uid == listener.drive_id and drive.info.driver == "Ada" and drive.info.path == name
    assert drive.summary is not None and drive.summary.incident_count == 2 and drive.length_s == pytest.approx(15.9)
    images = Library(store).thumbnails(drive.info.uid, 1)
    assert 2 <= len(images) <= 8 and all(jpeg.startswith(b"\xff\xd8") for jpeg in images)
    about = drive.info.about
    assert about["bundle"]["name"] == "fake" and about["settings"]["alerts"] and about["file"]["size"] == 7
    store.close(WAIT_S)


@pytest.mark.parametrize("asked", [False, True])
def test_of_a_camera_images_are_kept_only_where_they_were_asked_for(asked: bool, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    watch(store, camera_images=asked)
    (drive,) = Library(store).drives()
    assert len(drive.incidents) == 2 and not drive.info.is_recording
    assert bool(Library(store).thumbnails(drive.info.uid, 1)) is asked
    store.close(WAIT_S)


def test_around_a_camera_s_incident_the_predictions_are_kept_to_a_255th(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    watch(store, speed_kmh=80.0)
    (drive,) = Library(store).drives()
    content = Library(store).predictions(drive.info.uid, 2)
    assert content is not None and len(content) < 4 * 160, "a few bytes a frame"
    predictions, speed = read_predictions(content, 2.0)
    incident = drive.incident(2)
    assert predictions.times_s[0] == pytest.approx(0.0) and incident.end_s is not None
    assert predictions.times_s[-1] == pytest.approx(incident.end_s, abs=0.11)
    index = predictions.times_s.index(pytest.approx(11.0))
    assert predictions.probabilities[index] == pytest.approx(one_hot(1), abs=0.5 / 255)
    assert speed.value_at(3.0) == 80.0
    again = run_policy(predictions, AlertSettings(), speed).incidents
    assert [each.start_s for each in again.values()] == pytest.approx(
        [each.start_s for each in drive.incidents], abs=0.11
    )
    store.close(WAIT_S)


@pytest.mark.parametrize("content", [b"", b"nonsense", zlib.compress(b"{}\n"), zlib.compress(b"nothing")])
def test_what_are_no_predictions_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="no predictions around an incident"):
        read_predictions(content, 2.0)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for kind in ("config", "cache", "data"):
        monkeypatch.setattr(platformdirs, f"user_{kind}_dir", lambda _name, kind=kind: str(tmp_path / kind))
    return tmp_path


def test_without_a_window_a_recording_is_kept_only_where_a_store_is_named(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drive = write_video(home / "drive.mp4", frames_of(STORY[:3]))
    arguments = ["--headless", "--source", str(drive), "--bundle", str(OLD)]
    assert run_command(main, arguments) == 0 and not (home / "data").exists()
    assert run_command(main, [*arguments, "--store", str(home / "store"), "--driver", "Grace"]) == 0
    capsys.readouterr()
    assert run_command(data.main, ["--library", "--store", str(home / "store")]) == 0
    assert "Grace" in capsys.readouterr().out
    with closing(open_for_reading(home / "store")) as database:
        (kept,) = database.drives()
    assert kept.driver == "Grace"
    assert kept.about["bundle"]["files"] == json.loads((OLD / "manifest.json").read_text())["files"]


def test_drives_are_listed_and_an_incident_sent_by_command(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(home / "data")
    watch(store, driver="Ada")
    (drive,) = Library(store).drives()
    store.close(WAIT_S)
    assert run_command(data.main, ["--library"]) == 0
    out, name = capsys.readouterr().out, f"{drive.info.uid[:8]}/1"
    assert f"  {name}  INCIDENT 1: C6 Drinking" in out and "to review: 2 of 2" in out and "Ada" in out
    assert run_command(data.main, ["--case", name, str(home / "sent.zip")]) == 0
    assert (home / "sent.zip").stat().st_size > 1000 and "look through it" in capsys.readouterr().out
    for wrong, word in (
        (["--case", "x", "y.zip"], "DRIVE/INCIDENT"),
        (["--case", "x/1", "y.zip"], "there is no drive 'x'"),
        (["--library", "--delete"], "go with nothing else"),
        (["--library", "--store", str(home / "nowhere")], "there is no store"),
        (["--store", str(home)], "belongs to --library"),
    ):
        assert run_command(data.main, wrong) == 2 and word in capsys.readouterr().err
    assert run_command(data.main, []) == 0 and "store.sqlite" in capsys.readouterr().out
    assert run_command(data.main, ["--delete", "--yes"]) == 0 and not list((home / "data").glob("*"))


def test_the_service_keeps_its_store_where_its_unit_lets_it(tmp_path: Path) -> None:
    unit = (ROOT / "engines" / "jetson" / "driver-monitor.service").read_text(encoding="utf-8")
    assert "--store /var/lib/driver-monitor " in unit and "StateDirectory=driver-monitor\n" in unit
