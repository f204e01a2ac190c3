"""Image files: what is read, and what is found out before it is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engines.errors import UserError
from engines.files.images import check_images, list_images, read_image, require_readable

PIXELS = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def encoded(suffix: str) -> bytes:
    return bytes(cv2.imencode(suffix, PIXELS)[1])


@pytest.mark.parametrize("name", ["a.jpg", "a.JPG", "a.jfif", "a.jpe", "a.png", "a.bmp", "a.TIF", "a.webp", "a.gif"])
def test_suffixes_that_are_read(tmp_path: Path, name: str) -> None:
    kind = Path(name).suffix.lower()
    (tmp_path / name).write_bytes(encoded(".jpg" if kind in (".jfif", ".jpe") else kind))
    (path,) = list_images(tmp_path).paths
    pixels = read_image(path)
    assert pixels is not None and pixels.shape == PIXELS.shape


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "0 bytes"),
        (b"\n<!DOCTYPE html><html><body>404</body></html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a Git LFS pointer"),
        (bytes(2000), "zeros only"),
        (encoded(".jpg")[:60], "cut short or damaged"),
        (encoded(".jpg")[:-2], "cut short or damaged"),
        (encoded(".png")[:-200], "cut short or damaged"),
        (encoded(".webp")[:-200], "cut short or damaged"),
        (b"no image at all", "no image"),
    ],
)
def test_what_is_no_image_is_found_out(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "a.jpg").write_bytes(content)
    (tmp_path / "b.jpg").write_bytes(encoded(".jpg"))
    checked = list(check_images([tmp_path / "a.jpg", tmp_path / "b.jpg"]))
    assert [image.problem for image in checked] == [says, ""]
    assert read_image(tmp_path / "a.jpg") is None


def test_all_of_them_are_counted_and_ten_are_named(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(12)]
    for path in paths:
        path.touch()
    with pytest.raises(UserError) as caught:
        require_readable(check_images([*paths, tmp_path / "gone.jpg"]), 20, "fetch them again")
    text = str(caught.value)
    assert text.startswith("13 of 20 images cannot be read") and "9.jpg (0 bytes) and 3 more; fetch" in text
