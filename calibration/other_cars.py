"""How right a bundle is in other cars: `python -m calibration.other_cars BUNDLE --labels FILE.csv --output NEW`.

The file has a row an image, ``file,activity,car``; files are relative to it. Nothing is fitted on them, and the network
was trained on none. A new bundle gets what came out as a section of its model card.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from calibration.confidence import LabelledPredictions, classify_labelled
from calibration.derived_bundle import derive_bundle
from engines.activities import Activity
from engines.bundles.bundle import Bundle
from engines.bundles.manifest import DEFAULT_BUNDLE
from engines.command import run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.output import require_free
from engines.files.text import parse_rows, read_text
from train.data.images import LabelledImage

_COLUMNS = ("file", "activity", "car")


def read_other_cars(file: Path) -> list[LabelledImage]:
    """The images of such a file, with the car as their driver. Raises `UserError` where it cannot be read."""
    images = []
    try:
        for number, row in parse_rows(read_text(file, "labels"), _COLUMNS):
            try:
                label = int(Activity.parse(row["activity"]))
            except UserError as error:
                raise UserError(f"line {number}: {error}") from error
            images.append(LabelledImage(file.parent / row["file"], label, row["car"]))
    except UserError as error:
        raise UserError(f"{file}: {error}") from error
    if not images:
        raise UserError(f"{file} names no image")
    return images


def describe(predictions: LabelledPredictions, cars: Sequence[str], temperature: float) -> str:
    """What came out, for a model card: in all with its 95 % interval (Wilson), by class, and by car."""
    right = predictions.probabilities.argmax(axis=1) == predictions.labels
    low, high = binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
    by_class = _counts(right, predictions.labels, lambda label: Activity(label).title)
    by_car = _counts(right, np.array(cars), str)
    return (
        f"Right in **{right.sum()} of {len(right)}** images of {len(set(cars))} cars that it never saw "
        f"({right.mean():.0%}; 95 % interval {low:.0%} to {high:.0%}), log loss "
        f"{predictions.log_loss(temperature):.2f} at temperature {temperature:.2f}. So few images say little about any "
        f"one car.\n\n| class | right |\n|---|---|\n{by_class}\n\n| car | right |\n|---|---|\n{by_car}"
    )


def _counts(right: NDArray[np.bool_], groups: NDArray[np.generic], title: Callable[..., str]) -> str:
    chosen = [(group, right[groups == group]) for group in np.unique(groups)]
    return "\n".join(f"| {title(group)} | {hits.sum()} of {len(hits)} |" for group, hits in chosen)


def main(argv: Sequence[str] | None = None) -> int:
    """Classify, and write the bundle with the section."""
    parser = CommandParser(prog="python -m calibration.other_cars", description="How right a bundle is in other cars.")
    parser.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="the default one when left out")
    parser.add_argument("--labels", type=Path, required=True, metavar="CSV", help="a row an image: file,activity,car")
    parser.add_argument("--output", type=Path, required=True, metavar="BUNDLE", help="an empty or new folder")
    args = parser.parse_args(argv)
    require_free(args.output)
    bundle = Bundle.open(args.bundle)
    images = read_other_cars(args.labels)
    predictions = classify_labelled(bundle, images)
    note = describe(predictions, [image.driver or "" for image in images], bundle.manifest.temperature)
    derive_bundle(bundle, args.output, "In other cars", note)
    print(f"{note.splitlines()[0]}\nwritten to {args.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
