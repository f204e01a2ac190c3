"""Any moment of a video file, and its length."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator

import av

from engines.errors import UserError
from engines.files.video.clock import ClockJump
from engines.files.video.pixels import ShownFrame
from engines.files.video.reading import Entry, VideoPass
from engines.notice import NoticeText

_SAME_S = 1e-4
_FORWARD_S = 3.0
"""So far it is quicker to decode what lies between than to jump."""

_BACK_S = (0.0, 1.0, 5.0, 20.0)
"""How long before the wanted time a jump aims, one after the other: files know where they can be entered."""

_DOUBTED_S = 1.0
"""A header's duration that is this far from the last frame's end is not believed, nor is the file's index."""

_FAR = 1 << 62


class VideoAccess:
    """Finds the frames of moments.

    A file is entered at the key frame before a moment, which one of these finds: the container's own index, where the
    end that it leads to is the end that the header names; a list of the packets' places, read once without decoding,
    where the clock may begin anew or there is none; decoding from the start, where neither leads there.

    Attributes:
        jumps: of the clock, once the duration or a moment was asked for.
    """

    def __init__(self, open_pass: Callable[[], VideoPass], origin: int | None) -> None:
        """Begin; nothing is opened yet.

        Args:
            open_pass: opens the file.
            origin: the stamp of its first frame, in ticks.
        """
        self.jumps: list[ClockJump] = []
        self._open_pass, self._origin = open_pass, origin or 0
        self._duration_s: float | None = None
        self._entries: list[Entry] | None = None
        self._keys: list[int] = []
        self._pass: VideoPass | None = None
        self._frames: Iterator[ShownFrame] = iter(())
        self._current: ShownFrame | None = None
        self._next: ShownFrame | None = None
        self._only_from_start = False

    def close(self) -> None:
        """Let the file go."""
        if self._pass is not None:
            self._pass.close()
        self._pass = self._current = self._next = None

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the end of the last."""
        if self._duration_s is None:
            self._duration_s = self._end_by_index()
            if self._duration_s is None:
                self._duration_s = self._end_by_entries()
        return self._duration_s

    def frame_at(self, time_s: float) -> ShownFrame:
        """The frame that holds at a time, in seconds; the last behind the end."""
        time_s = max(0.0, time_s)
        current = self._current
        if current is None or not self._is_ahead(current, time_s):
            current = self._enter(time_s)
        while self._next is not None and self._next.time_s <= time_s + _SAME_S:
            current, self._next = self._next, next(self._frames, None)
        self._current = current
        return current

    def _is_ahead(self, current: ShownFrame, time_s: float) -> bool:
        """Whether decoding on from the current frame leads to a time, and soonest."""
        is_near = time_s <= current.time_s + _FORWARD_S or self._next is None or self._only_from_start
        return current.time_s - _SAME_S <= time_s and is_near

    def _enter(self, time_s: float) -> ShownFrame:
        """Go to a frame that is not behind a time."""
        self.close()
        reading = self._pass = self._open_pass()
        if time_s > _FORWARD_S:
            found = not reading.counts and (
                self._enter_by_place(reading, time_s) or self._enter_by_index(reading, time_s)
            )
            self._only_from_start = not found
        if self._current is None:
            reading.close()
            reading = self._pass = self._open_pass()
            self._begin(reading.frames(), math.inf)
        if self._current is None:
            raise UserError(NoticeText("{path} can no longer be read: was it changed or moved?", path=reading.path))
        return self._current

    def _begin(self, frames: Iterator[ShownFrame], time_s: float) -> bool:
        """Take these frames, if the first is not behind a time."""
        first = next(frames, None)
        if first is None or first.time_s > time_s + _SAME_S:
            return False
        self._frames, self._current, self._next = frames, first, next(frames, None)
        return True

    def _enter_by_index(self, reading: VideoPass, time_s: float) -> bool:
        if self._entries is not None:
            return False
        for target_s in (time_s - back_s for back_s in _BACK_S if time_s > back_s):
            try:
                reading.seek_time(self._origin + math.floor((target_s + _SAME_S) / reading.tick_s))
            except av.FFmpegError:
                return False
            if self._begin(reading.frames(self._origin), time_s):
                return True
        return False

    def _enter_by_place(self, reading: VideoPass, time_s: float) -> bool:
        _ = self.duration_s  # which finds out how the file is entered
        entries = self._entries
        if entries is None:
            return False
        place = bisect_right(
            self._keys, time_s + _SAME_S, key=lambda key: self._seconds(entries[key].shown, reading.tick_s)
        )
        for key in reversed(self._keys[max(0, place - 2) : place]):
            frames = reading.frames_from(entries, key, self._origin)
            if frames is not None and self._begin(frames, time_s):
                return True
        return False

    def _end_by_index(self) -> float | None:
        """Seconds at which the last frame ends, read from the last key frame on; None if that may not be it."""
        with self._open_pass() as reading:
            header_s = reading.header_duration_s
            if reading.may_jump or not reading.has_times or header_s is None:
                return None
            try:
                reading.seek_time(_FAR)
            except av.FFmpegError:
                return None
            end = reading.end()
            if end is None:
                return None
            end_s = self._seconds(end, reading.tick_s)
            # Some count the duration from 0, not from the first frame.
            doubted = min(abs(header_s - end_s), abs(header_s - end * reading.tick_s)) > _DOUBTED_S
            return None if doubted else end_s

    def _end_by_entries(self) -> float:
        """The same, read from the first packet to the last, without decoding."""
        with self._open_pass() as reading:
            entries = reading.entries()
            self.jumps = reading.packet_clock.jumps
            if reading.may_jump or not reading.has_times or self.jumps:
                self._entries = entries
                self._keys = [place for place, entry in enumerate(entries) if entry.is_key]
            last = max((entry.shown for entry in entries), default=self._origin)
            return self._seconds(last, reading.tick_s) + reading.step_s

    def _seconds(self, stamp: int, tick_s: float) -> float:
        return (stamp - self._origin) * tick_s
