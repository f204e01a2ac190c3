"""Which frames of a source are worth judging: no more than a limit, and few while nothing changes. Clock-free."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError

IDLE_FPS = 5.0
"""Frames judged a second while nothing changes: a change that no difference of pictures tells waits 0.2 s at most."""

STILL_S = 1.0
"""How long nothing must have changed before fewer frames are judged."""

_GRID = (40, 30)
_CHANGED_LEVELS = 12
_CHANGED_CELLS = 4
"""Of 1,200. A hand that reaches for the radio covers a dozen; a moving car's windows change hundreds."""


class FramePacer:
    """Admits frames of one source, asked in their order.

    With a limit the frames are evenly thinned out. In the adaptive mode, `IDLE_FPS` are admitted once the driver was
    calm and the picture the same for `STILL_S`; whatever changes, the next frame is admitted at once.

    Attributes:
        skipped: frames that were not admitted.
        idle: whether the adaptive mode holds frames back at the moment.
    """

    def __init__(self, *, max_fps: float | None = None, adaptive: bool = False) -> None:
        """Prepare for a source.

        Args:
            max_fps: frames a second at most; no limit when left out.
            adaptive: whether to slow down while nothing changes.

        Raises:
            UserError: for a limit that is no positive number.
        """
        if max_fps is not None and not (math.isfinite(max_fps) and max_fps >= 1.0):
            raise UserError(f"--max-fps {max_fps:g}: write the frames a second to judge at most, 1 or more")
        self.skipped = 0
        self.idle = False
        self._least_s = 0.0 if max_fps is None else 1.0 / max_fps
        self._adaptive = adaptive
        self._due_s = -math.inf
        self._admitted_s = -math.inf
        self._still_since: float | None = None
        self._cells: NDArray[np.int16] | None = None

    def admits(self, time_s: float, pixels: NDArray[np.uint8], calm: bool) -> bool:
        """Whether to judge a frame.

        Args:
            time_s: its time, in the source's monotonic seconds.
            pixels: (H, W, 3) uint8 RGB.
            calm: whether the driver was attentive when last judged, and no timer runs.
        """
        if time_s < self._admitted_s:
            # A recording that was rewound.
            self._due_s, self._still_since, self._cells = -math.inf, None, None
        self.idle = self._adaptive and self._is_still(time_s, pixels, calm)
        early = time_s < self._due_s - 1e-6
        if early or (self.idle and time_s < self._admitted_s + 1.0 / IDLE_FPS - 1e-6):
            self.skipped += 1
            return False
        # From when the frame was due, so that the mean rate is the limit's; a pause is not caught up with.
        self._due_s = max(self._due_s, time_s - self._least_s) + self._least_s
        self._admitted_s = time_s
        return True

    def _is_still(self, time_s: float, pixels: NDArray[np.uint8], calm: bool) -> bool:
        """Whether driver and picture have been the same for a while."""
        small = cv2.cvtColor(cv2.resize(pixels, _GRID, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        cells = small.astype(np.int16)
        # Compared with the picture that the stillness began with: slow changes add up.
        changed = self._cells is None or np.count_nonzero(np.abs(cells - self._cells) > _CHANGED_LEVELS) > (
            _CHANGED_CELLS
        )
        if changed:
            self._cells = cells
        if changed or not calm or self._still_since is None:
            self._still_since = time_s
        return time_s - self._still_since >= STILL_S - 1e-6
