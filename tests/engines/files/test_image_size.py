"""Images: what is too large is refused by its header, before it is unpacked."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from engines.files.image_size import image_size
from engines.files.images import ImageTooLargeError, read_image, require_image

W, H = 37, 23
PICTURE = np.random.default_rng(0).integers(0, 256, (H, W, 3), dtype=np.uint8)
SUFFIXES = (".bmp", ".gif", ".jpg", ".png", ".tiff", ".webp")


def encoded(suffix: str, *options: int) -> bytes:
    return bytes(cv2.imencode(suffix, PICTURE, list(options))[1].tobytes())


def png(width: int, height: int) -> bytes:
    """A whole, valid PNG of one colour, as small as it can be."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows, packer = io.BytesIO(), zlib.compressobj(9)
    for _ in range(height):
        rows.write(packer.compress(bytes(1 + width // 8)))
    rows.write(packer.flush())
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows.getvalue()) + chunk(b"IEND", b"")


def with_bytes(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def bombs() -> dict[str, bytes]:
    """Files whose headers promise some hundreds of megapixels to gigapixels."""
    jpeg, bmp, gif, tiff = (encoded(suffix) for suffix in (".jpg", ".bmp", ".gif", ".tiff"))
    start = jpeg.index(b"\xff\xc0")
    webp = b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4)
    sides = (16_000 - 1).to_bytes(3, "little")
    for tag in (256, 257):
        at = max(tiff.find(struct.pack("<HH", tag, kind)) for kind in (3, 4))
        tiff = with_bytes(tiff, at, struct.pack("<HHII", tag, 4, 1, 50_000))
    return {
        "png": png(30_000, 3_000),
        "jpeg": with_bytes(jpeg, start + 5, struct.pack(">HH", 65_000, 65_000)),
        "bmp": with_bytes(bmp, 18, struct.pack("<ii", 40_000, -40_000)),
        "gif": with_bytes(gif, 6, struct.pack("<HH", 60_000, 60_000)),
        "tiff": tiff,
        "webp": webp + sides + sides,
        # Formats whose header is OpenCV's alone to read.
        "ppm": b"P6\n30000 30000\n255\n" + bytes(100),
        "sun raster": struct.pack(">8I", 0x59A66A95, 30_000, 30_000, 24, 0, 1, 0, 0) + bytes(100),
    }


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_size_is_that_of_the_image(suffix: str, tmp_path: Path) -> None:
    assert image_size(encoded(suffix)) == (W, H)
    path = tmp_path / f"image{suffix}"
    path.write_bytes(encoded(suffix))
    pixels = require_image(path)
    assert pixels.shape == (H, W, 3)


def test_a_lossless_webp_and_a_progressive_jpeg_have_a_size_too() -> None:
    assert image_size(encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 101)) == (W, H)
    assert image_size(encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)) == (W, H)


@pytest.mark.parametrize("name", bombs())
def test_a_small_file_of_a_huge_image_is_refused_before_it_is_unpacked(name: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(bombs()[name])
    tracemalloc.start()
    with pytest.raises(ImageTooLargeError, match="64 megapixels are the most; scale it down"):
        require_image(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6


def test_the_size_is_named(tmp_path: Path) -> None:
    (tmp_path / "white.png").write_bytes(bombs()["png"])
    with pytest.raises(UserError, match=r"white\.png has 30,000 × 3,000 pixels: 64 megapixels"):
        require_image(tmp_path / "white.png")


def test_an_image_of_fifty_megapixels_is_read(tmp_path: Path) -> None:
    (tmp_path / "large.png").write_bytes(png(8_192, 6_144))
    assert require_image(tmp_path / "large.png").shape == (6_144, 8_192, 3)


def test_a_jpeg_of_thousands_of_scans_is_refused(tmp_path: Path) -> None:
    data = encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    start = data.index(b"\xff\xda")
    (tmp_path / "scans.jpg").write_bytes(data[:start] + data[start:-2] * 200 + data[-2:])
    with pytest.raises(ImageTooLargeError, match="more than 100 scans"):
        require_image(tmp_path / "scans.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_what_is_no_file_is_no_image(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for path in (tmp_path / "pipe.jpg", tmp_path, Path("/dev/zero"), tmp_path / "none.jpg"):
        assert read_image(path) is None


@given(st.sampled_from(SUFFIXES), st.data())
def test_any_bytes_have_a_size_or_none(suffix: str, data: st.DataObject) -> None:
    whole = encoded(suffix)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    at = data.draw(st.integers(0, max(0, len(cut) - 1)))
    changed = with_bytes(cut, at, data.draw(st.binary(max_size=8)))[: len(cut)]
    size = image_size(changed)
    assert size is None or all(isinstance(side, int) and side >= 0 for side in size)
