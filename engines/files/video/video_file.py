"""Recorded videos, the one reader: every frame in order, or the one of a moment, with times that hold.

`clock` says how time stamps are put right, `reading` how frames come about, `access` how moments are found; `opening`
refuses what is no video, and `pixels` joins fields and makes RGB.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from engines.errors import UserError
from engines.files.video.access import VideoAccess
from engines.files.video.clock import ClockJump
from engines.files.video.notice import VideoNotice
from engines.files.video.opening import no_frame
from engines.files.video.pixels import ShownFrame
from engines.files.video.reading import OnPacket, VideoPass
from engines.notice import NoticeText

GapT = TypeVar("GapT")

_MOST_GAPS = 10
"""Of each kind, so many are told one by one; of the others, how many there are."""


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """A frame.

    Attributes:
        pixels: (H, W, 3) uint8 RGB, upright, of square or other pixels as they are stored.
        time_s: seconds from the first frame.
        index: counted from 0; of `VideoFile.frame_at`, by the frame rate.
        is_damaged: whether parts of it could not be decoded, and are made up from other frames.
    """

    pixels: NDArray[np.uint8]
    time_s: float
    index: int
    is_damaged: bool = False


class VideoFile:
    """A video file; a context manager. Not for more than one thread, but for `close`.

    Attributes:
        path: of the file.
        tracks: the number of video tracks in it; covers are none.
        track: the one that is read, from 1.
        frame_rate: frames a second, by the file's own account or as stated; None where nobody says.
        step_s: seconds from one frame to the next, by that rate.
        size: width and height of the frames, in pixels, upright.
        codec: its name.
        is_upright: whether the frames are stored as they are shown.
        has_packet_times: whether the packets say when their frames are shown.
        notices: what the user should know, as far as it is known yet: losses are counted when an iteration ends.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        fps: float | None = None,
        track: int | None = None,
        on_packet: OnPacket | None = None,
    ) -> None:
        """Open a file and decode its first frame.

        Args:
            path: of the file.
            fps: frames a second of a file that has no clock; one that has keeps its own.
            track: the video track, from 1; the first when left out.
            on_packet: gets the packets of an iteration, too.

        Raises:
            UserError: when there is no frame to be had, no such track, or no clock.
        """
        if fps is not None and not (math.isfinite(fps) and fps > 0.0):
            raise UserError(f"{fps} frames a second: write a rate above 0, such as 6")
        self.path, self._fps, self._on_packet = Path(path), fps, on_packet
        self.notices: list[VideoNotice] = []
        self._noted_gaps = {"hole": 0, "clock_jump": 0}
        self._reformatter = VideoReformatter()
        self._passes: list[VideoPass] = []
        begun = self._begin(track)
        reading, first, _ = begun
        # Decoded already: the first to iterate goes on from here.
        self._begun: tuple[VideoPass, ShownFrame, Iterator[ShownFrame]] | None = begun
        self.tracks, self.track = reading.tracks, reading.track
        self.codec, self.is_upright = reading.codec, not first.quarter_turns
        self.has_packet_times = reading.has_times and not reading.counts
        self.frame_rate, self.step_s = reading.rate, reading.step_s
        self.size = reading.size[::-1] if first.quarter_turns % 2 else reading.size
        self._access = VideoAccess(lambda: VideoPass(self.path, self.track, fps), reading.frame_clock.origin)
        self._note_file(reading)

    def __enter__(self) -> VideoFile:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go; iterations end."""
        for reading in list(self._passes):
            self._end(reading)
        self._begun = None
        self._access.close()

    def __iter__(self) -> Iterator[VideoFrame]:
        """All frames in the order of showing."""
        begun, self._begun = self._begun, None
        reading, first, rest = begun or self._begin(self.track)
        shown: ShownFrame | None = first
        damaged: list[float] = []
        index, last_s = 0, 0.0
        try:
            while shown is not None:
                last_s = shown.time_s
                if shown.is_damaged:
                    damaged.append(last_s)
                self._note_clock(reading)
                yield VideoFrame(shown.pixels(self._reformatter), last_s, index, shown.is_damaged)
                index += 1
                shown = next(rest, None)
            self._note_clock(reading)
            if not reading.closed:
                self._note_missing(reading, index, last_s)
        finally:
            if damaged:
                self._note("damaged", frames=len(damaged), first_s=damaged[0])
            wrong = max(reading.packet_clock.wrong, reading.frame_clock.filled)
            if wrong:
                self._note("wrong_times", frames=wrong)
            holes, jumps = len(reading.frame_clock.holes), len(reading.packet_clock.jumps)
            if max(holes, jumps) > _MOST_GAPS:
                self._note("gaps", holes=holes, jumps=jumps)
            self._end(reading)

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the end of the last, found in the file; its header is not believed alone."""
        duration_s = self._access.duration_s
        self._note_jumps(self._access.jumps)
        return duration_s

    def frame_at(self, time_s: float) -> VideoFrame:
        """The frame that holds at a time, in seconds; the first before the beginning, the last behind the end."""
        shown = self._access.frame_at(time_s)
        return VideoFrame(
            shown.pixels(self._reformatter), shown.time_s, round(shown.time_s / self.step_s), shown.is_damaged
        )

    def _begin(self, track: int | None) -> tuple[VideoPass, ShownFrame, Iterator[ShownFrame]]:
        """A pass from the first frame on. Raises `UserError` when there is no frame."""
        reading = VideoPass(self.path, track, self._fps)
        reading.on_packet = self._on_packet
        self._passes.append(reading)
        try:
            frames = reading.frames()
            first = next(frames, None)
            if first is None:
                why = NoticeText(
                    "it is no {codec} video, it is damaged, or its frames have more than 64 megapixels",
                    codec=reading.codec,
                )
                if (reading.hidden or reading.header_frames == 0) and not reading.errors:
                    why = NoticeText("its edit list hides every one: export it again from what it was cut with")
                raise UserError(no_frame(self.path, why))
        except BaseException:
            self._end(reading)
            raise
        return reading, first, frames

    def _end(self, reading: VideoPass) -> None:
        reading.close()
        with contextlib.suppress(ValueError):  # ended already
            self._passes.remove(reading)

    def _note(self, code: str, **parameters: float | int | str) -> None:
        notice = VideoNotice(code, parameters)
        if notice not in self.notices:
            self.notices.append(notice)

    def _note_file(self, reading: VideoPass) -> None:
        if self.tracks > 1:
            self._note("tracks", tracks=self.tracks, track=self.track)
        if not reading.has_times and reading.rate is not None:
            source = NoticeText("as stated") if self._fps else NoticeText("as its own header says")
            self._note("no_times", fps=reading.rate, source=source)
        elif self._fps is not None:
            self._note("own_clock", fps=self._fps)

    def _note_clock(self, reading: VideoPass) -> None:
        self._note_jumps(reading.packet_clock.jumps)
        slow = reading.frame_clock.slow
        if slow is not None:
            self._note("slow", fps=1.0 / (slow[1] - slow[0]), step_s=slow[1] - slow[0], from_s=slow[0])
        self._note_gaps("hole", reading.frame_clock.holes, lambda hole: {"from_s": hole[0], "to_s": hole[1]})

    def _note_jumps(self, jumps: list[ClockJump]) -> None:
        self._note_gaps("clock_jump", jumps, lambda jump: {"at_s": jump.at_s, "by_s": jump.by_s})

    def _note_gaps(self, code: str, gaps: Sequence[GapT], parameters: Callable[[GapT], dict[str, float]]) -> None:
        """Note those that are new; each time through the file finds the same ones."""
        noted = self._noted_gaps[code]
        if len(gaps) <= noted:
            return
        self._noted_gaps[code] = len(gaps)
        for gap in gaps[noted:_MOST_GAPS]:
            self._note(code, **parameters(gap))
        if len(gaps) > _MOST_GAPS:
            self._note("more_gaps")

    def _note_missing(self, reading: VideoPass, count: int, last_s: float) -> None:
        """Say what is missing where the file promised more; a promise is an estimate, so a little less is no loss."""
        promised = (reading.header_frames or 0) - reading.hidden
        if reading.counts_empty:
            promised -= max(0, round((last_s + self.step_s) / reading.tick_s) - count)
        missing = max(reading.errors, promised - count)
        if reading.errors or missing > max(2, 0.02 * promised):
            self._note("undecodable", frames=missing, expected=count + missing, last_s=last_s)
        header_s = reading.header_duration_s
        if header_s is None or reading.header_frames or reading.may_jump or not reading.has_times:
            return
        end_s, first_s = last_s + self.step_s, (reading.frame_clock.origin or 0) * reading.tick_s
        header_s -= max(0.0, min(first_s, header_s - end_s))  # some count from 0, not from the first frame
        if header_s - end_s > max(1.0, 0.02 * header_s):
            self._note("cut_short", end_s=end_s, header_s=header_s)


def open_video(
    path: Path | str, fps: float | None = None, track: int | None = None, on_packet: OnPacket | None = None
) -> VideoFile:
    """Open a recorded video; see `VideoFile`. Raises `UserError` when it cannot be read."""
    return VideoFile(path, fps=fps, track=track, on_packet=on_packet)
