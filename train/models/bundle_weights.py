"""The weights of an engine bundle, for a training that refines it: read from its ONNX file, no run is needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from engines.bundles.bundle import Bundle
from engines.errors import UserError
from train.models.network import Network

_PREFIX = "network."
"""What `train.models.deployed.DeployedNetwork` puts before the names of a network's weights."""


def load_bundle_weights(network: Network, bundle: Path) -> None:
    """Give a network all the weights of a bundle of the same shape; what is stored in fp16 is as exact as that.

    Raises:
        UserError: when the bundle cannot be opened, or its network is another one or was rewritten by the export.
    """
    model = onnx.load_model_from_string(Bundle.open(bundle).model_bytes())
    found = _weights(model.graph)
    own = network.state_dict()
    other = [
        name
        for name, value in own.items()
        # How many batches a statistic is of: no engine needs it, and statistics that are kept do not ask.
        if not name.endswith("num_batches_tracked") and (name not in found or found[name].shape != tuple(value.shape))
    ]
    if other:
        raise UserError(
            f"cannot use the weights of {bundle} ({len(other)} of {len(own)} are not in it or have another shape, the "
            f"first is {other[0]}): pass a bundle of the same --model and --backbone that this version exported, or a "
            "finished run"
        )
    weights = {name: torch.from_numpy(np.array(value)) for name, value in found.items() if name in own}
    network.load_state_dict(weights, strict=False)


def _weights(graph: onnx.GraphProto) -> dict[str, NDArray[np.float32]]:
    """All weights by their name in the network; a linear layer's, which is transposed and has no name, by its bias."""
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    casts = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Cast"}
    products = {node.output[0]: list(node.input) for node in graph.node if node.op_type == "MatMul"}

    def source(name: str) -> str:
        while name in casts:
            name = casts[name]
        return name

    named = {name: value for name, value in arrays.items() if name.startswith(_PREFIX)}
    for node in graph.node:
        if node.op_type != "Add":
            continue
        inputs = [source(name) for name in node.input]
        bias = next((name for name in inputs if name.startswith(_PREFIX) and name.endswith(".bias")), None)
        product = next((products[name] for name in inputs if name in products), None)
        if bias is not None and product is not None and (matrix := source(product[1])) in arrays:
            named.setdefault(bias.removesuffix("bias") + "weight", arrays[matrix].T)
    return {name.removeprefix(_PREFIX): value.astype(np.float32) for name, value in named.items()}
