"""What networks take unlabelled images for: `python -m train.teach TEACHER… --images DIR --output labels.csv`.

A teacher is a finished run, at temperature 1, or a bundle, at its own. The mean of their probabilities becomes the soft
label that another training learns from (`train.default --taught labels.csv`): of people whom nobody has labelled, or
of many networks in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.activities import ACTIVITY_CODES
from engines.bundles.manifest import MANIFEST
from engines.classifier import Classifier
from engines.classify import classify_images
from engines.command import add_version, run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.console import track
from engines.files.images import list_images
from engines.files.output import prepare_file
from train.command import add_workers_argument
from train.data.images import LabelledImage
from train.data.soft_labels import write_soft_labels


def teach(teacher: Path, images: Sequence[Path], workers: int) -> NDArray[np.float32]:
    """Probabilities (N, K) of N images, of a bundle or of a finished run.

    Raises:
        UserError: when the bundle or the run cannot be opened, or an image cannot be read.
    """
    return (
        _bundle_teaches(teacher, images) if (teacher / MANIFEST).is_file() else _run_teaches(teacher, images, workers)
    )


def _bundle_teaches(bundle: Path, images: Sequence[Path]) -> NDArray[np.float32]:
    rows = []
    classified = classify_images(Classifier.open(bundle), images)
    for image in track(classified, description="evaluating", total=len(images), transient=True):
        if image.prediction is None:
            raise UserError(f"{image.path} cannot be read as an image: remove it from the data set or fetch it again")
        rows.append(image.prediction.probabilities)
    return np.stack(rows)


def _run_teaches(run: Path, images: Sequence[Path], workers: int) -> NDArray[np.float32]:
    # Not before the images are found: with torch.
    from train.loop.predict import predict_images
    from train.reporting.run_record import read_record

    record = read_record(run)
    if tuple(record.classes) != ACTIVITY_CODES:
        raise UserError(f"{run} knows other classes than C0 to C9: pass a run of driver images")
    settings = record.settings.model_copy(update={"workers": workers})
    logits = predict_images(run, settings, [LabelledImage(path, 0) for path in images])
    return np.asarray(logits.softmax(dim=1).numpy(), dtype=np.float32)


def main(argv: Sequence[str] | None = None) -> int:
    """Write soft labels."""
    parser = CommandParser(prog="python -m train.teach", description="Write what networks take images for.")
    parser.add_argument(
        "teachers", type=Path, nargs="+", metavar="TEACHER", help="finished runs or bundles; their mean counts"
    )
    parser.add_argument("--images", type=Path, nargs="+", required=True, metavar="DIR", help="folders of images")
    parser.add_argument("--output", type=Path, required=True, metavar="CSV")
    add_workers_argument(parser)
    add_version(parser)
    args = parser.parse_args(argv)
    prepare_file(args.output)
    images = [path for folder in args.images for path in list_images(folder, deep=True).paths]
    if not images:
        raise UserError(f"no images in {', '.join(map(str, args.images))}: pass folders with .jpg, .png or .webp files")
    probabilities = np.mean([teach(teacher, images, args.workers) for teacher in args.teachers], axis=0)
    write_soft_labels(args.output, images, probabilities)
    sure = (probabilities.max(axis=1) >= 0.9).mean()
    print(f"{args.output}: {len(images)} images, {sure:.0%} of them with 90 % or more")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
