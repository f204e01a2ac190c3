"""The ten driver activities C0 to C9, shared by State Farm and AUC."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from engines.errors import UserError
from engines.notice import NoticeText


class Activity(IntEnum):
    """What the driver is doing. Left and right are the driver's own, in a left-hand-drive car seen from the right.

    The value is the class index of the network's output. In files an activity is written as its
    `code` (``c0`` … ``c9``), to people as its `label` (``C0`` … ``C9``) or `title`.
    """

    SAFE_DRIVING = 0
    TEXTING_RIGHT = 1
    PHONE_RIGHT = 2
    TEXTING_LEFT = 3
    PHONE_LEFT = 4
    RADIO = 5
    DRINKING = 6
    REACHING_BEHIND = 7
    HAIR_AND_MAKEUP = 8
    PASSENGER = 9

    @property
    def code(self) -> str:
        """The name in files: ``c0`` … ``c9``."""
        return f"c{self.value}"

    @property
    def label(self) -> str:
        """The short name for people: ``C0`` … ``C9``."""
        return f"C{self.value}"

    @property
    def title(self) -> str:
        """The name for people, such as ``Texting, right hand``."""
        return _TITLES[self]

    @property
    def is_distraction(self) -> bool:
        """Whether the driver is distracted: every activity but C0."""
        return self is not Activity.SAFE_DRIVING

    @property
    def is_phone(self) -> bool:
        """Whether a phone is in hand: C1–C4."""
        return self in PHONE

    @property
    def mirrored(self) -> Activity:
        """The activity that a mirrored view shows: C1↔C3 and C2↔C4; every other activity is its own mirror image."""
        return _MIRRORED.get(self, self)

    @classmethod
    def parse(cls, text: str) -> Activity:
        """The activity of a code such as ``c3`` or ``C3``. Raises `UserError` for anything else."""
        code = text.strip().lower()
        for activity in cls:
            if code == activity.code:
                return activity
        raise UserError(NoticeText("unknown activity {text}: write one of c0 to c9", text=repr(text)))


_TITLES = {
    Activity.SAFE_DRIVING: "Safe driving",
    Activity.TEXTING_RIGHT: "Texting, right hand",
    Activity.PHONE_RIGHT: "Phone at the right ear",
    Activity.TEXTING_LEFT: "Texting, left hand",
    Activity.PHONE_LEFT: "Phone at the left ear",
    Activity.RADIO: "Operating the radio",
    Activity.DRINKING: "Drinking",
    Activity.REACHING_BEHIND: "Reaching behind",
    Activity.HAIR_AND_MAKEUP: "Hair and makeup",
    Activity.PASSENGER: "Talking to a passenger",
}

_MIRRORED = {
    Activity.TEXTING_RIGHT: Activity.TEXTING_LEFT,
    Activity.TEXTING_LEFT: Activity.TEXTING_RIGHT,
    Activity.PHONE_RIGHT: Activity.PHONE_LEFT,
    Activity.PHONE_LEFT: Activity.PHONE_RIGHT,
}

PHONE = frozenset({Activity.TEXTING_RIGHT, Activity.PHONE_RIGHT, Activity.TEXTING_LEFT, Activity.PHONE_LEFT})
"""C1–C4: phone in hand."""

ACTIVITY_CODES: tuple[str, ...] = tuple(activity.code for activity in Activity)
"""``("c0", …, "c9")``, in the order of the network's output."""

_MIRROR_ORDER = np.array([activity.mirrored.value for activity in Activity])


def mirror_probabilities(probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn the class probabilities of a mirrored view into those of the driver's own left and right.

    Args:
        probabilities: (…, 10) class probabilities, in the order of `Activity`.
    """
    return probabilities[..., _MIRROR_ORDER]
