"""What an engine computes for a bundle's reference views, beside what the training framework computed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engines.bundles.bundle import Reference
from engines.bundles.manifest import Precision
from engines.bundles.signature import NetworkOutputs

TOLERANCES: dict[Precision, float] = {"fp32": 1e-4, "fp16": 2e-2, "int8": 3e-1}
"""Largest absolute difference of a probability from the training framework's, by precision."""

WEIGHT_TOLERANCES: dict[Precision, float] = {"fp32": 5e-3}
"""The same of a region weight, where it is assessed. Region weights are a softmax over scores that reach a thousand
once trained: fp32's rounding moves them by thousandths, and in lower precision another region may win without the
activity changing. There the difference is reported, not assessed."""

BOX_TOLERANCES: dict[Precision, float] = {"fp32": 1e-3, "fp16": 2e-2}
"""The same of the boxes that a network finds, in 0..1 of the view, where it is assessed."""


class ReferenceCheck(BaseModel):
    """How far an engine is from the training framework on the bundle's reference views.

    Attributes:
        views: how many views were compared.
        probability_difference, weight_difference: largest absolute differences.
        box_difference: the same of the boxes that the network finds; None where it finds none.
        tolerance, weight_tolerance, box_tolerance: what is allowed for the precision; None for what is not assessed.
        same_class: on how many views the most probable class is the same.
        passed: whether the differences are within the tolerances and every class is the same.
    """

    views: int
    probability_difference: float
    weight_difference: float
    box_difference: float | None
    tolerance: float
    weight_tolerance: float | None
    box_tolerance: float | None
    same_class: int
    passed: bool


def check_reference(reference: Reference, outputs: NetworkOutputs, precision: Precision) -> ReferenceCheck:
    """Compare an engine's outputs with a reference of N views."""
    tolerance, weight_tolerance = TOLERANCES[precision], WEIGHT_TOLERANCES.get(precision)
    probability_difference = largest_difference(outputs.probabilities, reference.probabilities)
    weight_difference = largest_difference(outputs.region_weights, reference.region_weights)
    box_difference = box_tolerance = None
    if reference.found_regions.shape[1]:
        box_difference = largest_difference(outputs.found_regions, reference.found_regions)
        box_tolerance = BOX_TOLERANCES.get(precision)
    same = int((outputs.probabilities.argmax(axis=1) == reference.probabilities.argmax(axis=1)).sum())
    return ReferenceCheck(
        views=len(reference.images),
        probability_difference=probability_difference,
        weight_difference=weight_difference,
        box_difference=box_difference,
        tolerance=tolerance,
        weight_tolerance=weight_tolerance,
        box_tolerance=box_tolerance,
        same_class=same,
        passed=probability_difference <= tolerance
        and weight_difference <= (1.0 if weight_tolerance is None else weight_tolerance)
        and (box_difference is None or box_difference <= (1.0 if box_tolerance is None else box_tolerance))
        and same == len(reference.images),
    )


def largest_difference(ours: NDArray[Any], theirs: NDArray[Any]) -> float:
    """The largest absolute difference; infinite for other shapes and for values that are no numbers."""
    if ours.shape != theirs.shape or not np.isfinite(ours).all():
        return float("inf")
    return float(np.abs(ours - theirs).max())
