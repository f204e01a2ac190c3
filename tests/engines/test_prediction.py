"""How sure a prediction is, where the ways to hold a phone are one."""

from __future__ import annotations

import numpy as np
import pytest

from engines.prediction import phone_merged_confidence, phone_merged_confidence_over_chance


def test_a_network_torn_among_four_ways_to_hold_a_phone_is_sure_of_the_phone() -> None:
    torn = np.full(10, 0.01)
    torn[1:5] = 0.235
    assert phone_merged_confidence(torn) == pytest.approx(0.94)
    assert phone_merged_confidence_over_chance(torn) == pytest.approx(0.94 - 0.3)


def test_of_anything_else_the_likeliest_counts() -> None:
    probabilities = np.array([0.6, 0.05, 0.05, 0.05, 0.05, 0.2, 0.0, 0.0, 0.0, 0.0])
    assert phone_merged_confidence(probabilities) == phone_merged_confidence_over_chance(probabilities) == 0.6


def test_a_network_that_says_nothing_has_the_confidence_of_chance() -> None:
    """Merging alone would make four of ten chances of it."""
    uniform = np.full(10, 0.1)
    assert phone_merged_confidence(uniform) == pytest.approx(0.4)
    assert phone_merged_confidence_over_chance(uniform) == pytest.approx(0.1)
