"""Which networks there are, without what builds them: a command line names them before torch is loaded."""

from __future__ import annotations

from enum import Enum

from engines.driver_parts import PARTS, DriverPart


class ModelKind(str, Enum):
    """How much of AG-Net a network has: Table VII's rows, of which Table VI's columns are the first, second and last.

    Each has what the one before it has; the pooling is GAP up to `INTER_ATTENTION`, GMP in `MAX_POOLING`, and
    equation (4) in `FULL`. `PLACES` and `ZOOM` are no part of AG-Net, see
    `PlaceNet` and `ZoomNet`.
    """

    BASELINE = "baseline"
    NO_ATTENTION = "no-attention"
    INTRA_ATTENTION = "intra-attention"
    INTER_ATTENTION = "inter-attention"
    MAX_POOLING = "max-pooling"
    FULL = "full"
    PLACES = "places"
    ZOOM = "zoom"

    @property
    def uses_regions(self) -> bool:
        """Whether the network looks at the regions it is given."""
        return self not in (ModelKind.BASELINE, ModelKind.PLACES, ModelKind.ZOOM)

    @property
    def finds(self) -> tuple[DriverPart, ...]:
        """What the regions hold that the network finds by itself, in the order of its outputs."""
        return PARTS if self is ModelKind.ZOOM else ()
