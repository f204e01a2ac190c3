"""Where each texture lies in the one atlas of an appearance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from train.simulation.shapes.geometry import Array

SIDE = 1024
"""Width and height of the atlas, pixels."""


class Region(NamedTuple):
    """A rectangle of the atlas, pixels; its first row shows v = 0."""

    left: int
    top: int
    width: int
    height: int

    def place(self, uv: Array) -> Array:
        """Atlas coordinates (V, 2) of a region's own ``uv`` (V, 2), half a pixel away from its neighbours."""
        x = self.left + 0.5 + np.clip(uv[:, 0], 0.0, 1.0) * (self.width - 1)
        y = self.top + 0.5 + np.clip(uv[:, 1], 0.0, 1.0) * (self.height - 1)
        return np.stack([x, y], axis=-1) / SIDE


CLOTH = Region(0, 0, 512, 384)
FACE = Region(0, 384, 512, 512)
TROUSERS = Region(512, 0, 256, 256)
SEAT = Region(768, 0, 256, 256)
HAIR = Region(512, 256, 256, 128)
STACK = Region(512, 384, 256, 384)
CLUSTER = Region(768, 512, 256, 128)
SCREEN = Region(768, 640, 256, 160)
SLEEVE = Region(0, 896, 512, 128)
PLAIN = Region(0, 0, 1, 1)
"""Stands for no texture at all."""
