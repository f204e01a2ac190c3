"""Check engines before they are trusted: `python -m engines verify BUNDLE`.

Every runtime and precision that works here is compared with the training framework's outputs for the bundle's reference
views, and with ONNX Runtime in fp32 on images of one's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from engines.bundles.bundle import Bundle
from engines.bundles.manifest import Precision
from engines.bundles.reference_check import ReferenceCheck, check_reference, largest_difference
from engines.classifier import input_regions
from engines.errors import UserError
from engines.files.images import require_image
from engines.runtimes import (
    AUTO,
    RuntimeMissingError,
    Session,
    SessionOptions,
    choose,
    runtime_names,
)
from engines.view import model_view

MIN_AGREEMENT = 0.99
"""Smallest fraction of a user's images on which an engine names the same activity as ONNX Runtime in fp32."""

_BATCH = 8


class Verification(ReferenceCheck):
    """The check against the reference, and what this machine makes of its views.

    Attributes:
        region_difference: largest absolute difference between the reference's boxes and those found on this machine,
            0..1. Another OpenCV build may find other keypoints; this is reported, not assessed. None where the network
            looks at no regions: the reference's are taken as they are.
    """

    region_difference: float | None


class ImageComparison(BaseModel):
    """How far an engine is from ONNX Runtime in fp32 on images.

    Attributes:
        images: how many.
        agreement: fraction of them with the same activity, 0..1.
        probability_difference: largest absolute difference.
        passed: whether enough agree.
    """

    images: int
    agreement: float
    probability_difference: float
    passed: bool


class EngineCheck(BaseModel):
    """One line of the table: an engine, and what became of it.

    Attributes:
        runtime, precision: which.
        description: the runtime's version and device.
        reference, images: the comparisons; `images` is None where none were given.
        skipped: why this runtime does not work on this machine, or None.
        failed: why the engine could not be opened or run, or None.
    """

    runtime: str
    precision: Precision | None
    description: str = ""
    reference: Verification | None = None
    images: ImageComparison | None = None
    skipped: str | None = None
    failed: str | None = None

    @property
    def passed(self) -> bool:
        """Whether every comparison that was made passed; what this machine has no runtime for does not fail."""
        return self.failed is None and all(part is None or part.passed for part in (self.reference, self.images))


@dataclass(frozen=True, eq=False)
class Examples:
    """Views (N, S, S, 3) and regions (N, R, 4) of one's own images."""

    views: NDArray[np.uint8]
    regions: NDArray[np.float32]

    @classmethod
    def load(cls, paths: Sequence[Path], bundle: Bundle, limit: int) -> Examples:
        """At most `limit` of the images, evenly over the list. Raises `UserError` for one that cannot be read."""
        picked = [paths[index] for index in np.unique(np.linspace(0, len(paths) - 1, limit).round().astype(int))]
        return cls.of([require_image(path) for path in picked], bundle)

    @classmethod
    def of(cls, frames: Sequence[NDArray[np.uint8]], bundle: Bundle) -> Examples:
        """Those of camera frames, (H, W, 3) uint8 RGB each."""
        views = [model_view(frame, bundle.manifest.view_size) for frame in frames]
        regions = [input_regions(view, bundle.manifest) for view in views]
        return cls(np.stack(views), np.stack(regions))

    def probabilities(self, session: Session) -> NDArray[np.float32]:
        """What a session makes of them, (N, K)."""
        starts = range(0, len(self.views), _BATCH)
        return np.concatenate(
            [session.run(self.views[at : at + _BATCH], self.regions[at : at + _BATCH]).probabilities for at in starts]
        )


def verify(bundle: Bundle, session: Session, precision: Precision) -> Verification:
    """Run the reference views through a session and compare. Raises `UserError` when that fails."""
    reference = bundle.reference()
    checked = check_reference(reference, session.run(reference.images, reference.regions), precision)
    difference = None
    if bundle.manifest.uses_regions:
        regions = np.stack([input_regions(view, bundle.manifest) for view in reference.images])
        difference = largest_difference(regions, reference.regions)
    return Verification(**checked.model_dump(), region_difference=difference)


def check_engines(
    bundle: Bundle,
    runtime: str,
    precision: Precision | Literal["auto"],
    examples: Examples | None,
    options: SessionOptions | None = None,
) -> Iterator[EngineCheck]:
    """Check engines one by one.

    Args:
        bundle: whose network.
        runtime: one of `runtime_names`, or ``auto`` for all of them.
        precision: one of the bundle's, or ``auto`` for all of them.
        examples: one's own images; None to compare the reference only.
        options: how sessions are opened.

    Raises:
        UserError: when the bundle lacks the precision, or what was asked for by name does not work here.
    """
    if precision != AUTO:
        bundle.model_name(precision)
    precisions = bundle.precisions if precision == AUTO else (precision,)
    fp32 = None
    if examples is not None:
        fp32 = examples.probabilities(choose(bundle, "onnxruntime", "fp32", refuse_faults=False).session)
    for name in [runtime] if runtime != AUTO else runtime_names():
        for chosen in precisions:
            try:
                yield _check(bundle, name, chosen, examples, fp32, options)
            except RuntimeMissingError as error:
                if runtime != AUTO:
                    raise
                yield EngineCheck(runtime=name, precision=None, skipped=" ".join(str(error).split()))
                break
            except UserError as error:
                if AUTO not in (runtime, precision):
                    raise
                yield EngineCheck(runtime=name, precision=chosen, failed=" ".join(str(error).split()))


def _check(
    bundle: Bundle,
    runtime: str,
    precision: Precision,
    examples: Examples | None,
    fp32: NDArray[np.float32] | None,
    options: SessionOptions | None,
) -> EngineCheck:
    session = choose(bundle, runtime, precision, options, refuse_faults=False).session
    return EngineCheck(
        runtime=runtime,
        precision=precision,
        description=session.description,
        reference=verify(bundle, session, precision),
        images=None if examples is None or fp32 is None else _compare(examples, session, fp32),
    )


def _compare(examples: Examples, session: Session, fp32: NDArray[np.float32]) -> ImageComparison:
    ours = examples.probabilities(session)
    agreement = float((ours.argmax(axis=1) == fp32.argmax(axis=1)).mean())
    return ImageComparison(
        images=len(ours),
        agreement=agreement,
        probability_difference=largest_difference(ours, fp32),
        passed=agreement >= MIN_AGREEMENT,
    )
