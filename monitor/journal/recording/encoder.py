"""Frames of a source that has no encoded packets become H.264, in a thread of its own."""

from __future__ import annotations

import io
import threading
from collections import deque
from collections.abc import Callable
from fractions import Fraction

import av
from av.video.frame import PictureType
from av.video.reformatter import Interpolation, VideoReformatter

from monitor.sources.encoded import EncodedPacket, VideoFormat
from monitor.sources.frame import Frame

_TICKS = 90_000
_KEY_EVERY_S = 1.0
_MOST_WAITING = 6
MOST_HEIGHT = 480
"""Pixels: larger frames are scaled, or encoding would cost more than the monitor itself."""

_OPTIONS = {"preset": "ultrafast", "tune": "zerolatency", "crf": "27", "threads": "1", "forced-idr": "1"}


class FrameEncoder:
    """Encodes frames with a key frame a second.

    Attributes:
        dropped: frames that were left out, since it did not keep up.
        problem: why nothing can be encoded; None while it can.
    """

    def __init__(self, on_packet: Callable[[EncodedPacket], None], *, waits: bool) -> None:
        """Prepare.

        Args:
            on_packet: gets the packets, in the encoder's thread.
            waits: whether whoever gives frames waits for the encoder, as of a recording, or goes on without it.
        """
        self._on_packet, self._waits = on_packet, waits
        self._frames: deque[Frame] = deque()
        self._changed = threading.Condition()
        self._closed = self._busy = False
        self.dropped = 0
        self.problem: str | None = None
        self._encoding: _Encoding | None = None
        self._thread = threading.Thread(target=self._run, name="encoder", daemon=True)

    def add(self, frame: Frame) -> None:
        """Have a frame encoded."""
        with self._changed:
            if self._waits:
                self._changed.wait_for(lambda: self._closed or len(self._frames) < _MOST_WAITING)
            if self._closed:
                return
            if len(self._frames) >= _MOST_WAITING:
                self.dropped += 1
                return
            self._frames.append(frame)
            if self._thread.ident is None:
                self._thread.start()
            self._changed.notify_all()

    def flush(self, wait_s: float) -> None:
        """Wait until what was given is encoded."""
        with self._changed:
            self._changed.wait_for(lambda: not self._frames and not self._busy, wait_s)

    def close(self) -> None:
        """Encode no more; what waits is left out."""
        with self._changed:
            self._closed = True
            self._frames.clear()
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._closed or self._frames)
                if self._closed:
                    return
                frame, self._busy = self._frames.popleft(), True
                self._changed.notify_all()
            try:
                packet = self._encode(frame)
                self.problem = None
            except Exception as error:  # whatever it is, the driver is watched on
                self.problem, self._encoding = f"frames cannot be encoded: {error}", None
                continue
            if packet is not None:
                self._on_packet(packet)

    def _encode(self, frame: Frame) -> EncodedPacket | None:
        height, width = frame.pixels.shape[:2]
        if self._encoding is None or self._encoding.source_size != (width, height):
            self._encoding = _Encoding(width, height)
        return self._encoding.encode(frame)


class _Encoding:
    """Frames of one size, one after the other."""

    def __init__(self, width: int, height: int) -> None:
        self.source_size = width, height
        scale = min(1.0, MOST_HEIGHT / height)
        self._size = max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)
        self._reformatter = VideoReformatter()
        self._container = av.open(io.BytesIO(), "w", format="nut")  # which has the headers apart from the packets
        stream = self._container.add_stream("libx264", options=_OPTIONS, width=self._size[0], height=self._size[1])
        stream.codec_context.time_base = Fraction(1, _TICKS)
        self._container.start_encoding()
        self._stream = stream
        self._format: VideoFormat | None = None
        self._from_s: float | None = None
        self._last_s = self._key_s = 0.0

    def encode(self, frame: Frame) -> EncodedPacket | None:
        """The packet of a frame; None of one that is not later than the one before."""
        if self._from_s is None:
            self._from_s = self._key_s = frame.time
            is_key = True
        else:
            if frame.time < self._last_s + 1.0 / _TICKS:
                return None
            is_key = frame.time >= self._key_s + _KEY_EVERY_S - 1e-6
        duration_s = 0.0 if is_key and self._format is None else frame.time - self._last_s
        self._last_s = frame.time
        image = av.VideoFrame.from_ndarray(frame.pixels, format="rgb24")
        picture = self._reformatter.reformat(
            image, *self._size, "yuv420p", interpolation=Interpolation.FAST_BILINEAR, threads=1
        )
        picture.pts, picture.time_base = round((frame.time - self._from_s) * _TICKS), Fraction(1, _TICKS)
        picture.pict_type = PictureType.I if is_key else PictureType.NONE
        (packet,) = self._stream.encode(picture)
        if packet.is_keyframe:
            self._key_s = frame.time
        if self._format is None:
            self._format = VideoFormat.of(self._stream, packet)
        # Nobody knows how long a frame is shown; as long as the one before.
        duration_s = min(duration_s, 1.0)
        return EncodedPacket(bytes(packet), frame.time, frame.time, duration_s, packet.is_keyframe, self._format)
