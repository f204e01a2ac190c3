"""A drive that is recorded: its incidents and its clips."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from monitor.alerts.incidents.incident import Incident
from monitor.health.system_health import SystemFault
from monitor.journal.recording.recorder import Recorder
from monitor.journal.store.opening import open_for_reading
from monitor.journal.store.records import StoredClip
from monitor.journal.store.writer import Store
from monitor.live.recording.choice import Privacy, Recorded
from monitor.live.recording.listener import RecordingListener
from monitor.live.recording.recordings import Recordings
from monitor.live.session import Session, SessionEvent, SessionOptions, SystemChanged
from monitor.live.store_listener import StoreListener
from monitor.sources import Frame
from monitor.speed.source import FixedSpeed
from tests.monitor.fakes import FakeSource, Segments, fake_engine, frames_of
from tests.monitor.journal.recording.numbered import numbers_in

STORY: Segments = [(0, 8.0), (6, 4.0), (0, 9.0), (1, 4.0), (0, 3.0)]
WAIT_S = 60.0


class TappedSource(FakeSource):
    """Hands its frames to a recorder, as a camera without packets does."""

    def __init__(self, recorder: Recorder, frames: list[Frame], *, live: bool = False) -> None:
        super().__init__(frames, live=live)
        self._recorder = recorder

    def read(self) -> Frame | None:
        frame = super().read()
        if frame is not None:
            self._recorder.frame(frame)
        return frame


class Notes:
    """Keeps what goes wrong."""

    name = "the notes"

    def __init__(self) -> None:
        self.problems: list[str] = []

    def on_event(self, event: SessionEvent) -> None:
        if isinstance(event, SystemChanged) and event.condition.fault is SystemFault.RECORDING:
            self.problems.append(event.condition.text)


def run(store: Store, recorder: Recorder, notes: Notes | None = None, *, armed: bool = True) -> None:
    kept = StoreListener(store, "fake", lambda: armed, recordings=True)
    source = TappedSource(recorder, frames_of(STORY))
    Session(
        fake_engine(),
        SessionOptions(source.name),
        [kept, RecordingListener(recorder, kept, lambda: armed), *([notes] if notes is not None else [])],
        open_source=lambda: source,
        open_speed=lambda _lost_after_s: FixedSpeed(None),
    ).run()


def kept_in(folder: Path) -> list[tuple[Incident, StoredClip]]:
    with closing(open_for_reading(folder)) as database:
        return [
            (stored.incident, clip)
            for stored in database.incidents()
            for clip in database.clips("WHERE incident_uid = ? AND state = 'kept'", stored.uid)
        ]


def test_each_incident_has_a_clip_from_before_it_to_after_it(tmp_path: Path) -> None:
    store = Store(tmp_path)
    recordings = Recordings(store, Privacy(Recorded.INCIDENTS), of_recordings=True)
    recorder = recordings.begin(live=False)
    assert recorder is not None
    run(store, recorder)
    recordings.close()
    assert store.close(WAIT_S)
    kept = kept_in(tmp_path)
    assert [incident.number for incident, _ in kept] == [1, 2]
    for incident, clip in kept:
        assert incident.end_s is not None and clip.start_s is not None and clip.end_s is not None
        assert clip.start_s == pytest.approx(incident.start_s - 5.0, abs=0.1)
        assert clip.end_s == pytest.approx(min(incident.end_s + 5.0, 28.0), abs=0.1)
        shown = numbers_in(tmp_path / clip.file)
        assert len(shown) == pytest.approx((clip.end_s - clip.start_s) * 10.0, abs=1.01)
        assert incident.clip == clip.file


def test_what_happens_while_alerts_are_off_has_no_clip(tmp_path: Path) -> None:
    store = Store(tmp_path)
    recorder = Recorder(store, live=False)
    run(store, recorder, armed=False)
    assert recorder.close(WAIT_S) and store.close(WAIT_S)
    assert kept_in(tmp_path) == []


def test_a_disk_that_takes_no_clip_is_told_and_the_drive_goes_on(tmp_path: Path) -> None:
    (tmp_path / "clips").write_text("in the way")
    store, notes = Store(tmp_path), Notes()
    recorder = Recorder(store, live=False)
    run(store, recorder, notes)
    assert recorder.close(WAIT_S) and store.close(WAIT_S)
    assert notes.problems and "a clip is not recorded" in notes.problems[0]
    with closing(open_for_reading(tmp_path)) as database:
        assert len(database.incidents()) == 2


def test_frames_that_cannot_be_encoded_are_told(tmp_path: Path) -> None:
    recorder = Recorder(Store(tmp_path), live=False)
    pixels = np.zeros((1, 1, 3), dtype=np.uint8)
    recorder.frame(replace(frames_of([(0, 0.1)])[0], pixels=pixels[:0]))
    recorder.end()
    assert recorder.problem is not None and "cannot be encoded" in recorder.problem
    assert recorder.close(WAIT_S)


def test_nothing_is_recorded_where_nothing_is_to_be(tmp_path: Path) -> None:
    everything = Privacy(Recorded.EVERYTHING)
    assert Recordings(Store(tmp_path), Privacy()).begin(live=True) is None
    assert Recordings(None, everything).begin(live=True) is None
    assert Recordings(Store(tmp_path), everything).begin(live=False) is None, "a recording is there already"
