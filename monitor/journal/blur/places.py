"""Which parts of a clip's frames are made unrecognisable. Where that is in doubt, more of them are. Clock-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from monitor.journal.blur.faces import Face

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels."""

_AROUND_S = 0.5
"""A face that is somewhere now was, or will be, nearby for so long; what is found then is covered now, too."""

_GROWN = 0.35
"""Of its width and height, on every side: hair, ears and chin belong to a face."""

_GROWS_A_SECOND = 1.0
_LONGEST_S = 3.0
"""For so long a face that is not found is covered where it was; then all of the frame is."""

_BELOW = 0.25
"""Of its height below the driver's face the view outside ends."""


@dataclass(frozen=True)
class Found:
    """The faces of one frame.

    Attributes:
        time_s: of the frame.
        faces: the likeliest first.
    """

    time_s: float
    faces: Sequence[Face]


def covered(frames: Sequence[Found], size: tuple[int, int], outside: Sequence[Box] | None) -> list[list[Box]]:
    """What is to be covered of each frame of a clip, in pixels.

    Args:
        frames: in order.
        size: width and height of the frames.
        outside: what shows the view outside, in fractions of the frame; where None is given, all that is above the
            driver's chin: seen from the passenger's side, the windows are beside the head.
    """
    width, height = size
    whole: Box = (0.0, 0.0, float(width), float(height))
    seen = [place for place, frame in enumerate(frames) if frame.faces]
    if not seen:
        return [[whole] for _ in frames]
    if outside is None:
        views = [_above_the_chin([frames[place].faces[0] for place in seen], size)]
    else:
        views = [(x0 * width, y0 * height, x1 * width, y1 * height) for x0, y0, x1, y1 in outside]
    all_covered, first, last = [], 0, 0
    for place, frame in enumerate(frames):
        while frames[first].time_s < frame.time_s - _AROUND_S:
            first += 1
        while last < len(frames) and frames[last].time_s <= frame.time_s + _AROUND_S:
            last += 1
        near = [grown(face.box, _GROWN) for other in frames[first:last] for face in other.faces]
        if not frame.faces:
            near += _missing(frames, seen, place) or [whole]
        all_covered.append([*views, *near])
    return all_covered


def grown(box: Box, by: float) -> Box:
    """A box that is larger on every side, by a share of its width and height."""
    x0, y0, x1, y1 = box
    more_x, more_y = by * (x1 - x0), by * (y1 - y0)
    return x0 - more_x, y0 - more_y, x1 + more_x, y1 + more_y


def _above_the_chin(drivers: Sequence[Face], size: tuple[int, int]) -> Box:
    chin = median(face.box[3] for face in drivers)
    tall = median(face.box[3] - face.box[1] for face in drivers)
    return 0.0, 0.0, float(size[0]), min(float(size[1]), chin + _BELOW * tall)


def _missing(frames: Sequence[Found], seen: Sequence[int], place: int) -> list[Box]:
    """Where a face may be in a frame that shows none: around the last place and the next; none where nobody knows."""
    before = max((other for other in seen if other < place), default=None)
    after = min((other for other in seen if other > place), default=None)
    boxes: list[Box] = []
    for other in (before, after):
        away_s = float("inf") if other is None else abs(frames[place].time_s - frames[other].time_s)
        if other is not None and away_s <= _LONGEST_S:
            boxes += [grown(face.box, _GROWN + _GROWS_A_SECOND * away_s) for face in frames[other].faces]
    if not boxes:
        return []
    # On its way from one place to the other it is between them.
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return [(min(x0), min(y0), max(x1), max(y1))]
