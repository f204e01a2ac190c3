"""Counts the frames of blurred videos in which a face can still be found.

    python -m tests.monitor.journal.blur.visible_faces VIDEO…

Each video is blurred as `driver-monitor-store export --blur` does it, and every frame of the result is searched by the
detector that blurs, CenterFace, at its threshold and at half of it, and, where OpenCV brings them (4.x does), by its
cascades of Haar features, frontal and in profile, which know nothing of it. A cascade takes much for a face that is
none: its finds count where CenterFace saw a face in the video itself, at half its threshold. A line of JSON a video.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from monitor.journal.blur.blurring import blur_clip
from monitor.journal.blur.faces import LIKELY, Face, FaceFinder

Box = tuple[float, float, float, float]
_CASCADES = Path(cv2.__file__).parent / "data"
_LEAST = LIKELY / 2
_AS_IT_WAS = 5.0
"""Levels by which a part differs on average that was only encoded again; a face in cells differs by more."""


class Remembering(FaceFinder):
    """Finds as a `FaceFinder` does, and keeps what it found at half the threshold, by frame."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[Face]] = []

    def find(self, pixels: NDArray[np.uint8], least: float = LIKELY) -> list[Face]:
        """The faces; see `FaceFinder`."""
        faces = super().find(pixels, _LEAST)
        self.found.append(faces)
        return [face for face in faces if face.score > least]


class Cascades:
    """OpenCV's detectors of Haar features."""

    def __init__(self) -> None:
        names = ("haarcascade_frontalface_default.xml", "haarcascade_profileface.xml")
        self._frontal, self._profile = (cv2.CascadeClassifier(str(_CASCADES / name)) for name in names)

    def find(self, pixels: NDArray[np.uint8]) -> list[Box]:
        """Faces to the front and to both sides."""
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        width = grey.shape[1]
        boxes = [*self._scan(self._frontal, grey), *self._scan(self._profile, grey)]
        mirrored = self._scan(self._profile, np.ascontiguousarray(grey[:, ::-1]))
        return boxes + [(width - x1, y0, width - x0, y1) for x0, y0, x1, y1 in mirrored]

    @staticmethod
    def _scan(cascade: Any, grey: NDArray[Any]) -> list[Box]:
        found = cascade.detectMultiScale(grey, 1.1, 4, minSize=(40, 40))
        return [(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h in found]


def overlap(one: Box, other: Box) -> float:
    """How much of the smaller one the two have in common, 0..1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return max(0.0, width) * max(0.0, height) / max(1.0, min(areas))


def frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    """The frames of a video, RGB."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield np.array(frame.to_ndarray(format="rgb24"), dtype=np.uint8)


def count(video: Path) -> dict[str, object]:
    """What can be found in a video, and in it once it is blurred."""
    finder, again = Remembering(), FaceFinder()
    cascades = Cascades() if any(_CASCADES.glob("haarcascade_*.xml")) else None
    counts: Counter[str] = Counter()
    uncovered: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "blurred.mp4"
        blur_clip(video, target, finder)
        for number, (before, after) in enumerate(zip(frames(video), frames(target), strict=True)):
            height, width = after.shape[:2]
            there = finder.found[number]
            counts["frames"] += 1
            counts["with a face"] += any(face.score > LIKELY for face in there)
            counts["with a face at half the threshold"] += bool(there)
            left = again.find(after, _LEAST)
            counts["blurred, CenterFace at its threshold"] += any(face.score > LIKELY for face in left)
            counts["blurred, CenterFace at half of it"] += bool(left)
            places = [face.box for face in there]
            for name, image in (("cascades", before[:height, :width]), ("blurred, cascades", after)):
                finds = cascades.find(image) if cascades is not None else []
                counts[name] += any(overlap(box, place) > 0.5 for box in finds for place in places)
            if there:
                x0, y0, x1, y1 = (round(side) for side in there[0].box)
                y1, x1 = min(y1, height), min(x1, width)
                if np.abs(before[y0:y1, x0:x1].astype(int) - after[y0:y1, x0:x1]).mean() < _AS_IT_WAS:
                    uncovered.append(number)
    return {
        "video": video.name,
        **counts,
        "frames whose likeliest face is as it was": len(uncovered),
        "which": uncovered,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Count, and print a line a video."""
    parser = argparse.ArgumentParser(prog="python -m tests.monitor.journal.blur.visible_faces", description=__doc__)
    parser.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    for video in parser.parse_args(argv).videos:
        print(json.dumps(count(video)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
