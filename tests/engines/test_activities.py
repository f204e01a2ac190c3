"""C0 to C9, their names, and the swap of left and right."""

from __future__ import annotations

import numpy as np
import pytest

from engines.activities import ACTIVITY_CODES, Activity, mirror_probabilities
from engines.errors import UserError


def test_codes_labels_and_titles() -> None:
    assert ACTIVITY_CODES == ("c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9")
    assert [activity.label for activity in Activity] == [f"C{number}" for number in range(10)]
    assert len({activity.title for activity in Activity}) == 10


@pytest.mark.parametrize("activity", Activity)
def test_parse_takes_either_case(activity: Activity) -> None:
    assert Activity.parse(activity.code) is activity
    assert Activity.parse(f" {activity.label} ") is activity


@pytest.mark.parametrize("text", ["", "c10", "safe", "0", "c-1"])
def test_parse_refuses_anything_else(text: str) -> None:
    with pytest.raises(UserError, match="c0 to c9"):
        Activity.parse(text)


def test_only_c0_is_no_distraction() -> None:
    assert [activity.is_distraction for activity in Activity] == [False] + [True] * 9


def test_mirroring_swaps_hands_and_nothing_else() -> None:
    swapped = {activity: activity.mirrored for activity in Activity if activity.mirrored is not activity}
    assert swapped == {
        Activity.TEXTING_RIGHT: Activity.TEXTING_LEFT,
        Activity.TEXTING_LEFT: Activity.TEXTING_RIGHT,
        Activity.PHONE_RIGHT: Activity.PHONE_LEFT,
        Activity.PHONE_LEFT: Activity.PHONE_RIGHT,
    }


def test_mirrored_probabilities() -> None:
    probabilities = np.arange(10, dtype=np.float32)
    assert mirror_probabilities(probabilities).tolist() == [0, 3, 4, 1, 2, 5, 6, 7, 8, 9]
    assert np.array_equal(mirror_probabilities(mirror_probabilities(probabilities)), probabilities)
