"""Which frames of a source are worth classifying: no more than a limit, and few while nothing changes. Clock-free."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from engines.errors import UserError
from engines.prediction import Prediction
from monitor.alerts.events import AlertState, Attention, Tier
from monitor.alerts.settings import AlertSettings
from monitor.health.camera_health import Health

IDLE_FPS = 5.0
"""Frames classified a second while nothing changes: a change that no difference of images tells waits 0.2 s at most."""

STILL_S = 1.0
"""How long nothing must have changed before fewer frames are classified."""

MIN_FPS = 3.0
"""The lowest limit. On the demo drive 3 frames a second raise the alert of every distraction, and 2 miss some; the
check of a camera's view needs 2."""

_FRAMES_HELD = 3.0
"""Frames classified in the time that one speaks for, at least: one that comes late, or not at all, leaves no gap."""

_GRID = (40, 30)
_CHANGED_LEVELS = 12
_CHANGED_CELLS = 4
"""Of 1,200. A hand that reaches for the radio covers a dozen; a moving car's windows change hundreds."""


def min_fps(frame_holds_s: float) -> float:
    """The fewest frames a second to classify on purpose, where a frame speaks for `frame_holds_s` seconds."""
    return max(MIN_FPS, _FRAMES_HELD / frame_holds_s)


class FrameRateLimiter:
    """Admits frames of one source, asked in their order.

    With a limit the frames are evenly thinned out. In the adaptive mode, `IDLE_FPS` are admitted once the driver was
    calm and the image the same for `STILL_S`; whatever changes, the next frame is admitted at once. Neither thins
    them out so far that the alert policy would take the time between two of them for unknown.

    Attributes:
        adaptive: whether it slows down while nothing changes, and so wants to see the images.
        skipped: frames that were not admitted.
        idle: whether the adaptive mode leaves out frames at the moment.
    """

    def __init__(
        self, *, max_fps: float | None = None, adaptive: bool = False, frame_holds_s: float | None = None
    ) -> None:
        """Prepare for a source.

        Args:
            max_fps: frames a second at most; no limit when left out.
            adaptive: whether to slow down while nothing changes.
            frame_holds_s: seconds that a frame speaks for, see `AlertSettings`; its default when left out.

        Raises:
            UserError: for a limit that is no number, or so low that the alert policy would see gaps.
        """
        least = min_fps(AlertSettings().frame_holds_s if frame_holds_s is None else frame_holds_s)
        if max_fps is not None and not (math.isfinite(max_fps) and max_fps >= least - 1e-9):
            # Rounded up: what is written must be enough.
            needed = math.ceil(least * 100.0 - 1e-6) / 100.0
            raise UserError(
                f"a limit of {max_fps:g} frames a second (--max-fps) leaves gaps in which nobody is warned: "
                f"choose {needed:g} or more"
            )
        self.adaptive = adaptive
        self.skipped = 0
        self.idle = False
        self._least_s = 0.0 if max_fps is None else 1.0 / max_fps
        self._idle_s = 1.0 / max(IDLE_FPS, least)
        self._due_s = -math.inf
        self._admitted_s = -math.inf
        self._still_since: float | None = None
        self._cells: NDArray[np.int16] | None = None

    def accepts(self, time_s: float, small: NDArray[np.uint8] | None, calm: bool) -> bool:
        """Whether to classify a frame.

        Args:
            time_s: its time, in the source's monotonic seconds.
            small: its `small_grey`, (120, 160) uint8; only the adaptive mode needs one, and takes none for a change.
            calm: whether the driver was, when last classified: see `is_idle`.
        """
        if time_s < self._admitted_s:
            # A recording that was rewound.
            self._due_s, self._still_since, self._cells = -math.inf, None, None
        self.idle = self.adaptive and self._is_still(time_s, small, calm)
        early = time_s < self._due_s - 1e-6
        if early or (self.idle and time_s < self._admitted_s + self._idle_s - 1e-6):
            self.skipped += 1
            return False
        # From when the frame was due, so that the mean rate is the limit's; a pause is not caught up with.
        self._due_s = max(self._due_s, time_s - self._least_s) + self._least_s
        self._admitted_s = time_s
        return True

    def _is_still(self, time_s: float, small: NDArray[np.uint8] | None, calm: bool) -> bool:
        """Whether driver and image have been the same for a while."""
        cells = None
        if small is not None:
            cells = cv2.resize(small, _GRID, interpolation=cv2.INTER_AREA).astype(np.int16)
        # Compared with the image that the stillness began with: slow changes add up.
        changed = (
            cells is None
            or self._cells is None
            or np.count_nonzero(np.abs(cells - self._cells) > _CHANGED_LEVELS) > _CHANGED_CELLS
        )
        if changed:
            self._cells = cells
        if changed or not calm or self._still_since is None:
            self._still_since = time_s
        return time_s - self._still_since >= STILL_S - 1e-6


def is_idle(alert: AlertState, prediction: Prediction) -> bool:
    """Whether a classified frame leaves nothing to be watched closely: attentive, no alert, no timer, nothing wrong."""
    return (
        alert.health is Health.OK
        and alert.tier is Tier.NONE
        and alert.attention is Attention.ATTENTIVE
        and alert.distracted_s == 0.0
        # By itself, before any smoothing: the first sign of a distraction is enough.
        and prediction.activity is Activity.SAFE_DRIVING
    )
