"""A data set in one small file: `python -m calibration.gpu.packed_images --data DIR --output FILE`.

Some images of a State Farm folder, evenly of its drivers and classes, to train on where a GPU is measured.

The file is a ZIP in State Farm's own layout. It holds real people where the data set does: it is for the machine that
measures, and for no repository.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.activities import ACTIVITY_CODES
from engines.command import positive_number, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError, reason
from engines.files.images import require_image
from engines.files.output import prepare_file, write_atomic
from engines.files.regular_file import require_regular
from train.data.images import LabelledImage, sample_evenly

_LISTING = "driver_imgs_list.csv"
_NAME = re.compile(r"img_\d+\.jpg", re.ASCII)
_IMAGES = PurePosixPath("imgs/train")
_LARGEST = 64 << 20
_MEBIBYTE = 1 << 20
_WIDTH = 320
_QUALITY = 80
_TRIED = 50
"""Images that are packed to see how large one becomes."""
_ENTRY = 250
"""Bytes that an image's name and place take in the file."""
_BAD_IMAGE = "leave it out of the data set"


def pack(images: Sequence[LabelledImage], largest: int) -> tuple[bytes, int]:
    """As many images as fit, evenly of drivers and classes, as JPEGs that are at most 320 pixels wide.

    Args:
        images: to choose from.
        largest: bytes that the file may have.

    Returns:
        The file's content, and how many images are in it.

    Raises:
        UserError: when an image cannot be read, or none fits.
    """
    sizes = [len(_jpeg(require_image(image.path, _BAD_IMAGE))) for image in sample_evenly(images, _TRIED, 0)]
    count = min(len(images), int(largest / (np.mean(sizes) + _ENTRY)))
    while count > 0:
        content = _packed(sample_evenly(images, count, 0))
        if len(content) <= largest:
            return content, count
        count = min(count - 1, int(count * largest / len(content)))
    raise UserError(f"no image fits into {largest / _MEBIBYTE:g} MiB: allow more with --mib")


def _packed(images: Sequence[LabelledImage]) -> bytes:
    content, listing = io.BytesIO(), io.StringIO()
    rows = csv.writer(listing)
    rows.writerow(("subject", "classname", "img"))
    with zipfile.ZipFile(content, "w") as archive:
        for number, image in enumerate(images):
            code, name = ACTIVITY_CODES[image.label], f"img_{number}.jpg"
            archive.writestr(str(_IMAGES / code / name), _jpeg(require_image(image.path, _BAD_IMAGE)))
            rows.writerow((image.driver or "", code, name))
        archive.writestr(_LISTING, listing.getvalue())
    return content.getvalue()


def unpack(file: Path, folder: Path) -> list[LabelledImage]:
    """Put the images of a packed file into a folder.

    Raises:
        UserError: when it is no such file, is too large, or names anything but images of State Farm's layout.
    """
    require_regular(file, "packed images")
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
                raise ValueError(f"it unpacks to more than {_LARGEST // _MEBIBYTE} MiB")
            rows = list(csv.DictReader(io.StringIO(archive.read(_LISTING).decode("utf-8"))))
            images = []
            for row in rows:
                code, name = row["classname"], row["img"]
                if code not in ACTIVITY_CODES or not _NAME.fullmatch(name):
                    raise ValueError(f"it names {code}/{name}")
                path = folder / code / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(str(_IMAGES / code / name)))
                images.append(LabelledImage(path, ACTIVITY_CODES.index(code), row["subject"]))
        if not images:
            raise ValueError("it lists no image")
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
        why = reason(error) if isinstance(error, OSError) else error
        raise UserError(
            f"{file} holds no packed images ({why}): make it with python -m calibration.gpu.packed_images"
        ) from error
    return images


def _jpeg(pixels: NDArray[np.uint8]) -> bytes:
    height, width = pixels.shape[:2]
    if width > _WIDTH:
        pixels = cv2.resize(  # type: ignore[assignment]
            pixels, (_WIDTH, max(1, round(height * _WIDTH / width))), interpolation=cv2.INTER_AREA
        )
    coded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    return coded.tobytes()


def main(argv: Sequence[str] | None = None) -> int:
    """Pack images."""
    parser = CommandParser(prog="python -m calibration.gpu.packed_images", description=(__doc__ or "").split(":")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="State Farm's data, or a simulated set")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="a ZIP file")
    parser.add_argument("--mib", type=positive_number, default=6, metavar="N", help="how large it may be, in MiB (6)")
    args = parser.parse_args(argv)
    from train.statefarm import read_statefarm  # here: a machine that measures reads packed files alone

    prepare_file(args.output)
    content, count = pack(read_statefarm(args.data), args.mib * _MEBIBYTE)
    write_atomic(args.output, content)
    print(f"{args.output}: {count} images, {len(content) / _MEBIBYTE:.2f} MiB")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
