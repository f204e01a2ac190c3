"""Which of the regions that κ clusters give a network looks at: the rows of Table VIII.

The default layout is AG-Net's own: all primaries, then all pairs (i, j), i < j, in the order of `engines.regions`. The
paper's odd rows keep only some of the pairs (10 clusters with 26 of 45 pairs, 16 with 20 of 120) without a rule for
choosing them. Decided here: the first ones in the order (i, j), i < j, of the clusters sorted by their number of
keypoints, largest first.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from engines.regions import with_pairs


@dataclass(frozen=True)
class RegionLayout:
    """A choice among the regions of κ clusters.

    Attributes:
        kappa: κ, the number of clusters.
        primaries: whether the clusters' own boxes are regions.
        pairs: how many pairs are; None for all κ(κ − 1)/2.
    """

    kappa: int
    primaries: bool = True
    pairs: int | None = None

    @property
    def pair_count(self) -> int:
        """How many secondary regions there are."""
        return self.kappa * (self.kappa - 1) // 2 if self.pairs is None else self.pairs

    @property
    def primary_count(self) -> int:
        """How many primary regions there are."""
        return self.kappa if self.primaries else 0

    @property
    def count(self) -> int:
        """R, the number of regions without the whole image."""
        return self.primary_count + self.pair_count

    @property
    def keeps_all(self) -> bool:
        """Whether these are all regions that the clusters give, which is what an engine computes."""
        return self.primaries and self.pair_count == self.kappa * (self.kappa - 1) // 2

    def check(self) -> None:
        """Raises `ValueError` for more pairs than the clusters have, or no region at all."""
        most = self.kappa * (self.kappa - 1) // 2
        if self.pair_count > most:
            raise ValueError(f"{self.kappa} clusters have {most} pairs, not {self.pair_count}")
        if self.count == 0:
            raise ValueError("a layout without primaries and pairs has no region")

    def choose(self, primaries: NDArray[np.float64], sizes: NDArray[np.intp]) -> NDArray[np.float32]:
        """The layout's regions.

        Args:
            primaries: (κ, 4) boxes of the clusters, in the order of the region slots.
            sizes: (κ,) how many keypoints (or cells) each cluster has.

        Returns:
            (R, 4) float32: the primaries, then the pairs.
        """
        kept = primaries[: self.primary_count].astype(np.float32)
        if self.pair_count == self.kappa * (self.kappa - 1) // 2:
            return np.concatenate([kept, with_pairs(primaries)[self.kappa :]])
        order = np.argsort(-sizes, kind="stable")  # clusters of the same size stay in the order of their places
        chosen = order[np.array(list(combinations(range(self.kappa), 2)), dtype=np.intp).reshape(-1, 2)[: self.pairs]]
        low = primaries[chosen, :2].min(axis=1)
        high = primaries[chosen, 2:].max(axis=1)
        return np.concatenate([kept, np.hstack([low, high]).astype(np.float32)])
