"""The window hears of a drive what the terminal does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engines.view import Mount
from monitor.dashboard.worker import DriveWorker
from monitor.journal.json_lines import Journal
from monitor.live.headless import run_headless
from monitor.live.pipeline import FrameResult, StatusUpdate
from monitor.live.session import (
    AlertChanged,
    Ended,
    IncidentChanged,
    Loaded,
    Notice,
    Opened,
    SessionEvent,
    SessionOptions,
)
from monitor.speed.source import FixedSpeed
from tests.monitor.fakes import FakeSource, Segments, fake_engine, frames_of, write_labels

pytestmark = pytest.mark.usefixtures("patient_disk")

STORY: Segments = [(0, 2.0), (6, 5.0), (0, 3.0), (1, 2.0), (0, 2.0)]


def plain(source: FakeSource, folder: Path) -> None:
    """Nothing is special about this drive."""


def labelled(source: FakeSource, folder: Path) -> None:
    source.labels = write_labels(folder / "drive.csv", STORY)


def badly_labelled(source: FakeSource, folder: Path) -> None:
    source.labels = folder / "missing.csv"


def noticed(source: FakeSource, folder: Path) -> None:
    source.note("fake: 3 of 140 frames cannot be decoded")


class Recorder:
    name = "the recorder"

    def __init__(self) -> None:
        self.events: list[SessionEvent] = []

    def on_event(self, event: SessionEvent) -> None:
        self.events.append(event)


def essence(event: SessionEvent) -> tuple[Any, ...]:
    """An event without what this machine's speed decides."""
    match event:
        case Loaded():
            return ("loaded",)
        case Opened():
            return ("opened", event.source, event.live, event.mount, event.labels, event.bundle)
        case FrameResult():
            return ("frame", event.frame.index, event.frame.time, event.alert.tier, event.mount)
        case StatusUpdate():
            return ("status", event.ended)
        case AlertChanged():
            return ("alert", event.event)
        case IncidentChanged():
            return ("incident", event.incident)
        case Notice():
            return ("notice", event.text)
        case Ended():
            return ("ended", event.summary.frames, event.summary.duration_s, event.reason)
        case _:
            return ("failed", event.step, str(event.error))


def journalled(path: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [{key: value for key, value in line.items() if key != "at"} for line in lines]


@pytest.mark.parametrize("prepare", [plain, labelled, badly_labelled, noticed])
@pytest.mark.parametrize("mount", [None, Mount(mirror=True)])
def test_terminal_and_window_are_told_the_same_story(
    prepare: Callable[[FakeSource, Path], None], mount: Mount | None, tmp_path: Path, qtbot: QtBot
) -> None:
    def source() -> FakeSource:
        made = FakeSource(frames_of(STORY))
        prepare(made, tmp_path)
        return made

    options = SessionOptions("fake", mount)
    open_speed = lambda _lost_after_s: FixedSpeed(None)  # noqa: E731
    recorder, lines = Recorder(), list[str]()
    with Journal(tmp_path / "terminal.jsonl") as journal:
        code = run_headless(
            fake_engine(),
            options,
            journal=journal,
            write_line=lines.append,
            listeners=[recorder],
            open_source=source,
            open_speed=open_speed,
        )
    taken: list[SessionEvent] = []
    with Journal(tmp_path / "window.jsonl") as journal:
        worker = DriveWorker(options, fake_engine, open_source=source, open_speed=open_speed, journal=journal)
        worker.event_waiting.connect(lambda: taken.extend(worker.take()))
        worker.start()
        qtbot.waitUntil(lambda: bool(taken) and isinstance(taken[-1], Ended), timeout=20_000)
        assert worker.join(5.0)
    assert code == 0
    assert [essence(event) for event in taken] == [essence(event) for event in recorder.events]
    assert journalled(tmp_path / "window.jsonl") == journalled(tmp_path / "terminal.jsonl")
    events = [event for event in taken if isinstance(event, AlertChanged)]
    assert sum(" CAUTION " in line or " WARNING " in line for line in lines) == sum(
        change.event.is_alert for change in events
    )
    assert lines[-1].startswith("alerts: ") or prepare is labelled


def test_a_live_drive_does_not_wait_for_a_window_that_hangs(tmp_path: Path, qtbot: QtBot) -> None:
    """Every alert and notice is journalled meanwhile and reaches the window later; of the frames the newest do."""
    source = FakeSource(frames_of(STORY), live=True, interval_s=0.01)
    source.note("fake: the clock was set")
    path, announced = tmp_path / "window.jsonl", list[None]()
    with Journal(path) as journal:
        worker = DriveWorker(
            SessionOptions("fake"),
            fake_engine,
            open_source=lambda: source,
            open_speed=lambda _lost_after_s: FixedSpeed(None),
            journal=journal,
        )
        worker.event_waiting.connect(lambda: announced.append(None), Qt.ConnectionType.DirectConnection)
        worker.start()
        # The story ends with the camera gone, which is a fault.
        wait_until(lambda: '"fault"' in path.read_text(encoding="utf-8"))
        worker.session.stop()
        assert worker.join(5.0)
    taken = list(worker.take())
    lines = journalled(path)
    assert sum(line["what"] == "event" for line in lines) == sum(isinstance(event, AlertChanged) for event in taken)
    assert sum(line["what"] == "notice" for line in lines) == sum(isinstance(event, Notice) for event in taken) == 1
    frequent = [event for event in taken if isinstance(event, FrameResult | StatusUpdate)]
    assert isinstance(taken[1], Opened) and isinstance(taken[-1], Ended) and taken[-1].summary.frames > 8
    assert len(frequent) == 8 and isinstance(frequent[0], FrameResult) and isinstance(frequent[-1], StatusUpdate)
    assert len(announced) == len(taken)


def wait_until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 20.0
    while not done():
        assert time.monotonic() < until
        time.sleep(0.02)
