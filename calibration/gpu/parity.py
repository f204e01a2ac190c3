"""Whether a runtime gives what a network's reference says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from pydantic import BaseModel

from calibration.bare_backbone import bare_backbone
from calibration.gpu.device import Device
from calibration.gpu.networks import Subject
from calibration.gpu.torch_session import Way
from calibration.precision.stored_weights import fp32_network
from engines.bundles.manifest import Precision
from engines.bundles.reference_check import ReferenceCheck, check_reference, largest_difference
from engines.onnxruntime_session import CPU, open_network, session_settings
from engines.runtimes import Session, SessionOptions, choose

BF16_TOLERANCE = 1e-1
"""Of a probability. bf16 keeps eight bits of a number where fp16 keeps eleven; the activities still have to agree."""

_BACKBONE_TOLERANCES = {torch.float32: 1e-3, torch.float16: 2e-2, torch.bfloat16: 1e-1}
"""Of a feature, as a fraction of the largest one."""


class Parity(BaseModel):
    """How far a runtime is from the reference.

    Attributes:
        kind: of the figures.
        description: the runtime, its version and device.
        check: against the reference; None for a bare backbone.
        backbone_difference: the largest difference of a feature of the bare backbone, over the largest feature.
        passed: whether all differences are within the tolerances.
    """

    kind: Literal["parity"] = "parity"
    description: str
    check: ReferenceCheck | None = None
    backbone_difference: float | None = None
    passed: bool


def torch_parity(subject: Subject, way: Way, device: Device) -> Parity:
    """A network in torch against its reference, as weights from an ONNX file have to give it."""
    session = subject.session(way, device)
    precision: Precision = "fp32" if way.dtype is torch.float32 else "fp16"
    check = _check(subject, session, precision)
    if way.dtype is torch.bfloat16:
        same = check.same_class == check.views
        passed = same and check.probability_difference <= BF16_TOLERANCE
        check = check.model_copy(update={"tolerance": BF16_TOLERANCE, "box_tolerance": None, "passed": passed})
    return Parity(description=session.description, check=check, passed=check.passed)


def runtime_parity(subject: Subject, runtime: str, precision: Precision, report: Callable[[str], None]) -> Parity:
    """A bundle's network in a runtime of `engines.runtimes`. Raises `UserError` where it cannot run here."""
    choice = choose(subject.bundle, runtime, precision, SessionOptions(report=report), refuse_faults=False)
    check = _check(subject, choice.session, precision)
    return Parity(description=choice.session.description, check=check, passed=check.passed)


def backbone_parity(subject: Subject, way: Way, device: Device) -> Parity:
    """The bare backbone in torch against the one that is cut out of the bundle's ONNX file, in ONNX Runtime's CPU."""
    images, regions = subject.reference.images, subject.reference.regions
    cut = bare_backbone(fp32_network(subject.bundle)).SerializeToString()
    expected = np.asarray(open_network(cut, session_settings(), [CPU]).run(None, {"image": images})[0])
    session = subject.backbone_session(way, device)
    found = session.run_arrays(images, regions)["features"]
    difference = largest_difference(found, expected) / float(np.abs(expected).max())
    return Parity(
        description=session.description,
        backbone_difference=difference,
        passed=difference <= _BACKBONE_TOLERANCES[way.dtype],
    )


def _check(subject: Subject, session: Session, precision: Precision) -> ReferenceCheck:
    reference = subject.reference
    return check_reference(reference, session.run(reference.images, reference.regions), precision)
