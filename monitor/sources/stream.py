"""A network stream: RTSP, HTTP and what else FFmpeg reads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from itertools import chain

import av
import numpy as np
from av.container import InputContainer
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from engines.files.video.opening import TOLERANT
from engines.files.video.pixels import Fields, ShownFrame
from monitor.sources.capture import MAX_FPS

_TIMEOUT_S = 4.0
"""How long opening or reading may take before the stream counts as lost."""

_OPTIONS = {"rtsp_transport": "tcp"}
"""Cameras lose packets over UDP, which smears what is decoded."""

_MOST_ERRORS = 100
"""After so many packets that cannot be decoded, without a frame between them, the stream counts as lost."""


class StreamCapture:
    """A stream's first video, its fields joined, upright. Times are the arrival's: the caller notes them.

    Packets that cannot be decoded are left out.
    """

    def __init__(self, url: str) -> None:
        """Open it; what cannot be reached gives no frame."""
        self._container: InputContainer | None = None
        self._frames: Iterator[NDArray[np.uint8]] = iter(())
        self._fps: float | None = None
        try:
            options = _OPTIONS if url.lower().startswith("rtsp") else {}
            self._container = av.open(url, timeout=(_TIMEOUT_S, _TIMEOUT_S), options=options, **TOLERANT)
            if self._container.streams.video:
                rate = self._container.streams.video[0].average_rate
                self._fps = float(rate) if rate is not None and 0.1 <= rate <= MAX_FPS else None
                self._frames = _decoded(self._container)
        except (av.FFmpegError, OSError, ValueError):
            self.close()

    @property
    def fps(self) -> float | None:
        return self._fps

    def read(self) -> NDArray[np.uint8] | None:
        try:
            return next(self._frames, None)
        except (av.FFmpegError, OSError, ValueError):
            self._frames = iter(())
            return None

    def close(self) -> None:
        container, self._container = self._container, None
        self._frames = iter(())
        if container is not None:
            with contextlib.suppress(av.FFmpegError, OSError):
                container.close()


def _decoded(container: InputContainer) -> Iterator[NDArray[np.uint8]]:
    reformatter, fields = VideoReformatter(), Fields()
    stream = container.streams.video[0]
    stream.thread_type = "SLICE"  # threads a frame each would hold frames back
    errors = 0
    packets = (packet for packet in container.demux(stream) if packet.size)  # an empty one would end the decoding
    for packet in chain(packets, [None]):  # None empties the decoder
        try:
            pictures = stream.decode(packet)
        except av.error.EOFError:
            return
        except av.FFmpegError:
            errors += 1
            if errors >= _MOST_ERRORS:
                return
            continue
        errors = 0 if pictures else errors
        for picture in pictures:
            shown = ShownFrame(picture, 0.0, picture.is_corrupt, round(picture.rotation / 90))
            for frame in fields.joined(shown):
                yield frame.pixels(reformatter)
