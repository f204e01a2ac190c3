"""What the network says of one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity


@dataclass(frozen=True, eq=False)
class Prediction:
    """Class probabilities of a frame and where the network looked.

    Attributes:
        probabilities: (10,) float32, in the order of `Activity`, summing to 1.
        regions: (R, 4) float32 boxes x0, y0, x1, y1 in 0..1, relative to the model view; the primary regions first.
        region_weights: (R + 1,) float32 importance w_r of equation (3), summing to 1; the whole image is last.
    """

    probabilities: NDArray[np.float32]
    regions: NDArray[np.float32]
    region_weights: NDArray[np.float32]

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
