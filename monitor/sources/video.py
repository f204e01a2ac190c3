"""A video file, or the pieces of one drive, as a source."""

from __future__ import annotations

from pathlib import Path

from av.packet import Packet
from av.video.stream import VideoStream

from engines.files.printable import printable
from engines.files.video import JoinedVideo, VideoFile, open_video
from engines.files.video.pieces import Pieces, sizes
from engines.notice import NoticeText
from monitor.sources.encoded import COPIED, PacketReader, Tap
from monitor.sources.frame import Frame, Source

_MEASURED_BYTES = 256_000_000
"""A larger file is not read to its end to learn how long it is."""


class VideoSource(Source):
    """A video file or its pieces, every frame in order, timed from the first frame."""

    def __init__(
        self,
        path: Path,
        *,
        name: str | None = None,
        fps: float | None = None,
        track: int | None = None,
        tap: Tap | None = None,
        pieces: Pieces | None = None,
    ) -> None:
        """Open the file and decode its first frame.

        Args:
            path: of the file.
            name: for people; the file's when left out.
            fps: frames a second of a file that has no clock.
            track: the video track, from 1; the first when left out.
            tap: gets the packets of a file with a clock, upright, in a codec that is copied; else the frames.
            pieces: the files that are the drive; None for one file.

        Raises:
            UserError: when there is no frame to be had, or no clock.
        """
        super().__init__()
        self.path = path
        self.name = name or printable(path.name)
        self._tap = tap
        self._packets = None if tap is None else PacketReader(tap)
        self._waiting: list[tuple[Packet[VideoStream], float, float]] = []
        self._pieces = pieces
        self._video: VideoFile | JoinedVideo
        if pieces is None:
            self._video = open_video(path, fps, track, None if tap is None else self._take_packet)
        else:
            self._video = JoinedVideo(path, pieces, fps=fps, track=track)
        video = self._video
        self._gives_packets = tap is not None and video.codec in COPIED and video.is_upright and video.has_packet_times
        self.fps = self._video.frame_rate
        self._frames = iter(self._video)
        self._noted = 0

    @property
    def duration(self) -> float | None:
        """Seconds, found in the file; None for a large one, which would be read to its end, and one that is gone."""
        try:
            size = self.path.stat().st_size if self._pieces is None else sizes(self._pieces.files)
        except OSError:  # its frames can still be read
            return None
        return self._video.duration_s if size <= _MEASURED_BYTES else None

    def read(self) -> Frame | None:
        frame = next(self._frames, None)
        self._hand_on()
        self._take_video_notices(self._video)
        if frame is None:
            return None
        read = Frame(frame.pixels, frame.time_s, frame.index)
        if self._tap is not None and not self._gives_packets:
            self._tap.frame(read)
        return read

    def close(self) -> None:
        self._video.close()

    def _take_packet(self, packet: Packet[VideoStream], shown_s: float, decoded_s: float) -> None:
        self._waiting.append((packet, shown_s, decoded_s))

    def _hand_on(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self._packets is not None and self._gives_packets:
            for packet, shown_s, decoded_s in waiting:
                self._packets.hand_on(packet, shown_s, decoded_s)

    def _take_video_notices(self, video: VideoFile | JoinedVideo) -> None:
        new, self._noted = video.notices[self._noted :], len(video.notices)
        self._notices.extend(NoticeText("{name}: {what}", name=self.name, what=notice.text) for notice in new)
