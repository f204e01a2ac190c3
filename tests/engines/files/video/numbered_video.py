"""Small videos whose frames show their numbers, in bars that survive any codec."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, BITS = 128, 96, 8
IN_ORDER = {"g": "10", "bf": "0"}
"""Options of libx264: frames are decoded as they are shown."""


def numbered(number: int) -> NDArray[np.uint8]:
    """An RGB image with one bright or dark bar for each bit of a number."""
    bars = [230 if number >> bit & 1 else 30 for bit in range(BITS)]
    return np.repeat(np.tile(np.repeat(np.uint8(bars), WIDTH // BITS), (HEIGHT, 1))[:, :, None], 3, axis=2)


def number_of(pixels: NDArray[np.uint8]) -> int:
    """The number that an image shows."""
    bars = pixels.astype(float).mean(axis=2)[8:-8].mean(axis=0).reshape(BITS, -1).mean(axis=1)
    return sum(1 << bit for bit in range(BITS) if bars[bit] > 128)


def write_video(
    path: Path,
    numbers: Sequence[int],
    *,
    rate: int = 10,
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    pixel_format: str = "yuv420p",
    stamps: Callable[[int], int] = lambda number: number,
    first_s: float = 0.0,
    format: str | None = None,
    prepare: Callable[[Any], None] = lambda stream: None,
    container_options: dict[str, str] | None = None,
    draw: Callable[[int], NDArray[np.uint8]] = numbered,
) -> Path:
    """Encode numbered frames; `stamps` gives the place of each in steps of the rate."""
    with av.open(str(path), "w", format=format, container_options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=options or {"g": "10"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixel_format
        prepare(stream)
        for place, number in enumerate(numbers):
            frame = av.VideoFrame.from_ndarray(draw(number), format="rgb24").reformat(format=pixel_format)
            frame.pts, frame.time_base = stamps(place) + round(first_s * rate), Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def damage(path: Path, after_s: float) -> None:
    """Overwrite part of the packet after a time, in MPEG-TS."""
    with av.open(str(path)) as container:
        start = next(packet.pos for packet in container.demux(video=0) if (packet.pts or 0) > 90000 * after_s)
    assert start is not None
    data = bytearray(path.read_bytes())
    data[start + 90 : start + 150] = bytes(range(60))
    path.write_bytes(data)
