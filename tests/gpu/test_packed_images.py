"""Packed images: as many as fit, evenly, and nothing else out of a file that says it holds some."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from calibration.gpu.packed_images import main, unpack
from engines.errors import UserError
from engines.files.images import require_image

DRIVERS, CLASSES, EACH = 4, 3, 12


@pytest.fixture(scope="module")
def statefarm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in State Farm's layout, of noise that does not compress."""
    folder = tmp_path_factory.mktemp("statefarm")
    random = np.random.default_rng(0)
    rows = [("subject", "classname", "img")]
    for driver in range(DRIVERS):
        for code in range(CLASSES):
            for number in range(EACH):
                name = f"img_{driver}_{number}.jpg"
                path = folder / "imgs" / "train" / f"c{code}" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                pixels = random.integers(0, 256, (480, 640, 3), dtype=np.uint8)
                cv2.imwrite(str(path), cv2.blur(pixels, (9, 9)))
                rows.append((f"p{driver}", f"c{code}", name))
    with (folder / "driver_imgs_list.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return folder


def test_as_many_as_fit_evenly_of_drivers_and_classes(statefarm: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed.zip"
    assert main(["--data", str(statefarm), "--output", str(packed), "--mib", "1"]) == 0
    images = unpack(packed, tmp_path / "images")
    assert packed.stat().st_size <= 1 << 20
    assert DRIVERS * CLASSES < len(images) < DRIVERS * CLASSES * EACH
    counts = Counter((image.driver, image.label) for image in images)
    assert len(counts) == DRIVERS * CLASSES and max(counts.values()) - min(counts.values()) <= 1
    assert require_image(images[0].path, "").shape == (240, 320, 3)


def packed_as(folder: Path, name: str, code: str = "c0", size: int = 8) -> Path:
    file, listing = folder / "packed.zip", io.StringIO()
    csv.writer(listing).writerows([("subject", "classname", "img"), ("p0", code, name)])
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("driver_imgs_list.csv", listing.getvalue())
        archive.writestr(f"imgs/train/{code}/{name}", b"\0" * size)
    return file


@pytest.mark.parametrize("name", ["../../out.jpg", "/out.jpg", "..\\out.jpg", "", "..", "."])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    file = packed_as(tmp_path, name)
    with pytest.raises(UserError, match="packed_images"):
        unpack(file, tmp_path / "deep" / "images")
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {*before, file}


def test_an_unknown_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="c99"):
        unpack(packed_as(tmp_path, "img_0.jpg", code="c99"), tmp_path / "images")


def test_what_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="64 MiB"):
        unpack(packed_as(tmp_path, "img_0.jpg", size=65 << 20), tmp_path / "images")


def test_what_is_no_packed_file_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("nothing")
    with pytest.raises(UserError, match="packed_images"):
        unpack(file, tmp_path / "images")
