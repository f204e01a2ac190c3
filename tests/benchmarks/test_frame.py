"""What a frame costs, step by step, beside the same done plainly: `pytest tests/benchmarks --benchmark-enable`.

Times are not asserted. `python -m engines benchmark --live` has the same over drives, with both in turn.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.classifier import Classifier
from engines.regions import propose_regions
from engines.regions.tracking import RegionTracker
from monitor.sources import open_source
from monitor.sources.open_source import DEMO
from train.studies.reference_regions import reference_regions


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.open(threads=1)


@pytest.fixture(scope="module")
def frames() -> list[NDArray[np.uint8]]:
    with open_source(DEMO) as source:
        return [frame.pixels for _ in range(24) if (frame := source.read()) is not None]


@pytest.fixture(scope="module")
def views(classifier: Classifier, frames: list[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    return [classifier.view(pixels) for pixels in frames]


@pytest.mark.benchmark(group="one frame")
def test_view(benchmark: Any, classifier: Classifier, frames: list[NDArray[np.uint8]]) -> None:
    assert benchmark(classifier.view, frames[0]).shape == (classifier.size, classifier.size, 3)


@pytest.mark.benchmark(group="one frame")
def test_network(benchmark: Any, classifier: Classifier, views: list[NDArray[np.uint8]]) -> None:
    prediction = benchmark(classifier.infer, views[0], classifier.regions(views[0]))
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.benchmark(group="keypoints of a view")
@pytest.mark.parametrize("way", ["detect", "detectAndCompute"])
def test_keypoints(benchmark: Any, views: list[NDArray[np.uint8]], way: str) -> None:
    sift, grey = cv2.SIFT.create(), cv2.cvtColor(views[0], cv2.COLOR_RGB2GRAY)
    assert benchmark(getattr(sift, way), grey, None)


@pytest.mark.benchmark(group="regions of 24 views of a drive")
@pytest.mark.parametrize("way", ["tracked", "cold", "reference"])
def test_regions(benchmark: Any, views: list[NDArray[np.uint8]], way: str) -> None:
    def found() -> list[NDArray[np.float32]]:
        if way == "tracked":
            tracker = RegionTracker()
            return [tracker(view) for view in views]
        propose = propose_regions if way == "cold" else reference_regions
        return [propose(view, 8).boxes for view in views]

    boxes = benchmark(found)
    assert len(boxes) == 24 and boxes[0].shape == (36, 4)
