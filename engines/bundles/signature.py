"""What a bundle's network takes and gives, by its manifest: the same in every runtime.

Shapes: N views of side S, K classes, R regions that are given, P parts of the driver that the network finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engines.bundles.manifest import Manifest

Tensors = dict[str, tuple[np.dtype[Any], tuple[int, ...]]]
"""Name → type and shape, without N."""


class NetworkOutputs(NamedTuple):
    """What a network gives for N views.

    Attributes:
        probabilities: (N, K).
        region_weights: (N, R + 1) or (N, P + 1), the whole view last.
        found_regions: (N, P, 4) boxes x0, y0, x1, y1 in 0..1 of the view; P is 0 for a network that finds none.
    """

    probabilities: NDArray[np.float32]
    region_weights: NDArray[np.float32]
    found_regions: NDArray[np.float32]

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]]) -> NetworkOutputs:
        """The outputs by name; without any of regions all that counts is the view."""
        count = len(arrays["probabilities"])
        return cls(
            arrays["probabilities"],
            arrays["region_weights"] if "region_weights" in arrays else np.ones((count, 1), dtype=np.float32),
            arrays["found_regions"] if "found_regions" in arrays else np.empty((count, 0, 4), dtype=np.float32),
        )


@dataclass(frozen=True)
class Signature:
    """A network's inputs and outputs.

    Attributes:
        inputs, outputs: that it has to have.
        unread: more that it may have. A baseline of bundle format 1 has the input `regions`, which no layer reads, and
            the output `region_weights`.
    """

    inputs: Tensors
    outputs: Tensors
    unread: Tensors

    @classmethod
    def of(cls, manifest: Manifest) -> Signature:
        """Of a bundle's network."""
        size, given, found = manifest.view_size, manifest.region_count, len(manifest.region_names)
        pixels, numbers = np.dtype(np.uint8), np.dtype(np.float32)
        regions = (numbers, (given, 4))
        inputs: Tensors = {"image": (pixels, (size, size, 3))}
        outputs: Tensors = {"probabilities": (numbers, (len(manifest.classes),))}
        unread: Tensors = {}
        if manifest.uses_regions:
            inputs["regions"] = regions
            outputs["region_weights"] = (numbers, (given + 1,))
        elif found:
            outputs |= {"region_weights": (numbers, (found + 1,)), "found_regions": (numbers, (found, 4))}
        else:
            unread = {"regions": regions, "region_weights": (numbers, (given + 1,))}
        return cls(inputs, outputs, unread)

    @property
    def required(self) -> Tensors:
        """Inputs and outputs."""
        return {**self.inputs, **self.outputs}

    def fits(self, inputs: Mapping[str, object], outputs: Mapping[str, object]) -> bool:
        """Whether a network takes and gives all that, and nothing else: name → type and shape, without N."""
        allowed = {**self.required, **self.unread}
        return (
            set(self.inputs) <= set(inputs)
            and set(self.outputs) <= set(outputs)
            and all(allowed.get(name) == tensor for name, tensor in (*inputs.items(), *outputs.items()))
        )
