"""Parts of the driver that show what the driver does, by the names that people read."""

from __future__ import annotations

from enum import Enum


class DriverPart(str, Enum):
    """A part of the driver; left and right are the driver's own."""

    HEAD = "head"
    RIGHT_HAND = "right hand"
    LEFT_HAND = "left hand"


PARTS: tuple[DriverPart, ...] = tuple(DriverPart)
