"""What the network predicts for one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.activities import PHONE, Activity
from engines.driver_parts import DriverPart


@dataclass(frozen=True, eq=False)
class Prediction:
    """Class probabilities of a frame and where the network looked.

    Attributes:
        probabilities: (10,) float32, in the order of `Activity`, summing to 1.
        regions: (R, 4) float32 boxes x0, y0, x1, y1 in 0..1, relative to the model view; the primary regions first.
        region_weights: (R + 1,) float32 importance of each, summing to 1; the whole image is last. In AG-Net w_r of
            equation (3).
        region_names: what each region holds, in the driver's own left and right; empty for a network that does not
            know, such as AG-Net.
    """

    probabilities: NDArray[np.float32]
    regions: NDArray[np.float32]
    region_weights: NDArray[np.float32]
    region_names: tuple[DriverPart, ...] = ()

    @property
    def activity(self) -> Activity:
        """The most probable activity."""
        return Activity(int(self.probabilities.argmax()))

    @property
    def confidence(self) -> float:
        """The probability of the most probable activity, 0..1."""
        return float(self.probabilities.max())

    def most_attended(self, count: int) -> list[int]:
        """Indices of the `count` regions with the largest weights, largest first; R stands for the whole image."""
        return [int(index) for index in np.argsort(-self.region_weights, kind="stable")[:count]]

    def attended_boxes(self, count: int) -> list[int]:
        """As `most_attended`, without the whole image: a frame around everything shows nobody anything."""
        return [index for index in self.most_attended(count + 1) if index < len(self.regions)][:count]


def phone_merged_confidence(probabilities: NDArray[np.floating]) -> float:
    """Of (10,) probabilities that of the likeliest activity, where C1–C4, which differ by the hand alone, are one."""
    return max(_phone(probabilities), float(probabilities.max()))


def phone_merged_confidence_over_chance(probabilities: NDArray[np.floating]) -> float:
    """As `phone_merged_confidence`, but C1–C4 count less what chance gives to three of the four.

    To be looked at in each frame, not in smoothed probabilities: a network that is sure of one activity after the other
    is sure, and one that is torn among the ways to hold a phone is sure of the phone.
    """
    return max(_phone(probabilities) - (len(PHONE) - 1) / len(Activity), float(probabilities.max()))


def _phone(probabilities: NDArray[np.floating]) -> float:
    return float(sum(probabilities[activity] for activity in PHONE))
