"""Simulated views that the product owns, and what a bundle's network makes of them.

A bundle may come from anywhere, and its reference comes with it: a network that never sees a distraction can have a
reference that says so, too. ``python -m train.simulated views`` draws them again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.activities import Activity
from engines.files.images import require_image
from engines.notice import NoticeText
from engines.prediction import phone_merged_confidence_over_chance

VIEWS = Path(__file__).parent / "views"
_SHOWN = tuple(Activity)[:9]
"""C9 is left out: a passenger may be out of sight."""

_LEAST_CONFIDENCE = 0.3
"""Of the likeliest activity, over chance; the alert policy's default is the same."""


@dataclass(frozen=True, eq=False)
class ViewTrial:
    """What a network makes of the simulated views of C0 to C8.

    Attributes:
        probabilities: (9, 10) float32, one row a view, in the order of their activities.
    """

    probabilities: NDArray[np.float32]

    @classmethod
    def of(cls, classify: Callable[[NDArray[np.uint8]], NDArray[np.float32]]) -> ViewTrial:
        """Try a network: a frame (H, W, 3) uint8 RGB → probabilities (10,). Raises `UserError`."""
        frames = (require_image(VIEWS / f"{activity.code}.jpg", "install the program again") for activity in _SHOWN)
        return cls(np.stack([classify(frame) for frame in frames]))

    def sees_distraction(
        self, threshold: Callable[[Activity], float] = lambda _: 0.5, unsure_below: float = _LEAST_CONFIDENCE
    ) -> bool:
        """Whether any of the views of C1 to C8 is a distraction.

        Args:
            threshold: of the probability of C1–C9 together, while an activity leads.
            unsure_below: the confidence over chance that is needed.
        """
        return any(
            1.0 - float(row[Activity.SAFE_DRIVING]) >= threshold(Activity(1 + int(row[1:].argmax())))
            and phone_merged_confidence_over_chance(row) >= unsure_below
            for row in self.probabilities[1:]
        )

    @property
    def text(self) -> str:
        """In a line, for people."""
        if not self.sees_distraction():
            return "none of C1 to C8 is called a distraction: it is refused"
        return self.notice or "all are called right"

    @property
    def notice(self) -> NoticeText | None:
        """What the network calls otherwise than it is; None where it calls everything right."""
        called = [(shown, Activity(int(row.argmax()))) for shown, row in zip(_SHOWN, self.probabilities, strict=True)]
        wrong = [f"{shown.label} → {named.label}" for shown, named in called if named is not shown]
        if not wrong:
            return None
        return NoticeText(
            "of {views} simulated views the bundle calls {count} wrong: {wrong}",
            views=len(_SHOWN),
            count=len(wrong),
            wrong=", ".join(wrong),
        )
