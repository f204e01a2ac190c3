"""Check an engine against its bundle's reference: `python -m engines verify BUNDLE`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engines.bundle import Bundle, Precision
from engines.regions import propose_regions
from engines.runtimes import Session

TOLERANCES: dict[Precision, float] = {"fp32": 1e-4, "fp16": 1e-2, "int8": 1e-1}
"""Largest absolute difference of a probability or region weight from the training framework's, by precision."""


class Verification(BaseModel):
    """How far an engine is from the training framework on the bundle's reference views.

    Attributes:
        views: how many views were compared.
        probability_difference, weight_difference: largest absolute differences.
        tolerance: what is allowed for the precision.
        same_class: on how many views the most probable class is the same.
        region_difference: largest absolute difference between the reference's boxes and those found on this machine,
            0..1. Another OpenCV build may find other keypoints; this is told, not judged.
        passed: whether the differences are within the tolerance and every class is the same.
    """

    views: int
    probability_difference: float
    weight_difference: float
    tolerance: float
    same_class: int
    region_difference: float
    passed: bool


def verify(bundle: Bundle, session: Session, precision: Precision) -> Verification:
    """Run the reference views through a session and compare."""
    reference = bundle.reference()
    probabilities, weights = session.run(reference.images, reference.regions)
    regions = np.stack([propose_regions(view, bundle.manifest.kappa).boxes for view in reference.images])
    tolerance = TOLERANCES[precision]
    probability_difference = _largest(probabilities, reference.probabilities)
    weight_difference = _largest(weights, reference.region_weights)
    same = int((probabilities.argmax(axis=1) == reference.probabilities.argmax(axis=1)).sum())
    return Verification(
        views=len(reference.images),
        probability_difference=probability_difference,
        weight_difference=weight_difference,
        tolerance=tolerance,
        same_class=same,
        region_difference=_largest(regions, reference.regions),
        passed=bool(
            probability_difference <= tolerance and weight_difference <= tolerance and same == len(reference.images)
        ),
    )


def _largest(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    if ours.shape != theirs.shape or not np.isfinite(ours).all():
        return float("inf")
    return float(np.abs(ours - theirs).max())
