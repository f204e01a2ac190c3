"""The simulated views that every bundle is tried on (`engines.bundles.simulated_views`)."""

from __future__ import annotations

from pathlib import Path

import cv2

from engines.activities import Activity
from engines.errors import UserError
from engines.files.output import prepare_folder, write_atomic
from engines.view import model_view
from train.simulation.acting.still_images import StillImage
from train.simulation.appearance import VALIDATION_SEEDS

SIZE = 224
_QUALITY = 88
_DRAWN_AT = (640, 480)

DRIVERS = {
    Activity.SAFE_DRIVING: 3,
    Activity.TEXTING_RIGHT: 0,
    Activity.PHONE_RIGHT: 2,
    Activity.TEXTING_LEFT: 4,
    Activity.PHONE_LEFT: 1,
    Activity.RADIO: 5,
    Activity.DRINKING: 2,
    Activity.REACHING_BEHIND: 0,
    Activity.HAIR_AND_MAKEUP: 5,
}
"""Which of the validation drivers shows what: clear cases, that any network worth running calls a distraction. They say
that a network is one, not how good it is."""


def write_views(folder: Path) -> list[Path]:
    """Draw the views, SIZE × SIZE pixels, as ``c0.jpg`` … ``c8.jpg``. Raises `UserError`."""
    prepare_folder(folder)
    written = []
    for activity, driver in DRIVERS.items():
        seed = VALIDATION_SEEDS[driver]
        pixels = StillImage(seed, activity, 0).draw(_DRAWN_AT)
        if pixels is None:
            raise UserError(f"driver {seed} never shows {activity.label} to the camera: choose another")
        view = cv2.cvtColor(model_view(pixels, SIZE), cv2.COLOR_RGB2BGR)
        done, data = cv2.imencode(".jpg", view, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        assert done
        written.append(folder / f"{activity.code}.jpg")
        write_atomic(written[-1], data.tobytes())
    return written
