"""Videos whose frames say which one they are, so that a clip's can be compared with what it was to show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from monitor.sources import open_source
from monitor.sources.encoded import EncodedPacket
from monitor.sources.frame import Frame, Source

_BLOCK = 16
_BITS = 12
WIDTH, HEIGHT = _BLOCK * _BITS, 64


def image(number: int) -> NDArray[np.uint8]:
    """(HEIGHT, WIDTH, 3) RGB: a number's bits as blocks that survive any codec."""
    bits = [255 * (number >> bit & 1) for bit in range(_BITS)]
    row = np.repeat(np.array(bits, dtype=np.uint8), _BLOCK)
    return np.repeat(np.broadcast_to(row, (HEIGHT, WIDTH))[..., None], 3, axis=2).copy()


def number_in(pixels: NDArray[np.uint8]) -> int:
    """The number in an image, of whatever size."""
    width = pixels.shape[1] / _BITS
    middle = pixels[pixels.shape[0] // 2, :, 0]
    return sum(1 << bit for bit in range(_BITS) if middle[int((bit + 0.5) * width)] > 127)


def write_numbered(
    path: Path, frames: int, *, fps: int = 25, key_every: int = 50, codec: str = "libx264", b_frames: int = 0
) -> Path:
    """A video of so many numbered frames."""
    options = {"g": str(key_every), "bf": str(b_frames), "preset": "ultrafast", "sc_threshold": "0"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps, options={} if codec == "mjpeg" else options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(image(number), format="rgb24")
            picture.pts, picture.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


class Taken:
    """A tap that keeps what it gets."""

    def __init__(self) -> None:
        self.packets: list[EncodedPacket] = []
        self.frames: list[Frame] = []
        self.problems: list[str] = []

    def packet(self, packet: EncodedPacket) -> None:
        self.packets.append(packet)

    def frame(self, frame: Frame) -> None:
        self.frames.append(frame)

    def fail(self, problem: str) -> None:
        self.problems.append(problem)


def read_all(source: Source) -> list[Frame]:
    """The frames of a source that ends."""
    with source:
        return list(iter(source.read, None))


def packets_of(video: Path) -> list[EncodedPacket]:
    """The packets that a video hands on."""
    tap = Taken()
    read_all(open_source(video, tap=tap))
    assert not tap.frames
    return tap.packets


def numbers_in(clip: Path) -> list[tuple[float, int]]:
    """Time and number of each frame that a player shows."""
    return list(_shown(clip))


def span(numbers: Sequence[tuple[float, int]]) -> tuple[int, int]:
    """The first and the last number; all between them are there."""
    assert [number for _, number in numbers] == list(range(numbers[0][1], numbers[-1][1] + 1))
    return numbers[0][1], numbers[-1][1]


def _shown(clip: Path) -> Iterator[tuple[float, int]]:
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            yield float(frame.time), number_in(np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8))
