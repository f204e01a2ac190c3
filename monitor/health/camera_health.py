"""Whether the camera shows anything worth classifying: dark, blocked, featureless and frozen frames.

Pure and clock-free: a frame and its time go in, a `Health` comes out. Euro NCAP asks that a blocked camera be reported
within 10 s; a fault here is reported after `HealthSettings.shown_after_s`, a frozen camera after `frozen_s`, and faults
that come and go when they have added up (see `monitor.health.fault_window`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from monitor.health.downscale import SMALL_HEIGHT, SMALL_WIDTH, small_grey
from monitor.health.fault_window import FaultWindow


class Health(Enum):
    """What keeps the monitor from seeing the driver; the value is the name in files."""

    OK = "ok"
    CAMERA_LOST = "camera_lost"
    DARK = "dark"
    BLOCKED = "blocked"
    FEATURELESS = "featureless"
    FROZEN = "frozen"
    UNSURE = "unsure"
    SPARSE = "sparse"
    STALLED = "stalled"

    @property
    def title(self) -> str:
        """What is wrong, for people."""
        return _TITLES[self][0]

    @property
    def advice(self) -> str:
        """What to do about it; empty where nothing is wrong."""
        return _TITLES[self][1]

    @property
    def text(self) -> str:
        """Both in one line."""
        return f"{self.title}: {self.advice}" if self.advice else self.title


_TITLES = {
    Health.OK: ("Camera and model are fine", ""),
    Health.CAMERA_LOST: ("No image from the camera", "check the camera's cable; trying to reopen it"),
    Health.DARK: ("The image is too dark", "light the cabin or check the lens cap"),
    Health.BLOCKED: ("The camera is covered", "clear its view"),
    Health.FEATURELESS: ("The image shows no detail", "clean and focus the lens, or turn the camera to the driver"),
    Health.FROZEN: ("The image is frozen", "reconnect the camera"),
    Health.UNSURE: ("The model is unsure what the driver is doing", "check where the camera points"),
    Health.SPARSE: (
        "Frames are too far apart",
        "more of them are needed, from the camera, the recording or a faster engine",
    ),
    Health.STALLED: ("The monitor cannot keep up", "close other programs, or use a faster engine, machine or camera"),
}


@dataclass(frozen=True)
class CameraHealth:
    """The camera's health at one frame.

    Attributes:
        raw: of this frame by itself.
        reported: what people and the policy get: a fault must last first.
    """

    raw: Health = Health.OK
    reported: Health = Health.OK

    def usable_prediction(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """The (10,) probabilities that may be used: a covered lens can look like anything, attention included."""
        return probabilities if self.raw is Health.OK else None


NOT_ASSESSED = CameraHealth()
"""Without a classified frame."""


class HealthSettings(BaseModel):
    """Thresholds on a frame scaled to 160 pixels wide, in grey levels 0..255, and times in seconds.

    Far from real cabins: of 3,681 State Farm images the darkest has a 95th percentile of 188, the flattest a standard
    deviation of 58, the plainest detail in 83 % of its tiles. No setting within its range makes a picture of a cabin a
    fault, or a covered lens none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    dark_level: float = Field(
        default=28.0,
        title="Dark below",
        description="grey level that 95 % of the pixels of a dark image are below",
        ge=12,
        le=60,
    )
    blocked_spread: float = Field(
        default=7.0,
        title="Covered below",
        description="standard deviation of the grey levels below which the camera is covered",
        ge=4,
        le=20,
    )
    detail_level: float = Field(
        default=12.0,
        title="Detail",
        description="grey levels that the steepest edge of a tile of the image must exceed to have detail",
        ge=8,
        le=40,
    )
    detail_share: float = Field(
        default=0.2,
        title="Featureless below",
        description="how many of the 8×6 tiles of the image must have detail",
        ge=0.1,
        le=0.5,
    )
    frozen_s: float = Field(
        default=4.0,
        title="Frozen after",
        description="how long all frames are the same",
        ge=1,
        le=10,
    )
    shown_after_s: float = Field(
        default=2.0,
        title="Shown after",
        description="how long a fault must last",
        ge=0,
        le=10,
    )
    recovered_s: float = Field(
        default=1.0,
        title="Recovered after",
        description="how long the frames must be good",
        ge=0,
        le=10,
    )


_TILE = 20

_FRAME_HOLDS_S = 1.0
"""Seconds for which a frame speaks: a longer time without frames is no fault of what the camera shows."""


class FrameHealth:
    """Assesses a stream of frames; a fault must last before it is reported, and good frames before it goes."""

    def __init__(self, settings: HealthSettings | None = None) -> None:
        self.settings = settings or HealthSettings()
        self.reset()

    def reset(self) -> None:
        """Forget everything: the next frame starts a new stream."""
        self._reported = Health.OK
        self._raw = Health.OK
        self._raw_since: float | None = None
        self._faulty_since: float | None = None
        self._previous: NDArray[np.uint8] | None = None
        self._same_since: float | None = None
        self._time_s: float | None = None
        self._window = FaultWindow()
        self._suspect: Health = Health.OK
        self._latest_fault: Health = Health.OK

    @property
    def raw(self) -> Health:
        """Of the last frame, at once: the prediction of a frame that shows nothing must not be used."""
        return self._raw

    def update(self, time_s: float, pixels: NDArray[np.uint8], small: NDArray[np.uint8] | None = None) -> Health:
        """Take a frame in.

        Args:
            time_s: its time, monotonic seconds.
            pixels: (H, W, 3) uint8 RGB; held until the next one, so nobody may write into it.
            small: its `small_grey`, where there is one already.

        Returns:
            The health to report.
        """
        if self._time_s is not None and time_s < self._time_s:
            self.reset()
        self._add_up(time_s)
        self._time_s = time_s
        raw = self.assess(small_grey(pixels) if small is None else small)
        same_s = self._identical_s(time_s, pixels)
        if same_s >= self.settings.frozen_s - 1e-6 and raw is Health.OK:
            # Frozen has already lasted: it is reported at once.
            raw = self._reported = Health.FROZEN
        self._suspect = raw
        if raw is Health.OK and same_s >= min(self.settings.shown_after_s, self.settings.frozen_s) - 1e-6 > 0.0:
            # Too short for a frozen camera, but images that stand still again and again add up.
            self._suspect = Health.FROZEN
        if self._suspect is not Health.OK:
            self._latest_fault = self._suspect
        if raw is Health.OK:
            self._faulty_since = None
        elif self._faulty_since is None:
            self._faulty_since = time_s
        if raw is not self._raw or self._raw_since is None:
            self._raw, self._raw_since = raw, time_s
        since = self._raw_since
        needed_s = self.settings.recovered_s if raw is Health.OK else self.settings.shown_after_s
        if self._faulty_since is not None and self._reported is Health.OK:
            # A hand on the lens may be dark in one frame and flat in the next: until one is reported, faults add up.
            since = self._faulty_since
        if time_s - since >= needed_s - 1e-6:
            self._reported = raw
        if self._window.is_reported and self._reported is Health.OK:
            # Also in the good frames between; those keep their predictions.
            self._reported = self._latest_fault
        return self._reported

    def _add_up(self, time_s: float) -> None:
        """What the last frame showed has lasted until now."""
        elapsed_s = 0.0 if self._time_s is None else time_s - self._time_s
        if elapsed_s <= _FRAME_HOLDS_S:
            self._window.pass_time(time_s, elapsed_s, faulty=self._suspect is not Health.OK)

    def assess(self, small: NDArray[np.uint8]) -> Health:
        """The health of one frame by itself, scaled down by `small_grey`: OK, DARK, BLOCKED or FEATURELESS."""
        grey = small.astype(np.float32)
        if float(np.percentile(grey, 95)) < self.settings.dark_level:
            return Health.DARK
        if float(grey.std()) < self.settings.blocked_spread:
            return Health.BLOCKED
        edges = np.maximum(np.abs(np.diff(grey, axis=1))[:-1], np.abs(np.diff(grey, axis=0))[:, :-1])
        edges = np.pad(edges, ((0, 1), (0, 1)))
        tiles = edges.reshape(SMALL_HEIGHT // _TILE, _TILE, SMALL_WIDTH // _TILE, _TILE).max(axis=(1, 3))
        if float((tiles > self.settings.detail_level).mean()) < self.settings.detail_share:
            return Health.FEATURELESS
        return Health.OK

    def _identical_s(self, time_s: float, pixels: NDArray[np.uint8]) -> float:
        """For how long the frames have been identical: sensor noise alone keeps live ones apart."""
        previous, self._previous = self._previous, pixels
        if previous is None or previous.shape != pixels.shape or not _are_equal(previous[::4, ::4], pixels[::4, ::4]):
            self._same_since = time_s
        return 0.0 if self._same_since is None else time_s - self._same_since


def _are_equal(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> bool:
    """Whether two frames of one shape are identical. Of two that differ, little more than a row is read."""
    return all(np.array_equal(row, other) for row, other in zip(first, second, strict=True))
