"""Boxes of head and hands: reading them, and where they go when an image is changed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engines.driver_parts import DriverPart
from engines.errors import UserError
from train.data.augmentation import Augmentation, AugmentationSettings
from train.data.driver_parts import part_targets, read_parts
from train.data.images import LabelledImage, with_parts

HEADER = "file,part,x0,y0,x1,y1\n"


def test_boxes_come_with_their_images(tmp_path: Path) -> None:
    file = tmp_path / "parts.csv"
    file.write_text(HEADER + "imgs/a.jpg,head,0.1,-0.2,0.3,0.4\nimgs/a.jpg,left hand,0.5,0.5,0.6,0.7\n")
    images = [LabelledImage(tmp_path / "imgs" / name, 0) for name in ("a.jpg", "b.jpg")]
    first, second = with_parts(images, [file])
    assert first.parts == {DriverPart.HEAD: (0.1, -0.2, 0.3, 0.4), DriverPart.LEFT_HAND: (0.5, 0.5, 0.6, 0.7)}
    assert second.parts is None
    with pytest.raises(UserError, match="knows none of the images"):
        with_parts(images[1:], [file])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a.jpg,foot,0,0,1,1", "line 2: there is no part 'foot': choose one of head"),
        ("a.jpg,head,0,0,one,1", "line 2: .* are numbers"),
        ("a.jpg,head,0.5,0,0.4,1", "line 2: a box needs"),
        ("a.jpg,head,nan,0,0.4,1", "line 2: a box needs"),
        ("a.jpg,head,0,0,inf,1", "line 2: a box needs"),
        ("a.jpg,head,0,0", "line 2: a value of"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, message: str) -> None:
    file = tmp_path / "parts.csv"
    file.write_text(HEADER + row + "\n")
    with pytest.raises(UserError, match=message):
        read_parts(file)


@given(st.integers(0, 10_000))
def test_targets_move_with_the_image(seed: int) -> None:
    image = np.zeros((240, 320, 3), dtype=np.uint8)
    cv2.circle(image, (200, 90), 12, (255, 255, 255), -1)
    augment = Augmentation(AugmentationSettings(shift=0.1, degrees=20, scale=(0.8, 1.3), shear=5, perspective=0.05))
    torch.manual_seed(seed)
    changed, moved = augment.apply(image)
    boxes = {DriverPart.RIGHT_HAND: (188 / 320, 78 / 240, 212 / 320, 102 / 240)}
    (x, y, side, known) = part_targets(boxes, moved)[1]
    spot = cv2.moments((changed[:, :, 0] > 127).astype(np.uint8))
    if not known:  # its centre has left the view
        assert spot["m00"] < 0.8 * np.pi * 12**2 * 1.3**2
        return
    if spot["m00"] > 0.9 * np.pi * (12 * 0.8) ** 2 and 0.1 < x < 0.9 and 0.1 < y < 0.9:
        assert abs(spot["m10"] / spot["m00"] - 320 * x) < 2 and abs(spot["m01"] / spot["m00"] - 240 * y) < 2
        # A circle fills π/4 of its box, whatever shears it.
        assert side * np.sqrt(320 * 240) == pytest.approx(np.sqrt(spot["m00"] * 4 / np.pi), rel=0.12)


def test_nothing_known_is_nothing_wanted() -> None:
    assert not part_targets(None, np.eye(3)).any()
    assert not part_targets({DriverPart.HEAD: (1.0, 0.2, 1.4, 0.4)}, np.eye(3)).any()
