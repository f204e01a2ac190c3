"""One session: what a drive tells its listeners, and what becomes of it where one of them, or the camera, fails."""

from __future__ import annotations

import ast
import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engines.errors import UserError
from engines.view import Mount
from monitor.alerts.events import Reason, Tier
from monitor.health.camera_health import Health
from monitor.health.system_health import SystemFault
from monitor.journal.json_lines import Journal
from monitor.live.listeners import JournalListener, LabelListener
from monitor.live.pipeline import FrameResult, Pipeline, StageError, StatusUpdate
from monitor.live.session import (
    AlertChanged,
    Ended,
    EndReason,
    Failed,
    IncidentChanged,
    Listener,
    Loaded,
    Notice,
    Opened,
    Session,
    SessionEvent,
    SessionOptions,
    SystemChanged,
)
from monitor.sources import DEMO, Frame, Source
from monitor.sources.open_source import DEMO_VIDEO
from monitor.speed.open_speed import SpeedOptions
from monitor.speed.source import FixedSpeed
from tests.conftest import ROOT
from tests.monitor.fakes import FakeClassifier, FakeClock, FakeSource, Segments, fake_engine, frames_of, write_labels

STORY: Segments = [(0, 2.0), (6, 5.0), (0, 3.0)]


class Notes:
    """Keeps what it is told; may fail from one event to another."""

    name = "the notes"

    def __init__(self, fails: Callable[[SessionEvent], bool] = lambda _event: False) -> None:
        self.events: list[SessionEvent] = []
        self._fails = fails

    def on_event(self, event: SessionEvent) -> None:
        if self._fails(event):
            raise OSError("no room")
        self.events.append(event)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def faults(self) -> list[str]:
        """What it was told of the monitor itself."""
        return [event.condition.text for event in self.of(SystemChanged)]


def session(source: Source, *listeners: Listener, classifier: FakeClassifier | None = None, **options: Any) -> Session:
    return Session(
        fake_engine(classifier),
        SessionOptions(source.name, **options),
        listeners,
        open_source=lambda: source,
        open_speed=lambda _lost_after_s: FixedSpeed(None),
    )


def test_a_drive_is_told_in_order_from_opening_to_end() -> None:
    notes = Notes()
    summary = session(FakeSource(frames_of(STORY)), notes).run()
    loaded, opened, *middle, ended = notes.events
    assert (
        isinstance(loaded, Loaded)
        and isinstance(opened, Opened)
        and (opened.bundle, opened.runtime) == ("fake", "a fake runtime")
    )
    assert isinstance(ended, Ended) and ended.reason is EndReason.SOURCE_ENDED and ended.summary == summary
    assert summary.frames == 100 and summary.duration_s == pytest.approx(9.9)
    assert [event.frame.index for event in notes.of(FrameResult)] == list(range(100))
    # What changed comes right after the frame that changed it.
    for index, event in enumerate(middle):
        if isinstance(event, AlertChanged):
            before = next(item for item in reversed(middle[:index]) if isinstance(item, FrameResult))
            assert event.event in before.alert.events


def test_an_incident_is_told_as_it_begins_rises_and_ends() -> None:
    notes = Notes()
    session(FakeSource(frames_of([(0, 3.0), (6, 4.0), (0, 3.0)])), notes, clips=True).run()
    told = notes.of(IncidentChanged)
    assert [(change.incident.tier, change.incident.is_over) for change in told] == [
        (Tier.CAUTION, False), (Tier.WARNING, False), (Tier.WARNING, True)
    ]  # fmt: skip
    assert all(change.clip for change in told)
    # Each comes after its event.
    kinds = [type(event) for event in notes.events if isinstance(event, AlertChanged | IncidentChanged)]
    assert kinds == [AlertChanged, IncidentChanged] * 3


@pytest.mark.parametrize("fails_at", [None, 60])
def test_an_incident_ends_with_the_drive_however_that_ends(fails_at: int | None) -> None:
    notes = Notes()
    classifier = None if fails_at is None else FakeClassifier(fails_in="infer", fails_at=fails_at)
    with suppress(StageError):
        session(FakeSource(frames_of([(0, 3.0), (6, 6.0)])), notes, classifier=classifier).run()
    last = notes.of(IncidentChanged)[-1].incident
    assert last.ended_by is Reason.DRIVE_ENDED and last.end_s == pytest.approx(
        8.9 if fails_at is None else 5.9, abs=0.2
    )
    after = notes.events[notes.events.index(notes.of(IncidentChanged)[-1]) + 1 :]
    assert [type(event) for event in after] == ([Ended] if fails_at is None else [Failed, Ended])


def test_no_module_but_the_session_and_the_replays_prediction_runs_a_pipeline() -> None:
    makers = set()
    for path in (ROOT / "monitor").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
        if any(isinstance(called, ast.Name) and called.id == "Pipeline" for called in calls):
            makers.add(path.relative_to(ROOT / "monitor").as_posix())
    assert makers == {"live/session.py", "fleet/prediction.py"}


def test_a_listener_that_fails_is_told_to_the_others_and_is_tried_again() -> None:
    failing = Notes(lambda event: isinstance(event, FrameResult) and event.frame.index < 30)
    failing.name = "the other notes"
    notes = Notes()
    session(FakeSource(frames_of(STORY)), failing, notes).run()
    assert notes.faults == ["the other notes: no room", "the other notes works again"]
    began, ended = (event.condition for event in notes.of(SystemChanged))
    assert began.fault is ended.fault is SystemFault.LISTENER and began.until_s is None
    assert ended.since_s == began.since_s and ended.until_s >= 3.0
    assert len(notes.of(FrameResult)) == 100
    assert [event.event for event in failing.of(AlertChanged)] == [event.event for event in notes.of(AlertChanged)]
    assert isinstance(failing.events[-1], Ended)


def test_news_that_makes_another_listener_fail_is_told_to_the_rest() -> None:
    first = Notes(lambda event: isinstance(event, FrameResult) and event.frame.index == 5)
    second = Notes(lambda event: isinstance(event, SystemChanged) and "first" in event.condition.text)
    third = Notes()
    first.name, second.name = "first", "second"
    session(FakeSource(frames_of([(0, 2.0)])), first, second, third).run()
    assert third.faults == [
        "first: no room",
        "second: no room",
        "first works again",
        "second works again",
    ]
    assert first.faults == ["second: no room", "second works again"]


def test_listeners_that_fail_at_every_other_event_do_not_talk_for_ever() -> None:
    class Flapping(Notes):
        taken = 0

        def on_event(self, event: SessionEvent) -> None:
            self.taken += 1
            if self.taken % 2:
                raise OSError("no room")

    session(FakeSource(frames_of([(0, 1.0)])), Flapping(), Flapping(), Notes()).run()


def test_what_fails_at_the_end_is_not_tried_again() -> None:
    failing, notes = Notes(lambda event: isinstance(event, Ended)), Notes()
    session(FakeSource(frames_of([(0, 1.0)])), failing, notes).run()
    assert notes.faults == ["the notes: no room"]


def test_what_is_reported_is_told_once_and_changes_no_alert() -> None:
    """Any health but the camera's being fine takes the prediction away: this one must not."""

    class Reporter(Notes):
        def on_event(self, event: SessionEvent) -> None:
            super().on_event(event)
            if isinstance(event, FrameResult) and event.frame.index in (5, 6, 90):
                drive.report(SystemFault.NO_SOUND, "no device" if event.frame.index < 90 else None)

    notes, without = Reporter(), Notes()
    drive = session(FakeSource(frames_of(STORY)), notes)
    drive.run()
    session(FakeSource(frames_of(STORY)), without).run()
    assert notes.faults == ["no device", "alerts can be heard again"]
    assert [event.event for event in notes.of(AlertChanged)] == [event.event for event in without.of(AlertChanged)]
    assert all(event.alert.health is Health.OK for event in notes.of(FrameResult))


def test_a_machine_that_does_not_keep_up_is_said_and_alerts_go_on() -> None:
    """Frames of a live source that were taken a second ago, for 8 s; then it keeps up."""
    clock = FakeClock()

    class Late(FakeSource):
        def read(self) -> Frame | None:
            frame = super().read()
            clock.advance(0.1)
            late_s = 1.0 if frame is not None and frame.index < 80 else 0.0
            return frame if frame is None else replace(frame, time=clock.now() - late_s)

    class Stops(Notes):
        def on_event(self, event: SessionEvent) -> None:
            super().on_event(event)
            if isinstance(event, FrameResult | StatusUpdate):
                source.give_turn()
            if len(self.faults) == 2:
                drive.stop()

    notes = Stops()
    source = Late(frames_of([(0, 2.0), (6, 10.0), (0, 8.0)]), live=True, in_turn=True, clock=clock)
    drive = Session(fake_engine(), SessionOptions("fake"), [notes], open_source=lambda: source, clock=clock)
    drive.run()
    source.end_turns()
    behind, again = notes.of(SystemChanged)
    assert behind.condition.fault is again.condition.fault is SystemFault.BEHIND
    assert "1.0 s old" in behind.condition.text and again.condition.until_s > behind.condition.since_s
    assert [event.event.tier for event in notes.of(AlertChanged)][:2] == [Tier.CAUTION, Tier.WARNING]


def test_the_journal_has_every_event_before_the_next_listener(tmp_path: Path) -> None:
    path, seen = tmp_path / "drive.jsonl", list[int]()

    class Reader(Notes):
        def on_event(self, event: SessionEvent) -> None:
            ended = isinstance(event, IncidentChanged) and event.incident.is_over
            if ended or isinstance(event, AlertChanged | Notice):
                seen.append(len(path.read_text(encoding="utf-8").splitlines()))

    with Journal(path) as journal:
        session(FakeSource(frames_of(STORY)), JournalListener(journal), Reader()).run()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["what"] for line in lines] == ["start", *["event"] * (len(seen) - 1), "incident", "end"]
    assert seen == list(range(2, 2 + len(seen)))


@pytest.mark.parametrize("method", ["view", "regions", "infer"])
def test_a_stage_that_breaks_ends_the_drive_with_its_error(method: str, tmp_path: Path) -> None:
    notes, path = Notes(), tmp_path / "drive.jsonl"
    classifier = FakeClassifier(fails_in=method, fails_at=5)
    with Journal(path) as journal, pytest.raises(StageError) as raised:
        session(FakeSource(frames_of(STORY)), JournalListener(journal), notes, classifier=classifier).run()
    failed, ended = notes.events[-2:]
    assert isinstance(failed, Failed) and (failed.step, failed.error) == ("drive", raised.value)
    assert isinstance(ended, Ended) and ended.reason is EndReason.FAILED
    notice, end = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[-2:])
    assert (notice["what"], notice["text"]) == ("notice", str(raised.value))
    assert (end["what"], end["reason"]) == ("end", "failed")


def test_a_drive_that_never_begins_is_journalled(tmp_path: Path) -> None:
    def refuse() -> Any:
        raise UserError("it is not there")

    path = tmp_path / "drive.jsonl"
    with Journal(path) as journal, pytest.raises(UserError):
        Session(refuse, SessionOptions("fake"), [JournalListener(journal)]).run()
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(line["what"], line["text"]) for line in lines] == [("notice", "it is not there")]


def test_the_end_is_told_before_a_camera_that_hangs_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()

    class Hanging(FakeSource):
        def read(self) -> Frame | None:
            frame = super().read()
            if frame is not None and frame.index == 5:
                drive.stop()
                assert go_on.wait(60.0)
            return frame

    class Releasing(Notes):
        def on_event(self, event: SessionEvent) -> None:
            super().on_event(event)
            if isinstance(event, Ended):
                assert not stopping
                go_on.set()

    stopping, stop = list[Pipeline](), Pipeline.stop
    monkeypatch.setattr(Pipeline, "stop", lambda pipeline: (stopping.append(pipeline), stop(pipeline)))
    notes = Releasing()
    drive = session(Hanging(frames_of(STORY), live=True), notes)
    drive.run()
    assert go_on.is_set() and len(stopping) == 1 and notes.of(Ended)[0].reason is EndReason.STOPPED


def test_what_cannot_be_opened_is_named_by_its_step() -> None:
    def refuse(*_: object) -> Any:
        raise UserError("it is not there")

    for step in ("engine", "source"):
        notes = Notes()
        source = FakeSource([])
        drive = Session(
            refuse if step == "engine" else fake_engine(),
            SessionOptions("fake"),
            [notes],
            open_source=refuse if step == "source" else lambda source=source: source,
        )
        with pytest.raises(UserError):
            drive.run()
        assert [(event.step, str(event.error)) for event in notes.of(Failed)] == [(step, "it is not there")]
    with pytest.raises(UserError):
        Session(fake_engine(), SessionOptions("fake"), [], open_source=lambda: source, open_speed=refuse).run()
    assert source.closed.is_set()


def test_what_is_open_is_closed_when_the_drive_cannot_be_prepared() -> None:
    def breaks(_lost_after_s: float) -> Any:
        raise RuntimeError("no such bus")

    source = FakeSource([])
    with pytest.raises(RuntimeError):
        Session(fake_engine(), SessionOptions("fake"), [], open_source=lambda: source, open_speed=breaks).run()
    assert source.closed.is_set()


def test_no_camera_is_opened_for_a_drive_that_is_stopped_while_the_engine_loads() -> None:
    def load() -> Any:
        drive.stop()
        return fake_engine()

    opened, notes = list[str](), Notes()

    def open_source() -> Source:
        opened.append("source")
        return FakeSource([])

    drive = Session(load, SessionOptions("fake"), [notes], open_source=open_source)
    assert drive.run().frames == 0 and opened == []
    assert [(type(event), event.reason) for event in notes.of(Ended)] == [(Ended, EndReason.STOPPED)]


def test_a_drive_can_be_stopped_before_and_while_it_runs() -> None:
    notes = Notes()
    drive = session(FakeSource(frames_of(STORY)), notes)
    drive.stop()
    assert drive.run().frames == 0 and notes.of(Opened) == []

    class Stopping(Notes):
        def on_event(self, event: SessionEvent) -> None:
            super().on_event(event)
            if isinstance(event, FrameResult) and event.frame.index == 10:
                running.stop()

    stopping = Stopping()
    running = session(FakeSource(frames_of(STORY)), stopping)
    running.run()
    last = stopping.events[-1]
    assert isinstance(last, Ended) and last.reason is EndReason.STOPPED and 11 <= last.summary.frames < 100


def test_a_mount_that_is_set_before_or_while_the_drive_opens_holds_from_its_first_frame() -> None:
    engine = fake_engine()
    opening, go_on = threading.Event(), threading.Event()

    def open_slowly() -> Any:
        opening.set()
        assert go_on.wait(60.0)
        return engine

    notes = Notes()
    source = FakeSource(frames_of([(0, 1.0)]))
    drive = Session(open_slowly, SessionOptions("fake", Mount()), [notes], open_source=lambda: source)
    thread = threading.Thread(target=drive.run)
    thread.start()
    assert opening.wait(60.0)
    drive.set_mount(Mount(mirror=True))
    go_on.set()
    thread.join(10.0)
    assert notes.of(Opened)[0].mount.mirror and all(result.mount.mirror for result in notes.of(FrameResult))


def test_a_lost_camera_is_told_and_ends_nothing() -> None:
    source = FakeSource(frames_of([(0, 0.5)]), live=True, interval_s=0.01)

    class Plugging(Notes):
        def on_event(self, event: SessionEvent) -> None:
            super().on_event(event)
            if isinstance(event, StatusUpdate) and not source.plugged:
                source.plug_in(frames_of([(0, 0.5)]))
            if isinstance(event, FrameResult) and self.of(StatusUpdate):
                drive.stop()

    notes = Plugging()
    drive = session(source, notes)
    drive.run()
    assert next(iter(notes.of(AlertChanged))).event.kind.value == "fault"
    assert isinstance(notes.events[-1], Ended)


def test_clips_come_where_they_are_asked_for() -> None:
    with_clips, without = Notes(), Notes()
    session(FakeSource(frames_of(STORY)), with_clips, clips=True).run()
    session(FakeSource(frames_of(STORY)), without).run()
    assert all(change.clip for change in with_clips.of(AlertChanged))
    assert not any(change.clip for change in without.of(AlertChanged))


def test_labels_that_cannot_be_read_are_a_notice_and_no_score(tmp_path: Path) -> None:
    source, score, notes = FakeSource(frames_of(STORY)), LabelListener(), Notes()
    source.labels = tmp_path / "drive.csv"
    source.labels.write_text("nothing of the kind", encoding="utf-8")
    session(source, score, notes).run()
    assert "drive.csv" in notes.of(Notice)[0].text and score.score is None
    source = FakeSource(frames_of(STORY))
    source.labels = write_labels(tmp_path / "good.csv", STORY)
    session(source, score).run()
    assert score.score is not None and score.score.detected == 1 and not score.score.false


def test_the_demo_drives_speed_lies_beside_the_demo_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in the folder that the monitor happens to be started in."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo.speed.csv").write_text("time_s,speed_kmh\n0,10\n", encoding="utf-8")
    with pytest.raises(UserError, match=str(DEMO_VIDEO.with_suffix(".speed.csv"))):
        SessionOptions(DEMO, speed=SpeedOptions("beside")).open_speed(2.0)
