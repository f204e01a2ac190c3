"""Fit what tells a view from its mirror image: `python -m calibration.wrong_view --fit DRIVE… --judge DRIVE…`.

The drives are simulated ones (`python -m train.simulated drive`); what their ``.events.csv`` calls a fault is not
fitted on. For each drive judged it says how often the score is above the limit, fault by fault, and after how many
seconds the monitor shows a wrong view; real pictures (`--statefarm`) are judged as they are and mirrored.
"""

from __future__ import annotations

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from sklearn.linear_model import LogisticRegression

from engines.errors import UserError, run_command
from engines.image_files import read_image
from engines.view import model_view
from monitor.health import FrameHealth, Health, HealthSettings
from monitor.sources import open_source
from monitor.wrong_view import WEIGHTS, WrongViewScore, mirrored_shape, view_shape
from train.simulation.drive import events_path
from train.statefarm import read_statefarm

VIEW_SIZE = 192
_INVERSE_PENALTY = 3.0
_PICTURES_OF_A_DRIVER = 40


def frames_of(video: Path) -> Iterator[tuple[float, str, NDArray[np.uint8]]]:
    """Time, fault (``none`` without one) and frame of a simulated drive. Raises `UserError`."""
    try:
        with events_path(video.with_suffix(".csv")).open(newline="", encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["event"] == "fault"]
        faults = [(float(row["start_s"]), float(row["end_s"]), row["kind"]) for row in rows]
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"{video} has no list of faults beside it: render it with train.simulated drive") from error
    with open_source(video) as source:
        while (frame := source.read()) is not None:
            kinds = [kind for start_s, end_s, kind in faults if start_s <= frame.time + 1e-6 < end_s]
            yield frame.time, kinds[0] if kinds else "none", frame.pixels


def fit(drives: Sequence[NDArray[np.float32]]) -> WrongViewScore:
    """Fit to the (N, 384) shapes of right views, drive by drive; each drive counts the same. Raises `UserError`."""
    if not any(len(shapes) for shapes in drives):
        raise UserError("no frame without a fault to fit on: give drives with some")
    differences = np.vstack([shapes - np.stack([mirrored_shape(shape) for shape in shapes]) for shapes in drives])
    weights = np.concatenate([np.full(len(shapes), 1.0 / len(shapes)) for shapes in drives])
    weights *= len(weights) / weights.sum()
    wrong = np.repeat([0, 1], len(differences))
    # Without an offset: the mirror image of a right view is a wrong one, and the other way round.
    model = LogisticRegression(C=_INVERSE_PENALTY, fit_intercept=False, max_iter=3000)
    model.fit(np.vstack([differences, -differences]), wrong, sample_weight=np.tile(weights, 2))
    return WrongViewScore(np.asarray(model.coef_[0], dtype=np.float32))


def judge(video: Path, score: WrongViewScore, limit: float) -> dict[str, list[bool]]:
    """Fault → for each of its frames, whether the score is above the limit."""
    above: dict[str, list[bool]] = defaultdict(list)
    for _, kind, pixels in frames_of(video):
        above[kind].append(score.of(model_view(pixels, VIEW_SIZE)) > limit)
    return above


def shown_after_s(video: Path, mirror: bool) -> float | None:
    """When the monitor, with the score that is shipped, first shows a wrong view; None when it never does."""
    health = FrameHealth()
    with open_source(video) as source:
        while (frame := source.read()) is not None:
            pixels = np.ascontiguousarray(frame.pixels[:, ::-1]) if mirror else frame.pixels
            if health.update(frame.time, pixels, model_view(pixels, VIEW_SIZE)) is Health.WRONG_VIEW:
                return frame.time
    return None


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m calibration.wrong_view", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--fit", nargs="+", type=Path, metavar="FILE", help="simulated drives; none: the shipped score")
    parser.add_argument("--judge", nargs="*", type=Path, default=[], metavar="FILE", help="simulated drives of others")
    parser.add_argument("--recorded", nargs="*", type=Path, default=[], metavar="FILE", help="real drives to judge on")
    parser.add_argument("--statefarm", type=Path, metavar="DIR", help="real pictures to judge on")
    parser.add_argument(
        "--output", type=Path, default=WEIGHTS, metavar="FILE", help="where the fit goes (the shipped one)"
    )
    arguments = parser.parse_args(argv)
    limit = HealthSettings().wrong_view_above
    if arguments.fit:
        shapes = [
            np.stack(
                [view_shape(model_view(pixels, VIEW_SIZE)) for _, kind, pixels in frames_of(video) if kind == "none"]
            )
            for video in track(arguments.fit, description="reading", transient=True)
        ]
        fit(shapes).save(arguments.output)
    score = WrongViewScore.load(arguments.output)
    total: dict[str, list[bool]] = defaultdict(list)
    for video in track(arguments.judge, description="judging", transient=True):
        for kind, above in judge(video, score, limit).items():
            total[kind] += above
    for kind, above in total.items():
        print(f"simulated, fault {kind}: {100.0 * float(np.mean(above)):.2f} % of {len(above)} frames above {limit:g}")
    if arguments.statefarm is not None:
        print(_real_pictures(arguments.statefarm, score, limit))
    for video in arguments.recorded:
        right, wrong = shown_after_s(video, mirror=False), shown_after_s(video, mirror=True)
        told = ["never" if at_s is None else f"after {at_s:.1f} s" for at_s in (right, wrong)]
        print(f"{video.stem}: a wrong view is shown {told[0]}; of its mirror image {told[1]}")
    return 0


def _real_pictures(folder: Path, score: WrongViewScore, limit: float) -> str:
    right, wrong, of_driver = [], [], defaultdict[str | None, int](int)
    for image in read_statefarm(folder):
        of_driver[image.driver] += 1
        pixels = read_image(image.path) if of_driver[image.driver] <= _PICTURES_OF_A_DRIVER else None
        if pixels is not None:
            own = score.of(model_view(pixels, VIEW_SIZE))
            right.append(own > limit)
            wrong.append(-own > limit)
    return (
        f"{len(right)} real pictures of {len(of_driver)} drivers: {100.0 * float(np.mean(right)):.2f} % above {limit:g},"
        f" of their mirror images {100.0 * float(np.mean(wrong)):.2f} %"
    )


if __name__ == "__main__":
    raise SystemExit(run_command(main))
