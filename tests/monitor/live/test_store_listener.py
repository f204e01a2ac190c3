"""What a drive leaves in the store, and that the driver is warned whatever becomes of the store."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engines.command import run_command
from monitor.__main__ import main, parser
from monitor.alerts.events import Tier
from monitor.dashboard.worker import DriveWorker
from monitor.health.system_health import SystemFault
from monitor.journal.store.opening import open_for_reading
from monitor.journal.store.retention import RetentionLimits
from monitor.journal.store.writer import Store
from monitor.live.listeners import StoreListener
from monitor.live.options import open_store, store_limits
from monitor.live.session import (
    AlertChanged,
    IncidentChanged,
    Listener,
    Notice,
    Session,
    SessionEvent,
    SessionOptions,
    SystemChanged,
)
from monitor.speed.source import FixedSpeed
from tests.conftest import ROOT
from tests.monitor.fakes import FakeSource, Segments, fake_engine, frames_of

STORY: Segments = [(0, 3.0), (6, 4.0), (0, 3.0), (1, 3.0), (0, 3.0)]
WAIT_S = 60.0


class Notes:
    """Keeps what it is told."""

    name = "the notes"

    def __init__(self) -> None:
        self.events: list[SessionEvent] = []

    def on_event(self, event: SessionEvent) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def run(*listeners: Listener) -> None:
    source = FakeSource(frames_of(STORY))
    Session(
        fake_engine(),
        SessionOptions(source.name),
        listeners,
        open_source=lambda: source,
        open_speed=lambda _lost_after_s: FixedSpeed(None),
    ).run()


def test_a_drive_is_kept_with_its_incidents_as_they_were_told(tmp_path: Path) -> None:
    notes, store = Notes(), Store(tmp_path)
    run(StoreListener(store, recordings=True), notes)
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
        store_listener=lambda is_armed: StoreListener(store, is_armed, recordings=True),
    )
    worker.event_waiting.connect(lambda: list(worker.take()))
    worker.start()
    qtbot.waitUntil(lambda: worker.join(0.0), timeout=20_000)
    assert store.close(WAIT_S)
    with closing(open_for_reading(tmp_path)) as database:
        (drive,) = database.drives()
        assert drive.frames == 160 and drive.end_reason == "source_ended"
        assert [stored.incident.number for stored in database.incidents()] == kept


def test_a_recording_leaves_nothing_where_nobody_asked_for_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    run(StoreListener(store))
    assert store.close(WAIT_S) and not (tmp_path / "store").exists()


def test_a_store_that_fails_is_told_once_and_the_alerts_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    notes, alone = Notes(), Notes()
    store = Store(tmp_path / "file" / "store")
    run(StoreListener(store, recordings=True), notes)
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
    run(StoreListener(store, recordings=True), notes)
    assert store.close(WAIT_S)
    (notice,) = notes.of(Notice)
    assert "set aside as store.sqlite.damaged-1" in notice.text
    with closing(open_for_reading(tmp_path)) as database:
        assert [fault.kind for fault in database.faults()] == ["store"] and len(database.drives()) == 1


def test_a_store_has_the_folder_and_the_limits_that_are_named(tmp_path: Path) -> None:
    named = ["--store", str(tmp_path / "there"), "--store-days", "1,2,3", "--store-gb", "0.5"]
    arguments = parser().parse_args(named)
    assert open_store(arguments).folder == tmp_path / "there"
    assert store_limits(arguments) == RetentionLimits(
        {Tier.CAUTION: 1.0, Tier.WARNING: 2.0, Tier.CRITICAL: 3.0}, 500_000_000
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--demo", "--headless", "--store-days", "1,2,3"], "name it with --store DIR"),
        (["--source", "0", "--store-gb", "1"], "name it with --store DIR"),
        (["--source", "0", "--headless", "--store-free-gb", "1"], "name it with --store DIR"),
        (["--demo", "--headless", "--driver", "Ada"], "add --library"),
        (["--source", "0", "--headless", "--no-library", "--driver", "Ada"], "add --library"),
        (["--demo", "--no-library", "--driver", "Ada"], "add --library"),
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


def test_the_service_keeps_its_store_where_its_unit_lets_it(tmp_path: Path) -> None:
    unit = (ROOT / "engines" / "jetson" / "driver-monitor.service").read_text(encoding="utf-8")
    assert "--store /var/lib/driver-monitor " in unit and "StateDirectory=driver-monitor\n" in unit
