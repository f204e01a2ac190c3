"""How a bundle's weights are stored: those that are computed with in fp32 as fp16, with a cast to fp32 beside them."""

from __future__ import annotations

import hashlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from calibration.precision.casts import drop_idle
from engines.bundles.bundle import Bundle

_LEAST = 1024
"""Values of a matrix that is worth it. Vectors stay: they are biases and scales, which TensorRT wants as constants."""


def fp32_network(bundle: Bundle) -> onnx.ModelProto:
    """A bundle's fp32 network, without the casts that change nothing. Raises `UserError` when there is none."""
    model = onnx.load_from_string(bundle.model_bytes("fp32"))
    drop_idle(model)
    return model


def store_once(model: onnx.ModelProto) -> None:
    """Store weights once that several layers share: each look of a network at another part of the image has a copy."""
    graph = model.graph
    first: dict[tuple[int, tuple[int, ...], bytes], str] = {}
    same: dict[str, str] = {}
    for tensor in list(graph.initializer):
        if np.prod(tensor.dims) < _LEAST:
            continue
        key = (tensor.data_type, tuple(tensor.dims), hashlib.sha256(numpy_helper.to_array(tensor).tobytes()).digest())
        kept = first.setdefault(key, tensor.name)
        if kept != tensor.name:
            same[tensor.name] = kept
            graph.initializer.remove(tensor)
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name in same:
                node.input[index] = same[name]


def store_as_half(model: onnx.ModelProto) -> None:
    """Store the large fp32 matrices of a network as fp16. Runtimes fold the casts when they load or compile it."""
    graph = model.graph
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or len(tensor.dims) < 2 or np.prod(tensor.dims) < _LEAST:
            continue
        name = tensor.name
        stored = f"{name}_fp16"
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), stored))
        graph.node.insert(0, helper.make_node("Cast", [stored], [name], name=f"{name}_fp32", to=TensorProto.FLOAT))
