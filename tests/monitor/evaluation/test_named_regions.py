"""Regions with names: where they lie in a frame, and labels that cover nothing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from engines.activities import Activity
from engines.driver_parts import PARTS, DriverPart
from engines.prediction import Prediction
from engines.view import WHOLE_FRAME, Mount
from monitor.evaluation.named_regions import Box, named_regions, place_labels
from monitor.evaluation.predictions import DrivePredictions
from monitor.evaluation.thumbnails import thumbnail_jpeg
from monitor.health.camera_health import NOT_ASSESSED
from monitor.sources import Frame
from tests.monitor.fakes import FakeClassifier, one_hot

BOXES = np.array([[0.1, 0.1, 0.4, 0.5], [0.5, 0.4, 0.7, 0.7], [0.6, 0.6, 0.9, 0.9]], dtype=np.float32)
WEIGHTS = np.array([0.1, 0.6, 0.1, 0.2], dtype=np.float32)
HOLDING = Prediction(one_hot(Activity.PHONE_RIGHT), BOXES, WEIGHTS, PARTS)


def picture_of(prediction: Prediction, mount: Mount = WHOLE_FRAME, width: int = 320) -> NDArray[np.int16]:
    frame = np.full((480, 640, 3), 90, dtype=np.uint8)
    jpeg = thumbnail_jpeg(frame, prediction, mount, width=width, quality=95)
    return cv2.imdecode(np.frombuffer(jpeg, dtype=np.uint8), cv2.IMREAD_COLOR)[..., ::-1].astype(np.int16)


def drawn(picture: NDArray[np.int16]) -> NDArray[np.bool_]:
    return np.asarray(np.abs(picture - 90).max(axis=2) > 25)


def test_the_strongest_comes_first() -> None:
    regions = named_regions(HOLDING, WHOLE_FRAME)
    assert [region.part for region in regions] == [DriverPart.RIGHT_HAND, DriverPart.HEAD, DriverPart.LEFT_HAND]
    assert regions[0].weight == pytest.approx(0.6) and regions[0].box == pytest.approx((0.5, 0.4, 0.7, 0.7))


def test_boxes_are_mapped_back_through_mirror_and_crop() -> None:
    (first, *_) = named_regions(HOLDING, Mount(crop=(0.5, 0.0, 1.0, 1.0), mirror=True))
    assert first.box == pytest.approx((0.65, 0.4, 0.75, 0.7))


def test_regions_without_names_are_none_of_these() -> None:
    assert named_regions(Prediction(one_hot(0), BOXES, WEIGHTS), WHOLE_FRAME) == []


def test_a_thumbnail_shows_regions_with_names_alone() -> None:
    classifier = FakeClassifier()
    view = np.zeros((64, 64, 3), dtype=np.uint8)
    assert not drawn(picture_of(classifier.infer(view, classifier.regions(view)))).any()
    shown = drawn(picture_of(HOLDING))
    # The edges of all three boxes, the strongest's two pixels wide; 320×240.
    for x0, y0, x1, _ in BOXES:
        assert shown[round(float(y0) * 239), round(float(x0 + x1) / 2 * 319)]
    row = round(0.55 * 239)
    assert shown[row, 155:166].sum() >= 2
    # A label with words, yellow, above the strongest box.
    label = picture_of(HOLDING)[round(0.4 * 239) - 16 : round(0.4 * 239) - 3, 160:220]
    assert (label[..., 0] - label[..., 2] > 100).mean() > 0.4 and (label.max(axis=2) < 90).mean() > 0.05


@pytest.mark.parametrize("width", [20, 160, 200, 640])
def test_thumbnails_of_any_size_are_drawn(width: int) -> None:
    assert picture_of(HOLDING, width=width).shape[1] == width


edges = st.floats(-50.0, 400.0)
sides = st.tuples(st.floats(1.0, 300.0), st.floats(1.0, 60.0))


@given(st.lists(st.tuples(edges, edges, sides, sides), max_size=6))
def test_labels_lie_in_the_area_and_cover_no_other(items: list[tuple[float, float, Box, Box]]) -> None:
    boxes: list[Box] = [(x, y, x + box[0], y + box[1]) for x, y, box, _ in items]
    sizes = [size for _, _, _, size in items]
    area = (10.0, 20.0, 330.0, 260.0)
    placed = place_labels(boxes, sizes, area)
    labels = [(*at, at[0] + w, at[1] + h) for at, (w, h) in zip(placed, sizes, strict=True) if at is not None]
    for index, (x0, y0, x1, y1) in enumerate(labels):
        assert x0 >= area[0] and y0 >= area[1] and x1 <= area[2] + 1e-6 and y1 <= area[3] + 1e-6
        assert all(x0 >= o[2] or o[0] >= x1 or y0 >= o[3] or o[1] >= y1 for o in labels[:index])


def test_the_first_label_always_has_room_when_there_is_any() -> None:
    assert place_labels([(0.0, 0.0, 100.0, 100.0)], [(50.0, 10.0)], (0.0, 0.0, 100.0, 100.0)) == [(0.0, 2.0)]
    assert place_labels([(0.0, 0.0, 100.0, 100.0)], [(150.0, 10.0)], (0.0, 0.0, 100.0, 100.0)) == [None]


def test_stored_predictions_keep_names_boxes_and_weights() -> None:
    drive = DrivePredictions()
    for index in range(3):
        drive.add(Frame(np.zeros((8, 8, 3), dtype=np.uint8), index / 10, index), HOLDING, NOT_ASSESSED, {})
    again = DrivePredictions.from_bytes(drive.to_bytes())
    for prediction in again.predictions:
        assert prediction.region_names == PARTS
        assert prediction.regions == pytest.approx(BOXES, abs=1e-3)
        assert prediction.region_weights == pytest.approx(WEIGHTS, abs=1e-3)
    assert DrivePredictions.from_bytes(DrivePredictions().to_bytes()).predictions == []
