"""What a frame costs, stage by stage: `pytest tests/engines/test_benchmarks.py --benchmark-enable`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines.bundle import DEFAULT_BUNDLE
from engines.classifier import Classifier
from tests.engines.test_regions import textured_view

pytestmark = pytest.mark.benchmark(group="one frame")


@pytest.fixture
def classifier(toy_bundle: Path) -> Classifier:
    return Classifier.open(DEFAULT_BUNDLE if DEFAULT_BUNDLE.is_dir() else toy_bundle, threads=1)


@pytest.fixture
def frame() -> np.ndarray[Any, np.dtype[np.uint8]]:
    return textured_view(0, size=480)


def test_view(benchmark: Any, classifier: Classifier, frame: Any) -> None:
    assert benchmark(classifier.view, frame).shape == (classifier.size, classifier.size, 3)


def test_regions(benchmark: Any, classifier: Classifier, frame: Any) -> None:
    assert benchmark(classifier.regions, classifier.view(frame)).shape == (36, 4)


def test_network(benchmark: Any, classifier: Classifier, frame: Any) -> None:
    view = classifier.view(frame)
    prediction = benchmark(classifier.infer, view, classifier.regions(view))
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-4)
