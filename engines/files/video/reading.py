"""One way through a video file, from its packets to frames in the order of showing."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

import av
from av.packet import Packet
from av.video.stream import VideoStream

from engines.errors import UserError
from engines.files.video.clock import LONGEST_STEP_S, FrameClock, PacketClock, Stamped, counters_break
from engines.files.video.opening import check_is_file, codec_name, limit_pixels, open_container, video_tracks
from engines.files.video.pixels import Fields, ShownFrame
from engines.notice import NoticeText

# Flags of FFmpeg's containers (avformat.h): no times in the file; times that may begin anew.
_NO_TIMES, _MAY_JUMP = 0x0080, 0x0200

_MIN_RATE = 0.001
_USUAL_STEP_S = 1 / 25
"""Between frames of which a file with times says no rate: for stamps that are missing only, and then it is said."""

_THREADS = 4
_LOOK_BYTES, _TS_PACKET = 400_000, 204
"""Before a jump, in which MPEG-TS repeats its tables many times; and of its longest packet."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A packet of a track.

    Attributes:
        pts, dts: its stamps, put right, in ticks.
        shown: when its frame is shown, in ticks, by the rate where the stamp cannot be right.
        position, size: its first byte in the file, and the number of its bytes.
        is_key: whether decoding can begin with it at the time `shown`.
    """

    pts: int | None
    dts: int | None
    shown: int
    position: int | None
    size: int
    is_key: bool


_UNKNOWN = Entry(None, None, 0, None, 0, False)

OnPacket: TypeAlias = "Callable[[Packet[VideoStream], float, float], None]"
"""Takes a packet, and when its frame is shown and decoded, in seconds of the frames' clock; below 0 for hidden ones."""


class VideoPass:
    """A video file, opened to be read once from some place on. Close it. Not for more than one thread, but for `close`.

    Attributes:
        closed: whether it is.
        tracks: video tracks in the file; covers are none.
        track: the one that is read, from 1.
        has_times: whether the file stamps its packets; else its frames are counted.
        counts: whether a frame's time follows from its place in the order of showing, of which decoding from within
            the file does not tell.
        may_jump: whether the container's clock may begin anew within a file.
        rate: frames a second by the file's own account, or as stated; None where there is none.
        tick_s, step_s: seconds of a tick, and from one frame to the next.
        codec: its name.
        size: width and height of the frames as they are stored, in pixels.
        header_duration_s: seconds, as the header says, which may be wrong; None where it does not.
        header_frames: the number of frames, hidden ones too, as the header says; None where it does not.
        counts_empty: whether `header_frames` counts frames that were not recorded, too.
        errors: packets so far that could not be decoded.
        hidden: packets so far that an edit list hides.
        packet_clock, frame_clock: of what was read so far.
        on_packet: gets every packet of `frames` that has a stamp, in the order of decoding, before its frame.
    """

    def __init__(self, path: Path, track: int | None = None, fps: float | None = None) -> None:
        """Open a file. Raises `UserError` for what is no video, has no such track, no clock or no decoder."""
        self.path = path
        # FFmpeg does not check whether what it reads was closed.
        self._lock, self.closed = threading.Lock(), False
        check_is_file(path)
        self._container = open_container(path)
        try:
            self._choose_track(track)
            self._read_rate(fps)
        except BaseException:
            self.close()
            raise
        self.errors = self.hidden = 0
        self.on_packet: OnPacket | None = None
        self._undated: list[Packet[VideoStream]] = []
        self.packet_clock = self._new_packet_clock()
        self.frame_clock = FrameClock(self.tick_s, self.step_s)

    def __enter__(self) -> VideoPass:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go; iterators over it end."""
        with self._lock:
            self.closed = True
            self._container.close()

    def packets(self) -> Iterator[Packet[VideoStream]]:
        """The track's packets from here on, in the order of decoding, their stamps put right."""
        self.packet_clock = self._new_packet_clock()
        # MP4's times are sums of steps, which are never wrong by themselves; where it was edited, only those of showing
        # go ahead.
        packets = self._demuxed()
        yield from packets if self._format.startswith("mov") else self.packet_clock.put_right(packets)

    def entries(self) -> list[Entry]:
        """All packets from here on, without decoding them."""
        entries: list[Entry] = []
        step, shown = round(self.step_s / self.tick_s), 0
        for number, packet in enumerate(self.packets()):
            sure = self._shown(packet) if self.has_times else number
            if not packet.is_discard:
                shown = shown + step if sure is None else sure
            can_begin = packet.is_keyframe and not packet.is_discard and sure is not None
            entries.append(Entry(packet.pts, packet.dts, shown, packet.pos, packet.size, can_begin))
        return entries

    def end(self) -> int | None:
        """The tick at which the last frame ends, of those from here on; None where no packet has a stamp."""
        last: int | None = None
        for packet in self.packets():
            shown = None if packet.is_discard else self._shown(packet)
            if shown is not None:
                end = shown + (packet.duration or round(self.step_s / self.tick_s))
                last = end if last is None else max(last, end)
        return last

    def seek_time(self, tick: int) -> None:
        """Go to the key frame before a tick, by the container's index. Raises `av.FFmpegError` where it has none."""
        self._seek(tick, stream=self._stream)

    def frames(self, origin: int | None = None) -> Iterator[ShownFrame]:
        """The frames from here on.

        Args:
            origin: the stamp of the file's first frame, where this is another.
        """
        yield from self._frames(self.packets(), 0, origin)

    def frames_from(self, entries: Sequence[Entry], index: int, origin: int | None) -> Iterator[ShownFrame] | None:
        """The frames from a key packet on, found by its place in the file; None where it cannot be found again.

        Args:
            entries: all packets of the track.
            index: of the key packet.
            origin: the stamp of the file's first frame.
        """
        key = entries[index]
        if key.position is None:
            return None
        try:
            self._seek(key.position, unsupported_byte_offset=True)
        except av.FFmpegError:
            return None
        packets = self._demuxed()
        # What begins at the place may be the end of another packet.
        found = (packet for packet in islice(packets, 3) if (packet.pos, packet.size) == (key.position, key.size))
        first = next(found, None)
        if first is None:
            return None

        def stamped() -> Iterator[Packet[VideoStream]]:
            known = islice(entries, index, None)
            for packet in chain([first], packets):
                entry = next(known, _UNKNOWN)
                packet.pts, packet.dts = entry.pts, entry.dts
                yield packet

        return self._frames(stamped(), index, origin)

    def _choose_track(self, track: int | None) -> None:
        streams = video_tracks(self._container, self.path)
        self.tracks, self.track = len(streams), 1 if track is None else track
        if not streams:
            raise UserError(NoticeText("{path} has no video track: name a recording with images", path=self.path))
        if not 1 <= self.track <= self.tracks:
            raise UserError(
                NoticeText(
                    "{path} has no video track {track}, of {tracks}: choose one that is there with --track",
                    path=self.path,
                    track=self.track,
                    tracks=self.tracks,
                )
            )
        self._stream = streams[self.track - 1]
        if self._stream.codec_context is None:
            raise UserError(
                NoticeText(
                    "{path}: there is no decoder here for its video ({codec}): convert it to H.264, or record it so",
                    path=self.path,
                    codec=codec_name(self._stream),
                )
            )
        limit_pixels(self._stream)
        # Slices, not frames, are shared among threads: FFmpeg conceals damage and tells of it only so.
        self._stream.thread_type = "SLICE"
        self._stream.thread_count = min(_THREADS, os.cpu_count() or 1)
        self.codec = codec_name(self._stream)
        self.size = self._stream.width, self._stream.height
        self.header_frames = self._stream.frames or None
        if self.header_frames and self._container.format.name.startswith("mov"):
            self.header_frames = len(self._stream.index_entries)  # what an edit list leaves of them, or repeats

    def _read_rate(self, fps: float | None) -> None:
        """Find out the track's clock and rate. Raises `UserError` where there is neither."""
        flags, name = self._container.format.flags, self._container.format.name
        self._format = name
        self.has_times, self.may_jump = not flags & _NO_TIMES, bool(flags & _MAY_JUMP)
        stream = self._stream
        self.counts_empty = name == "avi"
        # AVI says only when packets are decoded.
        self.counts = bool(stream.codec_context.has_b_frames) and (name == "avi" or not self.has_times)
        if self.has_times:
            rates = (stream.guessed_rate, stream.average_rate)
            # Some files claim 90,000 frames a second, their time base.
            self.rate = next((float(rate) for rate in rates if rate and _MIN_RATE <= rate <= 1000.0), None)
        else:
            # FFmpeg takes 25 for the rate of such a stream's container; the codec's own header may know better.
            own = stream.codec_context.framerate
            self.rate = fps or (float(own) if own and _MIN_RATE <= own <= 1000.0 else None)
            if self.rate is None:
                raise UserError(
                    NoticeText(
                        "{path} has no clock, neither time stamps nor a frame rate: state its frames a second, as with"
                        " --fps 6",
                        path=self.path,
                    )
                )
        self.step_s = 1.0 / self.rate if self.rate else _USUAL_STEP_S
        self.tick_s = float(stream.time_base) if self.has_times and stream.time_base else self.step_s
        self.header_duration_s: float | None = None
        if stream.duration is not None and stream.time_base:
            self.header_duration_s = float(stream.duration * stream.time_base)
        elif self._container.duration is not None:
            self.header_duration_s = self._container.duration / av.time_base

    def _new_packet_clock(self) -> PacketClock:
        return PacketClock(
            self.tick_s,
            self.step_s,
            self._begins_piece if self.may_jump else None,
            wraps=self._format in ("mpegts", "mpeg"),
            by_showing=self._format.startswith(("matroska", "nut")),
        )

    def _begins_piece(self, packet: Stamped) -> bool:
        assert isinstance(packet, Packet)
        if not packet.is_keyframe or self._format != "mpegts" or packet.pos is None:
            return packet.is_keyframe
        with self.path.open("rb") as file:
            file.seek(max(0, packet.pos - _LOOK_BYTES))
            return counters_break(file.read(packet.pos - file.tell() + _TS_PACKET))

    def _shown(self, packet: Packet[VideoStream]) -> int | None:
        """When a packet's frame is shown, in ticks; None where that is not said, or cannot be."""
        if packet.pts is None or packet.dts is None:
            return packet.pts if packet.dts is None else packet.dts
        is_near = (packet.pts - packet.dts) * self.tick_s <= LONGEST_STEP_S
        return packet.pts if is_near or not self.may_jump else None

    def _seek(self, place: int, **how: Any) -> None:
        with self._lock:
            if not self.closed:
                self._container.seek(place, **how)

    def _demuxed(self) -> Iterator[Packet[VideoStream]]:
        """The track's packets, up to what cannot be read."""
        packets = self._container.demux(self._stream)
        while True:
            try:
                with self._lock:
                    packet = None if self.closed else next(packets, None)
            except av.FFmpegError:
                self.errors += 1
                return
            if packet is None:
                return
            if not self.has_times:
                packet.pts = packet.dts = None  # counted by FFmpeg, at a rate of its own
            elif self._format == "avi":
                packet.pts = None  # which AVI does not say: FFmpeg guesses that of some
            if packet.size:  # an empty one would end the decoding
                self.hidden += packet.is_discard
                yield packet

    def _frames(self, packets: Iterable[Packet[VideoStream]], first: int, origin: int | None) -> Iterator[ShownFrame]:
        clock = self.frame_clock = FrameClock(self.tick_s, self.step_s, origin if self.has_times else 0)
        fields = Fields()
        for picture, time_s in clock.timed(self._stamped(packets, first)):
            turns = round(picture.rotation / 90) % 4
            self._date()
            yield from fields.joined(ShownFrame(picture, time_s, picture.is_corrupt, turns))
        yield from fields.rest()

    def _date(self) -> None:
        """Hand packets on, once it is known from which stamp the frames' times count."""
        origin = self.frame_clock.origin
        if self.on_packet is None or origin is None:
            return
        for packet in self._undated:
            shown = packet.dts if packet.pts is None else packet.pts
            if shown is not None:
                decoded = shown if packet.dts is None else packet.dts
                self.on_packet(packet, (shown - origin) * self.tick_s, (decoded - origin) * self.tick_s)
        self._undated.clear()

    def _stamped(
        self, packets: Iterable[Packet[VideoStream]], first: int
    ) -> Iterator[tuple[av.VideoFrame, int | None]]:
        for number, (picture, decoded) in enumerate(self._decoded(packets), first):
            yield picture, (decoded if picture.pts is None else picture.pts) if self.has_times else number

    def _decoded(self, packets: Iterable[Packet[VideoStream]]) -> Iterator[tuple[av.VideoFrame, int | None]]:
        """Frames in the order of showing, each with the time of decoding of the packet in its place of that order."""
        decoded: deque[int | None] = deque()
        for packet in chain(packets, [None]):  # None empties the decoder
            if packet is not None and self.on_packet is not None:
                self._undated.append(packet)
            try:
                with self._lock:
                    if self.closed:
                        return
                    pictures = self._stream.decode(packet)
            except av.error.EOFError:
                return
            except av.FFmpegError:
                self.errors += 1
                continue
            if packet is not None and not packet.is_discard:
                decoded.append(packet.dts)
            for picture in pictures:
                yield picture, decoded.popleft() if decoded else None
