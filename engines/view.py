"""The model view: the square image of the driver that regions are found in and the network sees.

driver crop → mirror (right-hand drive) → resize to S×S → uint8 RGB. Training and live use walk this one path.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from engines.errors import UserError, reason
from engines.files.output import write_atomic
from engines.files.settings_faults import first_fault
from engines.files.toml_files import load_toml, read_document, set_value
from engines.notice import NoticeText

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]


class Mount(BaseModel):
    """How the camera sits in the car: which part of the frame shows the driver, and whether to mirror it.

    Stored as a small TOML file::

        crop = [0.0, 0.0, 1.0, 1.0]   # x0, y0, x1, y1 as fractions of the frame
        mirror = false                # true in a right-hand-drive car; swaps C1↔C3 and C2↔C4
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    crop: tuple[Fraction, Fraction, Fraction, Fraction] = Field(
        (0.0, 0.0, 1.0, 1.0), title="Driver crop", description="x0, y0, x1, y1 as fractions of the frame"
    )
    mirror: bool = Field(False, title="Mirror", description="mirror the view: the driver sits on the right")

    @field_validator("crop")
    @classmethod
    def _has_area(cls, crop: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        x0, y0, x1, y1 = crop
        if x1 <= x0 or y1 <= y0:
            raise ValueError("a crop needs x0 < x1 and y0 < y1")
        return crop

    @classmethod
    def load(cls, path: Path) -> Mount:
        """Read a mount file. Raises `UserError` when it cannot be read or says something impossible."""
        try:
            return cls.model_validate(load_toml(path))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise UserError(
                NoticeText("cannot read the mount file {path}: {reason}", path=path, reason=reason(error))
            ) from error
        except ValidationError as error:
            raise UserError(
                NoticeText("mount file {path}: {fault}", path=path, fault=first_fault(error, cls))
            ) from error

    def save(self, path: Path) -> None:
        """Write the mount as TOML, atomically. Raises `UserError` when it cannot be written.

        A file that is there keeps its comments and its order.
        """
        import tomlkit  # here: a view is cut where it is not installed, too

        document = read_document(path)
        crop = set_value(document, "crop", [round(value, 4) for value in self.crop])
        if crop is not None:
            crop.comment(str(type(self).model_fields["crop"].description))
        set_value(document, "mirror", self.mirror)
        write_atomic(path, tomlkit.dumps(document))


WHOLE_FRAME = Mount()
"""A camera that shows the driver in the whole frame, in a left-hand-drive car."""


def driver_crop(pixels: NDArray[np.uint8], mount: Mount) -> NDArray[np.uint8]:
    """The part of a frame (H, W, 3) that a mount shows the driver in, mirrored if it says so; a view, not a copy."""
    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = mount.crop
    # At least one pixel is left, however small the frame and the crop.
    left, top = min(int(x0 * width), width - 1), min(int(y0 * height), height - 1)
    right, bottom = max(round(x1 * width), left + 1), max(round(y1 * height), top + 1)
    cut = pixels[top:bottom, left:right]
    return cut[:, ::-1] if mount.mirror else cut


def model_view(pixels: NDArray[np.uint8], size: int, mount: Mount | None = None) -> NDArray[np.uint8]:
    """Cut, mirror and resize a frame to the square view that the network sees.

    Args:
        pixels: (H, W, 3) uint8 RGB frame.
        size: S, the side of the view in pixels.
        mount: the camera mount; the whole frame, unmirrored, when left out.

    Returns:
        (S, S, 3) uint8 RGB, contiguous. The aspect ratio is not kept: the driver fills the view.
    """
    import cv2  # here: mounts are read without it

    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise ValueError(f"a frame is uint8 H×W×3, not {pixels.dtype} {pixels.shape}")
    cut = driver_crop(pixels, mount or Mount())
    shrinks = cut.shape[0] >= size and cut.shape[1] >= size
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    view = cv2.resize(np.ascontiguousarray(cut), (size, size), interpolation=interpolation)
    return np.ascontiguousarray(view, dtype=np.uint8)


def view_point_to_frame(x: float, y: float, mount: Mount) -> tuple[float, float]:
    """Map a point of the view (fractions 0..1) back to the frame (fractions 0..1): undoes mirror, then crop."""
    x0, y0, x1, y1 = mount.crop
    if mount.mirror:
        x = 1.0 - x
    return x0 + x * (x1 - x0), y0 + y * (y1 - y0)
