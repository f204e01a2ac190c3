"""Make a bundle's confidence honest: `python -m calibration.confidence BUNDLE --data DIR --drivers … --output NEW`.

Temperature scaling (Guo et al., ICML 2017): the one T that minimises the log loss of labelled images the network was
not trained on. The classes and their order stay as they are. Bundles are read-only, so a new one is written.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from scipy.optimize import minimize_scalar

from engines.bundle import DEFAULT_BUNDLE, Bundle, write_manifest
from engines.classifier import Classifier, with_temperature
from engines.classify import classify_images
from engines.errors import UserError, run_command
from train.statefarm import read_statefarm

_COLDEST, _HOTTEST = 0.05, 20.0


def log_loss(probabilities: NDArray[np.float32], labels: NDArray[np.intp], temperature: float = 1.0) -> float:
    """Mean negative log-likelihood, in nats, of (N, K) probabilities at a temperature."""
    scaled = with_temperature(probabilities, temperature)
    picked = scaled[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(picked, np.finfo(np.float32).tiny)).mean())


def fit_temperature(probabilities: NDArray[np.float32], labels: NDArray[np.intp]) -> float:
    """The temperature, 0.05 to 20, that minimises the log loss of (N, K) probabilities made at temperature 1."""
    best = minimize_scalar(
        lambda logarithm: log_loss(probabilities, labels, float(np.exp(logarithm))),
        bounds=(np.log(_COLDEST), np.log(_HOTTEST)),
        method="bounded",
    )
    return float(np.exp(best.x))


def copy_with_temperature(bundle: Bundle, temperature: float, output: Path) -> None:
    """Write a bundle that differs only in its temperature. Raises `UserError` when the folder is taken."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        if any(output.iterdir()):
            raise UserError(f"{output} is not empty: bundles are never overwritten, choose another --output")
        for name in bundle.manifest.files:
            shutil.copy2(bundle.path / name, output / name)
        write_manifest(bundle.manifest.model_copy(update={"temperature": temperature}), output)
    except OSError as error:
        raise UserError(f"cannot write to {output}: {error.strerror}; choose another --output") from error


def main(argv: Sequence[str] | None = None) -> int:
    """Fit and write a temperature."""
    parser = argparse.ArgumentParser(prog="python -m calibration.confidence", description="Fit a bundle's temperature.")
    parser.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="the default one when left out")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="labelled images, State Farm's layout")
    parser.add_argument("--drivers", nargs="+", required=True, metavar="DRIVER", help="drivers not trained on")
    parser.add_argument("--output", type=Path, required=True, metavar="BUNDLE", help="an empty or new folder")
    args = parser.parse_args(argv)
    bundle = Bundle.open(args.bundle)
    images = [image for image in read_statefarm(args.data) if image.driver in args.drivers]
    absent = set(args.drivers) - {image.driver for image in images}
    if absent:
        raise UserError(f"no images of {', '.join(sorted(absent))} in {args.data}: check --drivers")
    # Fitted from temperature 1, whatever the bundle has now.
    plain = Bundle(bundle.path, bundle.manifest.model_copy(update={"temperature": 1.0}))
    outcomes = classify_images(Classifier.of(plain), [image.path for image in images])
    predictions = [outcome.prediction for outcome in track(outcomes, "classifying", total=len(images), transient=True)]
    readable = [index for index, prediction in enumerate(predictions) if prediction is not None]
    if not readable:
        raise UserError(f"none of the {len(images)} images can be read")
    probabilities = np.stack([p.probabilities for p in predictions if p is not None])
    labels = np.array([images[index].label for index in readable])
    temperature = fit_temperature(probabilities, labels)
    copy_with_temperature(bundle, temperature, args.output)
    before, after = log_loss(probabilities, labels), log_loss(probabilities, labels, temperature)
    print(f"temperature {temperature:.3f}: log loss {before:.3f} → {after:.3f} on {len(labels)} images; {args.output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
