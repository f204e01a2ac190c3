"""Four folds that are the same every time, and never hold a validation driver."""

from __future__ import annotations

from pathlib import Path

import pytest

from engines.errors import UserError
from train.comparison.folds import DRIVERS, FOLDS, of_the_folds, ordered_pairs, require_drivers
from train.data.images import LabelledImage
from train.default import load_settings


def images(*drivers: str) -> list[LabelledImage]:
    return [LabelledImage(Path(f"{driver}.jpg"), 0, driver) for driver in drivers]


def test_each_of_sixteen_drivers_is_in_one_fold_and_no_validation_driver_is_in_any() -> None:
    assert [len(fold) for fold in FOLDS] == [4, 4, 4, 4]
    assert len(set(DRIVERS)) == 16
    assert not set(DRIVERS) & set(load_settings().holdout)


def test_validation_drivers_and_strangers_are_left_out() -> None:
    left = of_the_folds(images("p002", "p021", "p045", "p056", "p075", "p081", "p012"))
    assert [image.driver for image in left] == ["p002", "p012"]


def test_a_missing_driver_is_named() -> None:
    require_drivers(images(*DRIVERS))
    with pytest.raises(UserError, match="no images of the drivers p016, p072"):
        require_drivers(images(*(driver for driver in DRIVERS if driver not in ("p016", "p072"))))


def test_the_screening_comes_first() -> None:
    pairs = ordered_pairs([4, 3, 2, 1], [1, 0])
    assert set(pairs[:2]) == {(1, 0), (2, 0)}
    assert len(pairs) == len(set(pairs)) == 8
    assert ordered_pairs([3, 3], [0, 0]) == [(3, 0)]
