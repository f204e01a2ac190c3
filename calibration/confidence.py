"""Calibrate a bundle's confidence: `python -m calibration.confidence BUNDLE --data DIR --drivers … --output NEW`.

Temperature scaling (Guo et al., ICML 2017): the one T that minimises the log loss of labelled images the network was
not trained on. The classes and their order stay as they are. Bundles are read-only, so a new one is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from calibration.derived_bundle import derive_bundle
from calibration.reliability import Reliability, draw
from engines.bundles.bundle import Bundle
from engines.bundles.manifest import COLDEST, DEFAULT_BUNDLE, HOTTEST
from engines.classifier import Classifier, with_temperature
from engines.classify import classify_images
from engines.command import run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.console import track
from engines.files.output import prepare_file, require_free
from train.data.images import LabelledImage
from train.statefarm import read_statefarm


@dataclass(frozen=True, eq=False)
class LabelledPredictions:
    """A network's predictions, at temperature 1, of labelled images: probabilities (N, K) and labels (N,)."""

    probabilities: NDArray[np.float32]
    labels: NDArray[np.intp]

    def log_loss(self, temperature: float = 1.0) -> float:
        """Mean negative log-likelihood at a temperature, in nats."""
        scaled = with_temperature(self.probabilities, temperature)
        picked = scaled[np.arange(len(self.labels)), self.labels]
        return float(-np.log(np.maximum(picked, np.finfo(np.float32).tiny)).mean())

    def reliability(self, temperature: float = 1.0) -> Reliability:
        """The reliability diagram at a temperature."""
        return Reliability.of(with_temperature(self.probabilities, temperature), self.labels)

    def effect(self, temperature: float) -> str:
        """What a temperature does, in words."""
        before, after = self.reliability(), self.reliability(temperature)
        return (
            f"log loss {self.log_loss():.3f} → {self.log_loss(temperature):.3f}, "
            f"ECE {100.0 * before.ece:.1f} → {100.0 * after.ece:.1f} %"
        )


def fit_temperature(predictions: LabelledPredictions) -> float:
    """The temperature, within what a manifest may hold, that minimises the log loss."""
    best = minimize_scalar(
        lambda logarithm: predictions.log_loss(float(np.exp(logarithm))),
        bounds=(np.log(COLDEST), np.log(HOTTEST)),
        method="bounded",
    )
    return float(np.exp(best.x))


def classify_drivers(bundle: Bundle, images: Sequence[LabelledImage], drivers: Sequence[str]) -> LabelledPredictions:
    """Classify the drivers' images at temperature 1. Raises `UserError` for a driver or an image that is not there."""
    chosen = [image for image in images if image.driver in drivers]
    absent = set(drivers) - {image.driver for image in chosen}
    if absent:
        raise UserError(f"no images of {', '.join(sorted(absent))}: check the drivers' names")
    return classify_labelled(bundle, chosen)


def classify_labelled(bundle: Bundle, images: Sequence[LabelledImage]) -> LabelledPredictions:
    """Classify images at temperature 1. Raises `UserError` for an image that cannot be read."""
    uncalibrated = Bundle(bundle.path, bundle.manifest.model_copy(update={"temperature": 1.0}))
    outcomes = classify_images(Classifier.of(uncalibrated), [image.path for image in images])
    probabilities = []
    for outcome in track(outcomes, "classifying", total=len(images), transient=True):
        if outcome.prediction is None:
            raise UserError(f"cannot read the image {outcome.path}: remove it from the data set or fetch it again")
        probabilities.append(outcome.prediction.probabilities)
    return LabelledPredictions(np.stack(probabilities), np.array([image.label for image in images]))


def main(argv: Sequence[str] | None = None) -> int:
    """Fit and write a temperature."""
    parser = CommandParser(prog="python -m calibration.confidence", description="Fit a bundle's temperature.")
    parser.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="the default one when left out")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, metavar="DIR", help="labelled images, State Farm's layout"
    )
    parser.add_argument("--drivers", nargs="+", required=True, metavar="DRIVER", help="to fit on; not trained on")
    parser.add_argument("--validate", nargs="+", default=[], metavar="DRIVER", help="others, to measure the effect on")
    parser.add_argument("--output", type=Path, required=True, metavar="BUNDLE", help="an empty or new folder")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="reliability diagram before and after")
    args = parser.parse_args(argv)
    if set(args.drivers) & set(args.validate):
        raise UserError(
            "--drivers and --validate name the same driver: what was fitted on one cannot be validated on it"
        )
    require_free(args.output)
    if args.plot is not None:
        prepare_file(args.plot)
    bundle = Bundle.open(args.bundle)
    images = [image for folder in args.data for image in read_statefarm(folder)]
    fitted = classify_drivers(bundle, images, args.drivers)
    temperature = fit_temperature(fitted)
    results = [(args.drivers, fitted)]
    if args.validate:
        results.append((args.validate, classify_drivers(bundle, images, args.validate)))
    effects = "; ".join(
        f"{predictions.effect(temperature)} on {', '.join(drivers)}" for drivers, predictions in results
    )
    note = (
        f"The logits are divided by {temperature:.3f}, fitted on {', '.join(args.drivers)} "
        f"({len(fitted.labels)} images): {effects}. The results above are those without it."
    )
    derive_bundle(bundle, args.output, "Confidence", note, changes={"temperature": temperature})
    if args.plot is not None:
        # Drivers that were not fitted on say more.
        drivers, predictions = results[-1]
        names = ", ".join(drivers)
        diagrams = {
            f"before, {names}": predictions.reliability(),
            f"after, {names}": predictions.reliability(temperature),
        }
        draw(diagrams, args.plot)
    print(f"temperature {temperature:.3f}: {effects}; written to {args.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
