"""Writes a clip anew with parts of it made unrecognisable."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import PictureType
from numpy.typing import NDArray

from engines.errors import UserError
from engines.files.output import PRIVATE
from monitor.journal.blur.faces import FaceFinder
from monitor.journal.blur.places import Box, Found, covered

_TICKS = 90_000
_CELLS = 20
"""A frame's larger side has so many cells of one colour each: a face has a few of them."""

_OPTIONS = {"preset": "veryfast", "crf": "23"}


def blur_clip(source: Path, target: Path, finder: FaceFinder, outside: Sequence[Box] | None = None) -> None:
    """Write a clip with faces and the view outside blurred, encoded anew; its times stay.

    Args:
        source: the clip.
        target: a file that is not there yet; it is for the user alone.
        finder: finds the faces.
        outside: see `covered`.

    Raises:
        UserError: when the clip cannot be read.
        OSError: when the disk does not take it.
    """
    try:
        found, size = [], (0, 0)
        for time_s, pixels in _frames(source):
            found.append(Found(time_s, finder.find(pixels)))
            size = pixels.shape[1], pixels.shape[0]
        if not found:
            raise UserError(f"{source} has no frame")
        boxes = covered(found, size, outside)
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        try:
            _write(source, target, boxes)
        except BaseException:
            with suppress(OSError):
                target.unlink()
            raise
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise UserError(f"{source} cannot be read: {error}") from error


def cover(pixels: NDArray[np.uint8], boxes: Sequence[Box]) -> None:
    """Replace parts of an (H, W, 3) image by cells of one colour, in place; what was there cannot be computed back."""
    height, width = pixels.shape[:2]
    cell = max(height, width) / _CELLS
    coarse = cv2.resize(
        pixels, (max(1, round(width / cell)), max(1, round(height / cell))), interpolation=cv2.INTER_AREA
    )
    plain = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)
    for x0, y0, x1, y1 in boxes:
        rows = slice(max(0, int(np.floor(y0))), max(0, int(np.ceil(y1))))
        columns = slice(max(0, int(np.floor(x0))), max(0, int(np.ceil(x1))))
        pixels[rows, columns] = plain[rows, columns]


def _frames(path: Path) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time is not None:
                yield float(frame.time), np.array(frame.to_ndarray(format="rgb24"), dtype=np.uint8)


def _write(source: Path, target: Path, boxes: Sequence[Sequence[Box]]) -> None:
    with av.open(str(target), "w", format="mp4") as container:
        stream: av.VideoStream | None = None
        for (time_s, pixels), covers in zip(_frames(source), boxes, strict=True):
            cover(pixels, covers)
            height, width = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
            if stream is None:
                stream = container.add_stream("libx264", options=_OPTIONS, width=width, height=height)
                stream.codec_context.time_base = Fraction(1, _TICKS)
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels[:height, :width]), format="rgb24")
            picture.pts, picture.time_base = round(time_s * _TICKS), Fraction(1, _TICKS)
            picture.pict_type = PictureType.NONE
            container.mux(stream.encode(picture))
        if stream is not None:
            container.mux(stream.encode(None))
