# /// script
# requires-python = ">=3.9,<3.13"
# dependencies = ["mediapipe==0.10.14", "opencv-python-headless"]
# ///
"""Where head and hands are in photographs, by mediapipe's pose: a teacher for model `zoom`, of which nothing ships.

`uv run --script train/studies/find_parts.py DIR… --output parts.csv` makes an environment of its own, because mediapipe
wants other versions than training does. Half done, it continues. What it finds is what `train.data.driver_parts` reads.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

COLUMNS = ("file", "part", "x0", "y0", "x1", "y1")
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
SURE = 0.5
"""Visibility from which a part counts as found."""

SMALLEST = 240
"""Pixels of the shorter side below which an image is enlarged: the pose wants to see a face."""

HEAD_SIDE = 1.3
"""Side of a head's box over the distance from head to shoulders; a hand with what it holds is as large."""

_HEAD, _SHOULDERS = (0, 7, 8), (11, 12)  # nose and ears; mediapipe's numbers
_HANDS = {"right hand": (16, 18, 20), "left hand": (15, 17, 19)}  # wrist, little finger, index finger


class Landmark(NamedTuple):
    """A point of the pose in 0..1 of the image, and how sure it is to be seen, 0..1."""

    x: float
    y: float
    visibility: float


def part_boxes(landmarks: list[Landmark], aspect: float) -> Iterator[tuple[str, float, float, float, float]]:
    """The boxes of the parts that are seen.

    Args:
        landmarks: mediapipe's 33.
        aspect: the image's width over its height; boxes are squares of pixels.
    """

    def mean(numbers: tuple[int, ...]) -> tuple[float, float]:
        return sum(landmarks[n].x for n in numbers) / len(numbers), sum(landmarks[n].y for n in numbers) / len(numbers)

    head, shoulders = mean(_HEAD), mean(_SHOULDERS)
    half = HEAD_SIDE / 2 * math.hypot((head[0] - shoulders[0]) * aspect, head[1] - shoulders[1])
    if half <= 0:
        return
    for name, numbers in {"head": _HEAD, **_HANDS}.items():
        if landmarks[numbers[0]].visibility >= SURE:
            x, y = mean(numbers)
            yield name, x - half / aspect, y - half, x + half / aspect, y + half


def main() -> int:
    """Find the parts in every image of some folders."""
    parser = argparse.ArgumentParser(description="Find head and hands in photographs.")
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--output", type=Path, required=True, metavar="CSV")
    args = parser.parse_args()
    try:
        import cv2
        import mediapipe  # type: ignore[import-not-found]
    except ImportError:
        print("error: run it with 'uv run --script train/studies/find_parts.py'", file=sys.stderr)
        return 2
    images = sorted(p.resolve() for f in args.folders for p in f.rglob("*") if p.suffix.lower() in SUFFIXES)
    # An image without parts has a line in the list beside, so that it is not searched again.
    searched = args.output.with_suffix(".searched")
    done = set(searched.read_text().splitlines()) if searched.exists() else set()
    pose: Any = mediapipe.solutions.pose.Pose(static_image_mode=True, min_detection_confidence=0.3)
    new = not args.output.exists()
    with args.output.open("a", newline="") as boxes, searched.open("a") as names:
        rows = csv.writer(boxes)
        if new:
            rows.writerow(COLUMNS)
        left = [path for path in images if str(path) not in done]
        for number, path in enumerate(left, start=1):
            print(f"\r{number} of {len(left)}", end="", file=sys.stderr, flush=True)
            pixels = cv2.imread(str(path))
            if pixels is None:
                print(f"cannot read {path}: left out", file=sys.stderr)
                continue
            height, width = pixels.shape[:2]
            if min(height, width) < SMALLEST:
                factor = SMALLEST / min(height, width)
                pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
            found = pose.process(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)).pose_landmarks
            if found is not None:
                landmarks = [Landmark(each.x, each.y, each.visibility) for each in found.landmark]
                for part, *box in part_boxes(landmarks, width / height):
                    rows.writerow([path, part, *(round(value, 4) for value in box)])
            names.write(f"{path}\n")
            boxes.flush(), names.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
