"""A drive's recorder: one clip an incident, whatever the drive, the disk and the source do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import av
import pytest

from monitor.journal.recording.clip_file import ClipFile
from monitor.journal.recording.recorder import Recorder
from monitor.journal.store.opening import open_for_reading
from monitor.journal.store.records import StoredClip, StoredDrive, incident_uid
from monitor.journal.store.retention import RetentionLimits
from monitor.journal.store.writer import Store
from monitor.sources import Frame, open_source
from monitor.sources.encoded import EncodedPacket
from tests.monitor.journal.recording.numbered import Taken, image, numbers_in, read_all, span, write_numbered
from tests.monitor.journal.store.stories import drive, incident

FPS = 10
WAIT_S = 60.0


class Story:
    """A drive that is recorded, told second by second."""

    def __init__(self, folder: Path, video: Path, **how: Any) -> None:
        self.store = Store(folder, limits=RetentionLimits(free_bytes=0))
        self.drive: StoredDrive = drive()
        self.store.put("drive", lambda database: database.begin_drive(self.drive))
        tap = Taken()
        read_all(open_source(video, tap=tap))
        self.packets = iter(tap.packets)
        self.recorder = Recorder(self.store, live=False, **how)
        self._next: EncodedPacket | None = next(self.packets)

    def drive_on(self, until_s: float) -> None:
        """The source gives what it has until a time."""
        while self._next is not None and self._next.decoded_s < until_s:
            self.recorder.packet(self._next)
            self._next = next(self.packets, None)

    def end_of_packets(self) -> None:
        """Until the recorder has taken in all that it was given."""
        done = threading.Event()
        with self.recorder._changed:
            self.recorder._put(done.set)
        assert done.wait(WAIT_S)

    def incident(self, number: int, start_s: float, end_s: float | None = None) -> None:
        """An incident begins, or ends."""
        now = self.store.clock.now()
        told = incident(number, start_s=start_s)
        self.store.put(("incident", number), lambda database: database.save_incident(self.drive.uid, told, now, now))
        self.recorder.incident(incident_uid(self.drive.uid, number), start_s, end_s, 0.0, image(1))

    def end(self, parts: int = 0) -> dict[int, tuple[StoredClip, Path]]:
        """The drive is over; the clips by their incidents' numbers, beside so many parts of the drive."""
        self.recorder.end()
        assert self.recorder.close(WAIT_S) and self.store.close(WAIT_S)
        with closing(open_for_reading(self.store.folder)) as database:
            every = database.clips()
            assert not any(clip.writing for clip in every)
            clips = {clip.incident_uid: clip for clip in every}
            assert sum(clip.incident_uid is None for clip in every) == parts
            found = {
                number: (clips[uid], self.store.folder / clips[uid].file)
                for number in range(1, 20)
                if (uid := incident_uid(self.drive.uid, number)) in clips
            }
        there = set((self.store.folder / "clips").glob("*"))
        assert there == {self.store.folder / clip.file for clip in every}, "no file that nobody knows of"
        return found


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 s, a key frame every 4 s."""
    return write_numbered(tmp_path_factory.mktemp("video") / "drive.mp4", 60 * FPS, fps=FPS, key_every=40, b_frames=2)


def test_a_clip_shows_five_seconds_before_and_after_its_incident(tmp_path: Path, video: Path) -> None:
    story = Story(tmp_path, video)
    story.drive_on(21.0)
    story.incident(1, 20.5)
    story.drive_on(24.0)
    story.incident(1, 20.5, 23.5)
    story.drive_on(60.0)
    (clip, path) = story.end()[1]
    assert (clip.start_s, clip.end_s) == pytest.approx((15.5, 28.5), abs=0.002)
    assert span(numbers_in(path)) == (155, 284)
    assert path.stat().st_mode & 0o777 == 0o600 and clip.sha256 is not None and clip.bytes == path.stat().st_size


def test_seconds_before_and_after_can_be_chosen(tmp_path: Path, video: Path) -> None:
    story = Story(tmp_path, video, before_s=1.0, after_s=2.0)
    story.drive_on(21.0)
    story.incident(1, 20.5, 20.9)
    story.drive_on(60.0)
    (_, path) = story.end()[1]
    assert span(numbers_in(path)) == (195, 228)


def test_incidents_that_overlap_have_a_clip_each(tmp_path: Path, video: Path) -> None:
    story = Story(tmp_path, video)
    story.drive_on(20.0)
    story.incident(1, 19.0)
    story.drive_on(22.0)
    story.incident(1, 19.0, 21.0)
    story.incident(2, 21.0)
    story.drive_on(25.0)
    story.incident(2, 21.0, 24.5)
    story.incident(3, 24.8, 25.0)
    story.drive_on(60.0)
    spans = {number: span(numbers_in(path)) for number, (_, path) in story.end().items()}
    assert spans == {1: (140, 259), 2: (160, 294), 3: (198, 299)}


def test_the_ends_of_the_drive_end_its_clips(tmp_path: Path, video: Path) -> None:
    story = Story(tmp_path, video)
    story.drive_on(2.5)
    story.incident(1, 2.0, 2.4)
    story.drive_on(58.0)
    story.incident(2, 57.0, 58.0)
    story.drive_on(59.0)
    story.incident(3, 58.5)
    story.drive_on(61.0)
    story.incident(3, 58.5, 59.95)
    spans = {number: span(numbers_in(path)) for number, (_, path) in story.end().items()}
    assert spans == {1: (0, 73), 2: (520, 599), 3: (535, 599)}


def test_an_incident_of_minutes_is_written_as_it_goes_on(tmp_path: Path) -> None:
    video = write_numbered(tmp_path / "long.mp4", 400 * FPS, fps=FPS, key_every=20)
    story = Story(tmp_path / "store", video)
    story.drive_on(20.0)
    story.incident(1, 19.0)
    story.drive_on(380.0)
    story.incident(1, 19.0, 379.0)
    story.drive_on(400.0)
    (clip, path) = story.end()[1]
    assert clip.end_s == pytest.approx(384.0, abs=0.002)
    assert span(numbers_in(path)) == (140, 3839)


def test_a_disk_that_takes_no_clip_is_a_problem_until_it_does(tmp_path: Path, video: Path) -> None:
    now_s = [0.0]
    story = Story(tmp_path, video, clock=lambda: now_s[0])
    story.drive_on(20.0)
    (tmp_path / "clips").write_text("in the way")
    story.incident(1, 19.0)
    story.drive_on(22.0)
    wait_until(lambda: story.recorder.problem is not None)
    assert "a clip is not recorded" in str(story.recorder.problem)
    (tmp_path / "clips").unlink()
    now_s[0] += 10.0
    story.incident(1, 19.0, 21.0)
    story.drive_on(60.0)
    (_, path) = story.end()[1]
    assert story.recorder.problem is None
    assert span(numbers_in(path)) == (140, 259)


def test_a_clip_that_was_lost_is_a_problem_until_one_could_be_written(tmp_path: Path, video: Path) -> None:
    """No other incident comes that would tell."""
    now_s = [0.0]
    story = Story(tmp_path, video, clock=lambda: now_s[0])
    story.recorder.begin(story.drive.uid, 0.0)
    story.drive_on(20.0)
    (tmp_path / "clips").write_text("in the way")
    story.incident(1, 19.0, 19.5)
    story.drive_on(30.0)
    wait_until(lambda: story.recorder.problem is not None)
    now_s[0] += 10.0
    story.drive_on(40.0)
    story.end_of_packets()
    assert "a clip is not recorded" in str(story.recorder.problem), "it still could not"
    (tmp_path / "clips").unlink()
    now_s[0] += 10.0
    story.drive_on(60.0)
    story.end_of_packets()
    assert story.recorder.problem is None
    assert story.end() == {}, "and nothing is left of the try"


def test_a_clip_that_is_written_hides_no_other_s_problem(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, faults = Store.begin_clip, iter([OSError(5, "Input/output error")])

    def begin_after_a_fault(store: Store, *arguments: Any, **more: Any) -> StoredClip:
        for error in faults:
            raise error
        return begin(store, *arguments, **more)

    monkeypatch.setattr(Store, "begin_clip", begin_after_a_fault)
    now_s = [0.0]
    story = Story(tmp_path, video, clock=lambda: now_s[0])
    story.drive_on(20.0)
    story.incident(1, 19.0)
    story.incident(2, 19.5)
    story.drive_on(22.0)
    story.end_of_packets()
    assert story.recorder.problem is not None, "of the first; the second is written"
    now_s[0] += 10.0
    story.drive_on(24.0)
    story.end_of_packets()
    assert story.recorder.problem is None
    story.drive_on(60.0)
    assert sorted(story.end()) == [1, 2]


def test_a_packet_that_cannot_be_written_ends_a_clip_but_leaves_what_there_is(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, full = ClipFile.add, iter([OSError(28, "No space left on device")])

    def add_until_full(file: ClipFile, packet: EncodedPacket) -> None:
        if packet.decoded_s >= 30.0:
            for error in full:
                raise error
        add(file, packet)

    monkeypatch.setattr(ClipFile, "add", add_until_full)
    story = Story(tmp_path, video, clock=lambda: 0.0)
    story.drive_on(20.0)
    story.incident(1, 19.0)
    story.drive_on(40.0)
    story.incident(1, 19.0, 39.0)
    story.drive_on(60.0)
    (_, path) = story.end()[1]
    first, last = span(numbers_in(path))
    assert first == 140 and 290 <= last <= 300
    assert "the disk is full" in str(story.recorder.problem)


def test_a_clip_that_cannot_be_completed_costs_no_other(
    tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close, faults = ClipFile.close, iter([av.InvalidDataError(1, "invalid")])

    def close_after_a_fault(file: ClipFile, end_s: float | None = None) -> tuple[float, float]:
        for error in faults:
            raise error
        return close(file, end_s)

    monkeypatch.setattr(ClipFile, "close", close_after_a_fault)
    story = Story(tmp_path, video)
    story.drive_on(20.0)
    story.incident(1, 19.0)
    story.incident(2, 19.5)
    story.drive_on(22.0)
    assert list(story.end()) == [2]


def test_a_full_store_costs_the_clip_and_says_so(tmp_path: Path, video: Path) -> None:
    story = Story(tmp_path, video)
    story.store.close(WAIT_S)
    story.store = Store(tmp_path, limits=RetentionLimits(most_bytes=1000))
    story.recorder = Recorder(story.store, live=False)
    story.store.put("drive", lambda database: database.begin_drive(story.drive))
    story.drive_on(20.0)
    story.incident(1, 19.0, 19.5)
    story.drive_on(60.0)
    assert story.end() == {}
    assert "may have 0.0" in str(story.recorder.problem)


def test_frames_of_a_source_without_packets_are_encoded(tmp_path: Path, video: Path) -> None:
    story = Story(tmp_path, video)
    for number in range(300):
        story.recorder.frame(Frame(image(number), 1000.0 + number / FPS, number))
    now = story.store.clock.now()
    uid = incident_uid(story.drive.uid, 1)
    story.store.put("incident", lambda database: database.save_incident(story.drive.uid, incident(1), now, now))
    story.recorder.incident(uid, 1024.0, 1024.5, 1000.0)
    (clip, path) = story.end()[1]
    assert (clip.start_s, clip.end_s) == pytest.approx((19.0, 29.5), abs=0.002)
    assert span(numbers_in(path)) == (190, 294)


def test_a_live_drive_never_waits_and_what_is_dropped_is_counted(tmp_path: Path, video: Path) -> None:
    """The store's disk hangs: the recorder's thread waits for it, the camera's goes on."""
    story = Story(tmp_path, video)
    recorder = Recorder(story.store, live=True)
    big = [
        EncodedPacket(bytes(1_000_000), index / FPS, index / FPS, 1 / FPS, index % 5 == 0, packet.format)
        for index, packet in zip(range(100), story.packets, strict=False)
    ]
    hangs = threading.Event()
    story.store.put("hangs", lambda _database: hangs.wait(WAIT_S))
    recorder.packet(big[0])
    recorder.incident(incident_uid(story.drive.uid, 1), 0.0, None, 0.0)
    for packet in big[1:]:
        recorder.packet(packet)
    assert 60 <= recorder.dropped <= 75
    assert any("frames are not in the clips" in text for text in recorder.take_notices())
    assert recorder.take_notices() == []
    hangs.set()
    assert recorder.close(WAIT_S)


def wait_until(happened: Callable[[], bool]) -> None:
    """Until something in another thread has happened."""
    pause, until = threading.Event(), time.monotonic() + WAIT_S
    while not happened() and time.monotonic() < until:
        pause.wait(0.01)
    assert happened()


def test_what_is_discarded_leaves_nothing_unfinished_and_records_no_more(tmp_path: Path, video: Path) -> None:
    story = Story(tmp_path, video, everything=True)
    story.recorder.begin(story.drive.uid, 0.0)
    story.drive_on(8.0)
    story.incident(1, 7.0)
    story.recorder.discard()
    story.drive_on(30.0)
    story.incident(2, 20.0, 22.0)
    assert story.recorder.problem is None and story.end() == {}


def test_a_whole_drive_s_part_ends_where_only_incidents_are_wanted(tmp_path: Path, video: Path) -> None:
    story = Story(tmp_path, video, everything=True)
    story.recorder.begin(story.drive.uid, 0.0)
    story.drive_on(10.0)
    story.recorder.end_parts()
    story.drive_on(21.0)
    story.incident(1, 20.5, 20.9)
    story.drive_on(60.0)
    assert span(numbers_in(story.end(parts=1)[1][1])) == (155, 258)
    with closing(open_for_reading(tmp_path)) as database:
        (part,) = database.clips("WHERE incident_uid IS NULL")
    assert part.end_s is not None and part.end_s == pytest.approx(10.0, abs=0.4)


def test_a_whole_drive_is_kept_in_parts_that_follow_each_other(tmp_path: Path) -> None:
    video = write_numbered(tmp_path / "long.mp4", 150 * FPS, fps=FPS, key_every=40, b_frames=2)
    story = Story(tmp_path / "store", video, everything=True)
    story.recorder.begin(story.drive.uid, 0.0)
    story.drive_on(74.0)
    story.incident(1, 70.0, 72.0)
    story.drive_on(150.0)
    found = story.end(parts=3)
    assert span(numbers_in(found[1][1])) == (650, 769)
    with closing(open_for_reading(tmp_path / "store")) as database:
        parts = database.clips("WHERE incident_uid IS NULL ORDER BY start_s")
    spans = [span(numbers_in(tmp_path / "store" / part.file)) for part in parts]
    assert spans == [(0, 599), (600, 1199), (1200, 1499)], "a minute each, without a hole"
    assert [part.start_s for part in parts] == pytest.approx([0.0, 60.0, 120.0], abs=0.01)
