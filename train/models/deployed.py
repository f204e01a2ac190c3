"""A network as an engine runs it: a bundle's inputs and outputs, its ONNX file, and the reference to check it with."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engines.bundles.manifest import Manifest
from engines.bundles.signature import Signature
from engines.regions import propose_regions
from engines.view import model_view
from train.models.network import Network
from train.models.zoom_net import ZoomOutput

OPSET = 19


class DeployedNetwork(nn.Module):
    """The network as an engine runs it, with the inputs and outputs that `engines.bundles.signature` tells."""

    def __init__(self, network: nn.Module, *, uses_regions: bool) -> None:
        super().__init__()
        self.network = network
        self.uses_regions = uses_regions

    def forward(self, image: Tensor, regions: Tensor | None = None) -> tuple[Tensor, ...]:
        """Image (N, S, S, 3) uint8 RGB and regions (N, R, 4) → probabilities (N, K), and what there is of regions.

        Region weights (N, R + 1) where the network is given regions; part weights (N, P + 1) and boxes (N, P, 4) where
        it finds parts by itself.
        """
        given = image.new_zeros((len(image), 0, 4), dtype=torch.float32) if regions is None else regions
        output = self.network(image, given)
        probabilities = torch.softmax(output.logits, dim=1)
        if isinstance(output, ZoomOutput):
            return probabilities, output.part_weights, output.boxes
        return (probabilities, output.region_weights) if self.uses_regions else (probabilities,)


def export_onnx(network: Network, manifest: Manifest, path: Path) -> None:
    """Write the network as ONNX (operator set 19; any batch size, fixed view size and regions)."""
    signature = Signature.of(manifest)
    deployed = DeployedNetwork(network, uses_regions=manifest.uses_regions).eval()
    example = tuple(torch.from_numpy(np.zeros((2, *shape), dtype=dtype)) for dtype, shape in signature.inputs.values())
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own internals
        program = torch.onnx.export(
            deployed,
            example,
            input_names=list(signature.inputs),
            output_names=list(signature.outputs),
            opset_version=OPSET,
            dynamic_shapes={name: {0: "N"} for name in signature.inputs},
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    program.save(str(path))
    model = onnx.load(path)
    strip_notes(model)
    onnx.save(model, path)
    onnx.checker.check_model(str(path), full_check=True)


def strip_notes(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes of the machine it ran on: stack traces with paths, in every part of the graph."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.doc_string = ""
        del part.metadata_props[:]


def reference_arrays(
    network: Network, manifest: Manifest, frames: Sequence[NDArray[np.uint8]]
) -> dict[str, NDArray[np.generic]]:
    """Views, the regions that the network is given, and what the training framework makes of them.

    Args:
        network: in evaluation mode.
        manifest: of its bundle.
        frames: (H, W, 3) uint8 RGB each, one a view.
    """
    arrays: dict[str, NDArray[np.generic]] = {}
    arrays["images"] = np.stack([model_view(frame, manifest.view_size) for frame in frames])
    if manifest.uses_regions:
        arrays["regions"] = np.stack([propose_regions(view, manifest.kappa).boxes for view in arrays["images"]])
    with torch.inference_mode():
        outputs = DeployedNetwork(network, uses_regions=manifest.uses_regions)(*map(torch.from_numpy, arrays.values()))
    names = Signature.of(manifest).outputs
    return arrays | {name: output.numpy() for name, output in zip(names, outputs, strict=True)}
