"""From what a decoder gives to whole, upright RGB images."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.filter import Graph
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray


@dataclass
class ShownFrame:
    """A decoded frame.

    Attributes:
        picture: as the decoder gives it, without fields.
        time_s: seconds from the first frame.
        is_damaged: whether parts of it could not be decoded, and were concealed.
        quarter_turns: counter-clockwise, to stand upright.
    """

    picture: av.VideoFrame
    time_s: float
    is_damaged: bool
    quarter_turns: int

    def pixels(self, reformatter: VideoReformatter) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB, upright."""
        # Bicubic without more exact rounding: bit for bit what OpenCV gives, which networks were trained with.
        rgb = reformatter.reformat(self.picture, format="rgb24", interpolation=Interpolation.BICUBIC, threads=1)
        return np.ascontiguousarray(np.rot90(rgb.to_ndarray(), self.quarter_turns), dtype=np.uint8)


class Fields:
    """Makes whole frames of interlaced ones, whose fields are two moments; leaves all others as they are."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._shape: tuple[int, int, str] | None = None
        self._waiting: deque[ShownFrame] = deque()

    def joined(self, frame: ShownFrame) -> Iterator[ShownFrame]:
        """What can be shown once a frame is there; interlaced ones wait for the next, which they are joined with."""
        picture = frame.picture
        if self._graph is None and not picture.interlaced_frame:
            yield frame
            return
        shape = picture.width, picture.height, picture.format.name
        if shape != self._shape:
            yield from self.rest()
            self._graph, self._shape = _deinterlacing(picture), shape
        self._waiting.append(frame)
        yield from self._pulled(picture)

    def rest(self) -> Iterator[ShownFrame]:
        """What still waits when no more frames come."""
        if self._graph is not None:
            yield from self._pulled(None)
        self._graph, self._shape = None, None

    def _pulled(self, picture: av.VideoFrame | None) -> Iterator[ShownFrame]:
        assert self._graph is not None
        self._graph.vpush(picture)
        while self._waiting:
            try:
                whole = self._graph.vpull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            frame = self._waiting.popleft()
            frame.picture = whole
            yield frame


def _deinterlacing(picture: av.VideoFrame) -> Graph:
    """FFmpeg's bwdif for frames such as this one: one frame for each, and only of those that are interlaced."""
    graph = Graph()
    source = graph.add_buffer(
        width=picture.width, height=picture.height, format=picture.format, time_base=picture.time_base
    )
    bwdif = graph.add("bwdif", "mode=send_frame:parity=auto:deint=interlaced")
    graph.link_nodes(source, bwdif, graph.add("buffersink")).configure()
    return graph
