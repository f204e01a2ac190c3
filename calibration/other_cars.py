"""How right a bundle is in other cars: `python -m calibration.other_cars BUNDLE --labels FILE.csv --output NEW`.

The file has a row an image, ``file,activity,car``; files are relative to it. It may have the columns ``camera`` and
``light``, too, as the lists of public data sets have (`--write-list` of `train.hundred_driver` and others). Nothing is
fitted on them, and the network was trained on none. A new bundle gets what came out as a section of its model card.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
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
from train.data.images import Conditions, LabelledImage

_COLUMNS = ("file", "activity", "car")
_MORE_COLUMNS = ("camera", "light")

_FEW = 100
"""Images of one car, fewer than which say little about it."""


def read_other_cars(file: Path) -> list[LabelledImage]:
    """The images of such a file, with the car as their driver. Raises `UserError` where it cannot be read."""
    images = []
    try:
        text = read_text(file, "labels")
        header = next((line for line in text.splitlines() if line.strip()), "").lower().split(",")
        known = {name.strip(' "') for name in header}
        columns = (*_COLUMNS, *(name for name in _MORE_COLUMNS if name in known))
        for number, row in parse_rows(text, columns):
            try:
                label = int(Activity.parse(row["activity"]))
            except UserError as error:
                raise UserError(f"line {number}: {error}") from error
            taken = Conditions(row["car"], row.get("camera", ""), row.get("light", ""))
            images.append(LabelledImage(file.parent / row["file"], label, row["car"], conditions=taken))
    except UserError as error:
        raise UserError(f"{file}: {error}") from error
    if not images:
        raise UserError(f"{file} names no image")
    return images


def describe(predictions: LabelledPredictions, conditions: Sequence[Conditions], temperature: float) -> str:
    """What came out, for a model card: in all with its 95 % interval (Wilson), by class, and by car.

    Where the images are of several cameras or lights, by these, too, and by what was taken together.
    """
    right = predictions.probabilities.argmax(axis=1) == predictions.labels
    low, high = binomtest(int(right.sum()), len(right)).proportion_ci(method="wilson")
    tables = {"class": _counts(right, predictions.labels, lambda label: Activity(label).title)}
    several = []
    for name in (field.name for field in fields(Conditions)):
        values = np.array([getattr(each, name) for each in conditions])
        if name == "car" or len(set(values.tolist())) > 1:
            tables[name] = _counts(right, values, lambda value: str(value) or "not said")
            several.append(values.tolist())
    if len(several) > 1:
        together = np.array([", ".join(filter(None, each)) for each in zip(*several, strict=True)])
        tables["taken"] = _counts(right, together, str)
    cars = Counter(each.car for each in conditions)
    few = " So few images say little about any one car." if min(cars.values()) < _FEW else ""
    return (
        f"Right in **{right.sum()} of {len(right)}** images of {len(cars)} cars that it never saw "
        f"({right.mean():.0%}; 95 % interval {low:.0%} to {high:.0%}), log loss "
        f"{predictions.log_loss(temperature):.2f} at temperature {temperature:.2f}.{few}{_as_text(tables)}"
    )


def _as_text(tables: Mapping[str, str]) -> str:
    return "".join(f"\n\n| {title} | right |\n|---|---|\n{rows}" for title, rows in tables.items())


def _counts(right: NDArray[np.bool_], groups: NDArray[np.generic], title: Callable[..., str]) -> str:
    chosen = [(group, right[groups == group]) for group in np.unique(groups)]
    return "\n".join(f"| {title(group)} | {hits.sum()} of {len(hits)} |" for group, hits in chosen)


def main(argv: Sequence[str] | None = None) -> int:
    """Classify, and write the bundle with the section."""
    parser = CommandParser(prog="python -m calibration.other_cars", description="How right a bundle is in other cars.")
    parser.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="the default one when left out")
    parser.add_argument(
        "--labels",
        type=Path,
        required=True,
        metavar="CSV",
        help="a row an image: file,activity,car, and camera,light where known",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="BUNDLE", help="an empty or new folder")
    args = parser.parse_args(argv)
    require_free(args.output)
    bundle = Bundle.open(args.bundle)
    images = read_other_cars(args.labels)
    predictions = classify_labelled(bundle, images)
    note = describe(predictions, [image.conditions for image in images], bundle.manifest.temperature)
    derive_bundle(bundle, args.output, "In other cars", note)
    print(f"{note.splitlines()[0]}\nwritten to {args.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
