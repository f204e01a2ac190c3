"""Where the network looked, as one map: the weights of all regions laid over each other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engines.prediction import Prediction


def region_heat(prediction: Prediction, side: int = 48) -> NDArray[np.float32]:
    """The attention on each part of the model view, (side, side) float32 from 0 to 1.

    A region spreads its weight evenly over its area: a small box that is attended to is hotter than a large one. The
    region of the full view adds the same everywhere and is left out.
    """
    heat = np.zeros((side, side), dtype=np.float32)
    boxes = np.clip(prediction.regions, 0.0, 1.0)
    starts = np.minimum(np.floor(boxes[:, :2] * side).astype(int), side - 1)
    ends = np.maximum(np.ceil(boxes[:, 2:] * side).astype(int), starts + 1)
    for (left, top), (right, bottom), weight in zip(starts, ends, prediction.region_weights[:-1], strict=True):
        heat[top:bottom, left:right] += weight / ((right - left) * (bottom - top))
    highest = float(heat.max())
    return heat / highest if highest > 0.0 else heat
