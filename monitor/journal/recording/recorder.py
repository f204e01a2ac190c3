"""Records a drive: what happens around its incidents becomes clips in the store, without being encoded again."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError, reason
from engines.notice import NoticeText
from monitor.journal.recording.clip_file import ClipFile
from monitor.journal.recording.encoder import FrameEncoder
from monitor.journal.recording.ring import PacketRing
from monitor.journal.store.clips import part_of
from monitor.journal.store.records import StoredClip
from monitor.journal.store.writer import Store
from monitor.sources.encoded import EncodedPacket
from monitor.sources.frame import Frame

logger = logging.getLogger(__name__)

BEFORE_S, AFTER_S = 5.0, 5.0
"""What a clip shows before its incident and after it, where nothing else is said."""

_LATE_S = 5.0
"""So much later than its frames an incident may be told."""

_MOST_RING, _MOST_WAITING = 64_000_000, 32_000_000
"""Bytes that are held for what may happen, and that wait to be written."""

_STORE_S = 5.0
_RETRY_S = 2.0
_AHEAD_S = 20.0
"""So many seconds of a clip find room before they are there."""

_LEAST_ROOM = 300_000
_TRIED_BYTES = 65_536
_PART = "part"
_PART_S = 60.0
"""A drive that is recorded as a whole has a file for so long."""

_THUMBNAIL = 320

_FAULTS = (UserError, OSError, sqlite3.Error, av.FFmpegError, ValueError)
"""What may go wrong with a clip."""


@dataclass
class _Clip:
    """What an incident's clip is to be, and what there is of it.

    Attributes:
        incident_uid: of the incident; None of a part of the drive.
        start_s, end_s: what it is to show, of the packets' clock; the end is None while the incident goes on.
        zero_s: from where the drive's seconds count.
        pixels: of its thumbnail.
        file, stored: while it is written.
        again_s: when to try again to begin it.
    """

    incident_uid: str | None
    start_s: float
    end_s: float | None
    zero_s: float
    pixels: NDArray[np.uint8] | None
    file: ClipFile | None = None
    stored: StoredClip | None = None
    again_s: float = 0.0

    @property
    def key(self) -> str:
        """By which the recorder knows it."""
        return self.incident_uid or _PART


class Recorder:
    """Records one drive. A tap of its source; it works in a thread of its own, and a live drive never waits for it."""

    def __init__(
        self,
        store: Store,
        *,
        live: bool,
        everything: bool = False,
        before_s: float = BEFORE_S,
        after_s: float = AFTER_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare.

        Args:
            store: gets the clips.
            live: whether the source happens now; a recording waits for its clips.
            everything: whether the whole drive is recorded, beside its incidents.
            before_s, after_s: what a clip shows before its incident and after it.
            clock: seconds, for what is tried again.
        """
        self._store, self._live, self._clock = store, live, clock
        self._everything = everything
        self._drive: tuple[str, float] | None = None
        self._before_s, self._after_s = before_s, after_s
        self._ring = PacketRing(before_s + _LATE_S, _MOST_RING)
        self._encoder = FrameEncoder(self.packet, waits=not live)
        self._changed = threading.Condition()
        self._waiting: deque[EncodedPacket | Callable[[], None]] = deque()
        self._waiting_bytes = 0
        self._gap = self._closing = self._ends = False
        self._dropped = self._said = 0
        self._problem: str | None = None
        self._problems: dict[str, str] = {}  # by clip, also of those that are over
        self._try_s = 0.0
        self._source_problem: str | None = None
        self._newest_s = -float("inf")
        self._clips: dict[str, _Clip] = {}
        self._parts = 0
        self._done: set[str] = set()  # whose incident goes on
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    # From the thread that reads the source.

    def packet(self, packet: EncodedPacket) -> None:
        """Take a packet in. Of a live source one that finds no room is dropped, with what depends on it."""
        with self._changed:
            if self._closing or self._ends:
                return
            size = len(packet.data)
            if not self._live:
                self._changed.wait_for(lambda: self._closing or self._waiting_bytes < _MOST_WAITING)
            full = self._waiting_bytes + size > _MOST_WAITING and bool(self._waiting_bytes)
            if self._live and (full or (self._gap and not packet.is_key)):
                self._gap = True
                self._dropped += 1
                return
            self._gap = False
            self._waiting_bytes += size
            self._put(packet)

    def frame(self, frame: Frame) -> None:
        """Take a frame of a source in that has no packets: it is encoded."""
        self._encoder.add(frame)

    def fail(self, problem: str) -> None:
        """The source gives no more of what is recorded."""
        self._source_problem = f"nothing is recorded: {problem}"

    # From any thread.

    def discard(self) -> None:
        """Record no more of a drive that goes on: what is being written goes, too; what is finished stays."""
        with self._changed:
            if self._closing or self._ends:
                return
            self._waiting.clear()
            self._waiting_bytes = 0
            self._put(self._abandon)
            self._ends = True
        self._encoder.close()

    def end_parts(self) -> None:
        """Record no more than the incidents, also of a drive that was recorded as a whole."""
        with self._changed:
            self._put(self._end_parts)

    # From the drive's thread.

    def begin(self, drive_uid: str, zero_s: float) -> None:
        """The drive has begun, and is in the store; its seconds count from `zero_s`, of the source's clock."""
        with self._changed:
            self._put(lambda: self._begin_drive(drive_uid, zero_s))

    def incident(
        self, uid: str, start_s: float, end_s: float | None, zero_s: float, pixels: NDArray[np.uint8] | None = None
    ) -> None:
        """An incident has begun, goes on or has ended.

        Args:
            uid: its id in the store.
            start_s, end_s: of the source's clock; the end is None while it goes on.
            zero_s: from where the drive's seconds count.
            pixels: (H, W, 3) uint8 RGB, for the thumbnail of one that begins.
        """
        with self._changed:
            self._put(lambda: self._incident(uid, start_s, end_s, zero_s, pixels))

    def end(self) -> None:
        """The drive is over: clips end with it, and what comes later is not recorded."""
        if self._ends:
            return
        self._encoder.flush(_STORE_S)
        self._encoder.close()
        with self._changed:
            self._put(self._end)
            self._ends = True

    def close(self, wait_s: float) -> bool:
        """Write what is to be written and end; whether that is done within `wait_s` seconds."""
        self._encoder.close()
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(wait_s)
        return not self._thread.is_alive()

    @property
    def is_over(self) -> bool:
        """Whether the drive is over, and all is written."""
        return self._closing and not self._thread.is_alive()

    @property
    def dropped(self) -> int:
        """Packets and frames that are not recorded, since the disk or the encoder did not keep up."""
        return self._dropped + self._encoder.dropped

    @property
    def problem(self) -> str | None:
        """Why something is not recorded that should be, in a line for people; None while all is."""
        return self._source_problem or self._encoder.problem or self._problem

    def take_notices(self) -> list[NoticeText]:
        """What has happened since the last call, a line each."""
        dropped, before = self.dropped, self._said
        if dropped < max(1, 2 * before):  # said as it doubles
            return []
        self._said = dropped
        return [
            NoticeText(
                "the recording does not keep up: {count} frames are not in the clips; the driver is watched all the "
                "same",
                count=dropped,
            )
        ]

    def _put(self, item: EncodedPacket | Callable[[], None]) -> None:
        if self._closing or self._ends:
            return
        self._waiting.append(item)
        if self._thread.ident is None:
            self._thread.start()
        self._changed.notify_all()

    # What follows runs in the recorder's thread.

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing or self._ends)
                if not self._waiting:
                    self._closing = True
                    return
                item = self._waiting.popleft()
                if isinstance(item, EncodedPacket):
                    self._waiting_bytes -= len(item.data)
                    self._changed.notify_all()
            try:
                if isinstance(item, EncodedPacket):
                    self._take(item)
                else:
                    item()
            except Exception as error:  # the next clip may be fine
                logger.error("the recorder failed", exc_info=True)
                self._met("", f"a clip is not recorded: {type(error).__name__}: {error}")

    def _take(self, packet: EncodedPacket) -> None:
        self._newest_s = packet.decoded_s
        self._ring.add(packet)
        if self._everything and self._drive is not None:
            self._part(packet, *self._drive)
        for clip in list(self._clips.values()):
            if clip.file is None:
                self._try_to_begin(clip)
            elif packet.format is not clip.file.format:
                self._finish(clip)  # a file has one format
            else:
                self._write(clip, clip.file, packet)
                self._find_room(clip)
            self._look_at_end(clip)
        self._try_again()

    def _begin_drive(self, drive_uid: str, zero_s: float) -> None:
        self._drive = drive_uid, zero_s

    def _part(self, packet: EncodedPacket, drive_uid: str, zero_s: float) -> None:
        """Have a part of the drive be written; from time to time the next one begins, with a key frame."""
        part = self._clips.get(_PART)
        begins_s = -float("inf") if self._parts == 0 else packet.shown_s
        is_full = part is not None and part.file is not None and packet.shown_s >= part.file.start_s + _PART_S
        if part is not None and is_full and packet.is_key:
            part.end_s = packet.shown_s
            self._finish(part)
            part = None
        if part is None:
            self._parts += 1
            self._clips[_PART] = _Clip(None, begins_s, None, zero_s, None)

    def _look_at_end(self, clip: _Clip) -> None:
        if clip.end_s is not None and self._newest_s >= clip.end_s:
            self._finish(clip)

    def _incident(
        self, uid: str, start_s: float, end_s: float | None, zero_s: float, pixels: NDArray[np.uint8] | None
    ) -> None:
        if uid in self._done:
            return
        clip = self._clips.get(uid)
        if clip is None:
            clip = self._clips[uid] = _Clip(uid, start_s - self._before_s, None, zero_s, pixels)
        if end_s is not None:
            clip.end_s = end_s + self._after_s
        if clip.file is None:
            self._try_to_begin(clip)
        self._look_at_end(clip)

    def _try_to_begin(self, clip: _Clip) -> None:
        if self._clock() < clip.again_s:
            return
        packets = [
            packet for packet in self._ring.since(clip.start_s) if clip.end_s is None or packet.decoded_s < clip.end_s
        ]
        if not packets:
            return
        size = sum(len(packet.data) for packet in packets)
        most = size + _LEAST_ROOM + round(self._ring.bytes_a_second * _AHEAD_S)
        try:
            clip.stored = self._begin_stored(clip, most)
            clip.file = ClipFile(part_of(self._store.folder, clip.stored), clip.start_s, packets, clip.zero_s)
            self._met(clip.key, None)
        except _FAULTS as error:
            self._fail(clip, error)

    def _begin_stored(self, clip: _Clip, most_bytes: int) -> StoredClip:
        if clip.incident_uid is not None:
            return self._store.begin_clip(clip.incident_uid, most_bytes, _STORE_S)
        assert self._drive is not None
        return self._store.begin_part(self._drive[0], most_bytes, _STORE_S)

    def _find_room(self, clip: _Clip) -> None:
        """Have a clip that grows beyond what was thought find room; one that finds none ends there."""
        if clip.file is None or clip.stored is None:
            return
        rate = max(self._ring.bytes_a_second, 1.0)
        if clip.file.bytes + _LEAST_ROOM / 2 + rate > clip.stored.bytes:
            more = clip.file.bytes + _LEAST_ROOM + round(rate * _AHEAD_S)
            try:
                clip.stored = self._store.extend_clip(clip.stored, more, _STORE_S)
            except _FAULTS as error:
                self._finish(clip)
                self._met(clip.key, _text(error))

    def _finish(self, clip: _Clip) -> bool:
        """Complete a clip and leave it with the store; False where nothing is left of it."""
        self._clips.pop(clip.key, None)
        if clip.end_s is None and clip.incident_uid is not None:
            self._done.add(clip.incident_uid)
        file, stored = clip.file, clip.stored
        if file is None or stored is None:
            return False
        try:
            start_s, end_s = file.close(clip.end_s)
            span_s = start_s - clip.zero_s, end_s - clip.zero_s
            self._store.finish_clip(stored, span_s, _STORE_S, _thumbnail(clip.pixels))
            self._met(clip.key, None)
        except _FAULTS as error:
            self._fail(clip, error)
            return False
        clip.file = clip.stored = None
        return True

    def _write(self, clip: _Clip, file: ClipFile, packet: EncodedPacket) -> None:
        """Write a packet. A clip that takes no more ends there, or is begun again where nothing is left of it."""
        try:
            file.add(packet)
        except _FAULTS as error:
            if not self._finish(clip):
                self._clips[clip.key] = clip
                self._done.discard(clip.key)
            self._met(clip.key, _text(error))

    def _met(self, key: str, problem: str | None) -> None:
        """What is wrong with a clip, or that it is written."""
        self._problems.pop(key, None)
        if problem is not None:
            self._problems[key] = problem
            self._try_s = self._clock() + _RETRY_S
        self._problem = next(iter(self._problems.values()), None)

    def _try_again(self) -> None:
        """Whether a clip could be written now, after one that could not and is over: nothing else would tell."""
        over = [key for key in self._problems if key not in self._clips]
        if not over or self._drive is None or self._clock() < self._try_s:
            return
        stored: StoredClip | None = None
        problem: str | None = None
        try:
            stored = self._store.begin_part(self._drive[0], _LEAST_ROOM, _STORE_S)
            with part_of(self._store.folder, stored).open("r+b") as file:
                file.write(bytes(_TRIED_BYTES))
                file.flush()
                os.fsync(file.fileno())
        except _FAULTS as error:
            problem = _text(error)
        with suppress(*_FAULTS):  # then the next start does it
            if stored is not None:
                self._store.abandon_clip(stored, _STORE_S)
        for key in over:
            self._met(key, problem)

    def _fail(self, clip: _Clip, error: Exception) -> None:
        """A clip cannot be written: it is begun again a little later, with what is in memory then."""
        self._met(clip.key, _text(error))
        clip.again_s = self._clock() + _RETRY_S
        self._drop(clip)

    def _drop(self, clip: _Clip) -> None:
        """Keep nothing of a clip that is not finished."""
        file, stored = clip.file, clip.stored
        clip.file = clip.stored = None
        if file is not None:
            file.let_go()
        with suppress(*_FAULTS):  # then the next start does it
            if stored is not None:
                self._store.abandon_clip(stored, _STORE_S)

    def _end(self) -> None:
        for clip in list(self._clips.values()):
            if clip.file is None:
                clip.again_s = 0.0
                self._try_to_begin(clip)
            self._finish(clip)

    def _abandon(self) -> None:
        clips, self._clips = list(self._clips.values()), {}
        for clip in clips:
            self._drop(clip)
        self._problems.clear()
        self._problem = self._source_problem = None

    def _end_parts(self) -> None:
        self._everything = False
        part = self._clips.get(_PART)
        if part is not None:
            self._finish(part)


def _text(error: Exception) -> str:
    return f"a clip is not recorded: {reason(error) if isinstance(error, OSError) else error}"


def _thumbnail(pixels: NDArray[np.uint8] | None) -> bytes | None:
    """A small JPEG."""
    if pixels is None:
        return None
    height, width = pixels.shape[:2]
    scale = min(1.0, _THUMBNAIL / width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 72])
    return data.tobytes() if done else None
