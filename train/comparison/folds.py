"""Four folds over State Farm's sixteen training drivers; the validation drivers of `train/default.toml` are in none.

They are written down and not computed, so that figures of one day can be compared with those of another, whatever
images have joined. Each has four drivers, chosen so that the folds have alike many images: of the 9,907 at 320×240 and
more, 7,813 are of these drivers, 1,944 to 1,963 a fold; of the 7,026 at 80×60, 1,382 to 1,392.
"""

from __future__ import annotations

from collections.abc import Sequence

from engines.errors import UserError
from train.data.images import LabelledImage

FOLDS = (
    ("p002", "p016", "p052", "p061"),
    ("p012", "p035", "p047", "p064"),
    ("p015", "p024", "p039", "p042"),
    ("p026", "p049", "p050", "p072"),
)
DRIVERS = tuple(sorted(driver for fold in FOLDS for driver in fold))

Pair = tuple[int, int]
"""Fold, from 1, and seed: an arm's run."""
SCREENING: Sequence[Pair] = ((1, 0), (2, 0))
"""The runs that an arm has to do well in before it is given the others."""


def of_the_folds(images: Sequence[LabelledImage]) -> list[LabelledImage]:
    """The images of the drivers that the folds hold; others, the validation drivers among them, are left out."""
    return [image for image in images if image.driver in DRIVERS]


def require_drivers(images: Sequence[LabelledImage]) -> None:
    """Raise `UserError` unless every driver of the folds has images."""
    missing = sorted(set(DRIVERS) - {image.driver for image in images})
    if missing:
        raise UserError(
            f"no images of the drivers {', '.join(missing)}, whom the folds hold: pass all folders of State Farm "
            "at 320×240 or more to --statefarm"
        )


def ordered_pairs(folds: Sequence[int], seeds: Sequence[int]) -> list[Pair]:
    """Each fold with each seed, those of the screening first."""
    pairs = [(fold, seed) for seed in dict.fromkeys(seeds) for fold in dict.fromkeys(folds)]
    return sorted(pairs, key=lambda pair: pair not in SCREENING)
