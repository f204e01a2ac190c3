"""The network of AG-Net's equations as printed, which `calibration.studies.live_reference` writes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from engines.bundles.bundle import Bundle
from engines.errors import UserError
from engines.onnxruntime_session import open_alone, require_signature

EQUATIONS: Final = "equations"
AS_PRINTED: Final = "literal"
"""Key and value in the ONNX file's metadata of the equations as printed; their rearrangement has none."""

TOLERANCE: Final = 1e-3
"""How far its probabilities may lie from the bundle's reference: the sums run in another order."""


class ReferenceSession:
    """The equations as printed in ONNX Runtime's CPU provider, checked against the bundle whose parameters they have.

    Attributes:
        difference: the largest of its probabilities from those of the bundle's reference.
    """

    def __init__(self, bundle: Bundle, model: Path, threads: int | None = None) -> None:
        """Open an ONNX file.

        Args:
            bundle: whose probabilities it must give.
            model: the file.
            threads: CPU threads; None for the runtime's default.

        Raises:
            UserError: for a file that cannot be loaded, is no reference network, or not this bundle's.
        """
        again = "write it with python -m calibration.studies.live_reference"
        self._session: ort.InferenceSession = open_alone(model, threads)
        if self._session.get_modelmeta().custom_metadata_map.get(EQUATIONS) != AS_PRINTED:
            raise UserError(f"{model} is no reference network: {again}")
        try:
            require_signature(bundle, self._session)
        except UserError as error:
            raise UserError(f"{model} does not fit bundle {bundle.path}: {again}") from error
        reference = bundle.reference()
        found = [self.run(*inputs) for inputs in zip(reference.images, reference.regions, strict=True)]
        self.difference = float(np.abs(np.stack(found) - reference.probabilities).max())
        if not self.difference <= TOLERANCE:
            raise UserError(
                f"{model}: its probabilities differ from those of bundle {bundle.path} by {self.difference:.2g}, and "
                f"{TOLERANCE:g} is allowed: {again}"
            )

    def run(self, view: NDArray[np.uint8], regions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (K,) of a view (S, S, 3) with its regions (R, 4)."""
        probabilities = self._session.run(["probabilities"], {"image": view[None], "regions": regions[None]})
        return np.asarray(probabilities[0][0], dtype=np.float32)
