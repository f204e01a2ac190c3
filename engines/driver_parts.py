"""Parts of the driver that show what the driver does, by the names that people read."""

from __future__ import annotations

from enum import Enum


class DriverPart(str, Enum):
    """A part of the driver; left and right are the driver's own."""

    HEAD = "head"
    RIGHT_HAND = "right hand"
    LEFT_HAND = "left hand"

    @property
    def mirrored(self) -> DriverPart:
        """What a mirrored view takes the part for: the hands change places, the head is its own mirror image."""
        return _MIRRORED.get(self, self)


_MIRRORED = {DriverPart.RIGHT_HAND: DriverPart.LEFT_HAND, DriverPart.LEFT_HAND: DriverPart.RIGHT_HAND}

PARTS: tuple[DriverPart, ...] = tuple(DriverPart)
