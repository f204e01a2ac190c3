"""Casts that change nothing, taken out of an ONNX graph."""

from __future__ import annotations

from collections.abc import Callable

import onnx
from onnx import TensorProto, shape_inference
from onnxruntime.transformers.onnx_model import OnnxModel


def drop_detours(model: onnx.ModelProto) -> None:
    """Remove casts fp32 → fp16 → fp32, which the converter puts beside inputs, outputs and between fp32 nodes."""
    maker = {name: node for node in model.graph.node for name in node.output}

    def source_of(node: onnx.NodeProto) -> str | None:
        first = maker.get(node.input[0]) if _target(node) == TensorProto.FLOAT else None
        return first.input[0] if first is not None and _target(first) == TensorProto.FLOAT16 else None

    _drop(model, source_of)


def drop_idle(model: onnx.ModelProto) -> None:
    """Remove casts to the type that a tensor has already, which a widened network is full of."""
    graph = shape_inference.infer_shapes(model).graph
    types = {value.name: value.type.tensor_type.elem_type for value in (*graph.value_info, *graph.input)}
    types |= {tensor.name: tensor.data_type for tensor in graph.initializer}
    # An output's type is in no note of its own.
    types |= {value.name: value.type.tensor_type.elem_type for value in graph.output}
    _drop(model, lambda node: node.input[0] if _target(node) == types.get(node.input[0], -1) else None)


def _drop(model: onnx.ModelProto, source_of: Callable[[onnx.NodeProto], str | None]) -> None:
    """Let the readers of casts read what each of them is said to be the same as; None for casts that stay."""
    graph = model.graph
    made = {name for node in graph.node for name in node.output}
    outputs = {value.name for value in graph.output}
    renamed: dict[str, str] = {}
    dropped = []
    for node in graph.node:
        source = source_of(node)
        if source is None:
            continue
        if node.output[0] not in outputs:
            renamed[node.output[0]] = source
        elif source in made and source not in outputs:  # an output keeps its name: what makes its value takes it
            renamed[source] = node.output[0]
        else:
            continue
        dropped.append(node)
    for node in dropped:
        graph.node.remove(node)
    for node in graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                while name in renamed:
                    name = renamed[name]
                names[index] = name
    OnnxModel(model).prune_graph(allow_remove_graph_inputs=False)


def _target(node: onnx.NodeProto) -> int | None:
    """The type that a node casts to; None for what is no cast."""
    return next((item.i for item in node.attribute if item.name == "to"), None) if node.op_type == "Cast" else None
