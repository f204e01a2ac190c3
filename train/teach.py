"""What finished runs take unlabelled images for: `python -m train.teach RUN… --images DIR --output labels.csv`.

The mean of the runs' probabilities, each at its own temperature of 1, becomes the soft label that another training
learns from (`train.default --taught labels.csv`): of people whom nobody has labelled, or of many networks in one.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engines.activities import ACTIVITY_CODES
from engines.command import add_version, run_command
from engines.errors import UserError
from engines.files.images import list_images
from engines.files.output import prepare_file
from train.command import add_workers_argument
from train.data.images import LabelledImage
from train.data.soft_labels import write_soft_labels
from train.loop.predict import predict_images
from train.reporting.run_record import read_record


def teach(run: Path, images: Sequence[Path], workers: int) -> NDArray[np.float32]:
    """A finished run's probabilities (N, K) of N images. Raises `UserError` when it is not finished."""
    record = read_record(run)
    if tuple(record.classes) != ACTIVITY_CODES:
        raise UserError(f"{run} knows other classes than C0 to C9: pass a run of driver images")
    settings = record.settings.model_copy(update={"workers": workers})
    logits = predict_images(run, settings, [LabelledImage(path, 0) for path in images])
    return np.asarray(logits.softmax(dim=1).numpy(), dtype=np.float32)


def main(argv: Sequence[str] | None = None) -> int:
    """Write soft labels."""
    parser = argparse.ArgumentParser(prog="python -m train.teach", description="Write what runs take images for.")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="finished runs; their mean counts")
    parser.add_argument("--images", type=Path, nargs="+", required=True, metavar="DIR", help="folders of images")
    parser.add_argument("--output", type=Path, required=True, metavar="CSV")
    add_workers_argument(parser)
    add_version(parser)
    args = parser.parse_args(argv)
    prepare_file(args.output)
    images = [path for folder in args.images for path in list_images(folder, deep=True).paths]
    if not images:
        raise UserError(f"no images in {', '.join(map(str, args.images))}: pass folders with .jpg, .png or .webp files")
    probabilities = np.mean([teach(run, images, args.workers) for run in args.runs], axis=0)
    write_soft_labels(args.output, images, probabilities)
    sure = (probabilities.max(axis=1) >= 0.9).mean()
    print(f"{args.output}: {len(images)} images, {sure:.0%} of them with 90 % or more")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
