"""How bright it is around the camera, and how far the driver's view is dimmed for it.

The measure is the one that health calls a frame dark by: the grey level that 95 % of the pixels are below.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from monitor.health.downscale import small_grey

NIGHT_LEVEL, DAY_LEVEL = 70.0, 150.0
"""Grey levels, 0..255. Of 3,681 State Farm images, all by day, the darkest has 188; health calls 28 dark."""

DIMMEST = 0.45
"""Of the full brightness, at night."""

_EVERY_S, _TIME_CONSTANT_S = 1.0, 5.0
"""A tunnel's lamps and a passing car's must not make the display flicker."""


class AmbientLight:
    """Follows the brightness of a drive's frames."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another drive: the next frame is taken as it is."""
        self._time_s: float | None = None
        self._level = 255.0

    @property
    def level(self) -> float:
        """The smoothed grey level, 0..255; 255 before the first frame."""
        return self._level

    @property
    def brightness(self) -> float:
        """What the display is to be dimmed to, `DIMMEST`..1."""
        night = (DAY_LEVEL - self._level) / (DAY_LEVEL - NIGHT_LEVEL)
        return 1.0 - (1.0 - DIMMEST) * min(1.0, max(0.0, night))

    def update(self, time_s: float, pixels: NDArray[np.uint8]) -> None:
        """Take a frame in, (H, W, 3) uint8 RGB at monotonic seconds; looked at once a second."""
        elapsed_s = None if self._time_s is None else time_s - self._time_s
        if elapsed_s is not None and 0.0 <= elapsed_s < _EVERY_S:
            return
        self._time_s = time_s
        level = float(np.percentile(small_grey(pixels), 95))
        keep = 0.0 if elapsed_s is None or elapsed_s < 0.0 else math.exp(-elapsed_s / _TIME_CONSTANT_S)
        self._level = keep * self._level + (1.0 - keep) * level
