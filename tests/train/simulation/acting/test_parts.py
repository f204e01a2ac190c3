"""Where the simulation says that head and hands are, against what it draws there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engines.activities import Activity
from engines.driver_parts import DriverPart
from train.simulation.acting.parts import part_boxes
from train.simulation.acting.still_images import StillImage
from train.simulation.appearance import DriveSide

SIZE = (320, 240)


@pytest.mark.parametrize("drive_side", ["left", "right"])
@pytest.mark.parametrize(
    ("activity", "part"),
    [
        (Activity.TEXTING_RIGHT, DriverPart.RIGHT_HAND),
        (Activity.PHONE_RIGHT, DriverPart.RIGHT_HAND),
        (Activity.TEXTING_LEFT, DriverPart.LEFT_HAND),
        (Activity.PHONE_LEFT, DriverPart.LEFT_HAND),
    ],
)
def test_a_phone_lies_in_the_box_of_its_hand(drive_side: DriveSide, activity: Activity, part: DriverPart) -> None:
    found = StillImage(0, activity, 0, drive_side).found()
    assert found is not None
    images = [found.driver.frame(pose, found.time, SIZE) for pose in (found.pose, found.pose.empty_handed())]
    changed = np.abs(images[0].astype(int) - images[1]).sum(axis=2) > 60
    rows, columns = np.nonzero(changed)
    assert len(rows) > 10
    x0, y0, x1, y1 = part_boxes(found.driver.appearance, found.pose, SIZE)[part]
    inside = (columns >= 320 * x0) & (columns <= 320 * x1) & (rows >= 240 * y0) & (rows <= 240 * y1)
    assert inside.mean() > 0.9


def test_the_lens_is_reckoned_with() -> None:
    found = StillImage(5, Activity.SAFE_DRIVING, 0).found()
    assert found is not None
    appearance = found.driver.appearance
    straight, bent = (replace(appearance, camera=replace(appearance.camera, barrel=barrel)) for barrel in (0.0, 0.1))
    boxes = [part_boxes(each, found.pose, SIZE)[DriverPart.LEFT_HAND] for each in (straight, bent)]
    # The hand is off the middle, and a lens that bends draws it further out.
    middles = [np.array([box[0] + box[2], box[1] + box[3]]) / 2 - 0.5 for box in boxes]
    assert np.linalg.norm(middles[1]) > 1.02 * np.linalg.norm(middles[0])
