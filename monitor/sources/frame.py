"""What every source of frames is: a stream of frames with times."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True, eq=False)
class Frame:
    """One timed image of a source.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        time: seconds that never decrease: presentation time of a recording, monotonic clock of a live source.
        index: 0, 1, 2, … in the order of the source.
    """

    pixels: NDArray[np.uint8]
    time: float
    index: int


class CameraLostError(Exception):
    """A live source gives no frame at the moment; reading again tries to reopen it."""


class Source(ABC):
    """A stream of frames. Not for more than one thread, but for `close`.

    Attributes:
        name: for people, without any password.
        live: whether the frames happen now: late ones are worthless, and the source can be lost and come back.
        fps: frames a second as the source states them; None when unknown.
        labels: the drive labels that come with the source, if any.
    """

    name: str = ""
    live: bool = False
    fps: float | None = None
    labels: Path | None = None

    def __init__(self) -> None:
        self._notices: list[str] = []

    @abstractmethod
    def read(self) -> Frame | None:
        """The next frame; None at the end. Raises `CameraLostError` while a live source gives no frame."""

    @abstractmethod
    def close(self) -> None:
        """Close the camera or the file; a second call does nothing."""

    @property
    def duration(self) -> float | None:
        """Seconds; None for a live source or when unknown."""
        return None

    def note(self, text: str) -> None:
        """Say something, one line for people."""
        self._notices.append(text)

    def take_notices(self) -> list[str]:
        """What was said or went wrong since the last call without ending the drive, one line each, for people."""
        notices, self._notices = self._notices, []
        return notices

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
