"""What is recorded beside the frames, and that it never costs one."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import pytest

from monitor.journal.recording.recorder import Recorder
from monitor.journal.store.writer import Store
from monitor.sources import CameraLostError, Source, open_source
from monitor.sources.encoded import EncodedPacket, VideoFormat
from monitor.sources.frame import Frame
from tests.monitor.journal.recording.numbered import Taken, image, write_numbered

FRAMES = 10


class Failing(Taken):
    """A tap that takes one packet, or frame, and no second."""

    def packet(self, packet: EncodedPacket) -> None:
        super().packet(packet)
        if len(self.packets) > 1:
            raise MemoryError("no room")

    def frame(self, frame: Frame) -> None:
        super().frame(frame)
        if len(self.frames) > 1:
            raise OSError("no room")


def frames_of(source: Source) -> int:
    """How many it gives until it ends or is lost."""
    count = 0
    with source:
        try:
            while source.read() is not None:
                count += 1
        except CameraLostError:
            pass
    return count


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return write_numbered(tmp_path / "drive.mkv", FRAMES)


@pytest.mark.parametrize("error", [ValueError("no size"), av.FFmpegError(1, "no header")])
@pytest.mark.parametrize("is_stream", [False, True])
def test_packets_without_a_usable_format_cost_no_frame(
    video: Path, error: Exception, is_stream: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> VideoFormat:
        raise error

    monkeypatch.setattr(VideoFormat, "of", fail)
    tap = Taken()
    assert frames_of(open_source(video.as_uri() if is_stream else video, tap=tap)) == FRAMES
    assert len(tap.problems) == 1 and str(error) in tap.problems[0] and not tap.packets


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_tap_that_fails_gets_no_more_packets_and_costs_no_frame(video: Path, is_stream: bool) -> None:
    tap = Failing()
    assert frames_of(open_source(video.as_uri() if is_stream else video, tap=tap)) == FRAMES
    assert tap.problems == ["MemoryError: no room"] and len(tap.packets) == 2


def test_a_tap_that_fails_gets_no_more_frames_and_costs_none(tmp_path: Path) -> None:
    for number in range(FRAMES):
        cv2.imwrite(str(tmp_path / f"{number}.png"), image(number))
    tap = Failing()
    assert frames_of(open_source(tmp_path, tap=tap)) == FRAMES
    assert tap.problems == ["OSError: no room"] and len(tap.frames) == 2


def test_the_recorder_tells_of_a_source_that_gives_it_no_more(tmp_path: Path) -> None:
    recorder = Recorder(Store(tmp_path), live=True)
    assert recorder.problem is None
    recorder.fail("ValueError: no size")
    assert recorder.problem == "nothing is recorded: ValueError: no size"
