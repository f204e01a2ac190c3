"""Finding AG-Net's parts in an exported ONNX graph: by what a node computes and what it reads, never by its name."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper, shape_inference

LONG_SUM = 4096
"""A matrix product over at least so many values is a long sum: W_u and W_α run over 49·C of them, a convolution of the
backbone over at most 4,608, in order and with fp32 accumulators in every runtime."""

_LAYERS = frozenset({"Conv", "Gemm", "MatMul"})
_ORDERING = frozenset({"Reshape", "Transpose"})
_AFTER_THE_BACKBONE = frozenset({"Reshape", "MatMul", "Gemm", "Softmax", "ReduceMean", "Shape"})


class Graph:
    """An ONNX graph with its shapes inferred and its nodes by what they read and write."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = shape_inference.infer_shapes(model)
        graph = self.model.graph
        self.nodes: list[onnx.NodeProto] = list(graph.node)
        self.maker = {name: node for node in self.nodes for name in node.output}
        self.constants: dict[str, NDArray[np.generic]] = {
            tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer
        }
        self.shapes = {
            value.name: [dim.dim_value or -1 for dim in value.type.tensor_type.shape.dim]
            for value in (*graph.value_info, *graph.input, *graph.output)
        }
        self.shapes |= {name: list(value.shape) for name, value in self.constants.items()}

    def readers(self, name: str) -> list[onnx.NodeProto]:
        """The nodes that read a tensor."""
        return [node for node in self.nodes if name in node.input]

    def reached_from(self, names: Iterable[str]) -> list[onnx.NodeProto]:
        """The nodes that depend on any of the tensors."""
        reached, found = set(names), []
        for node in self.nodes:  # ONNX orders nodes so that inputs come first
            if not reached.isdisjoint(node.input):
                found.append(node)
                reached.update(node.output)
        return found

    def leading_to(self, names: Iterable[str], until: Collection[str] = ()) -> list[onnx.NodeProto]:
        """The nodes that any of the tensors depends on, back to operators of some types, which are left out."""
        needed, found = set(names), []
        for node in reversed(self.nodes):
            if node.op_type not in until and not needed.isdisjoint(node.output):
                found.append(node)
                needed.update(node.input)
        return found[::-1]

    def backbone(self) -> list[onnx.NodeProto]:
        """The nodes before the attention: those that depend on the image alone, up to where the map is flattened.

        Cut-outs that the network takes of the image are images, too. Self-attention written as 1×1 convolutions, side
        by side and only flattened, is not part of it.
        """
        known, found = {"image", *self.constants}, []
        cut_outs: set[str] = set()
        for node in self.nodes:
            if node.op_type == "GridSample" or (node.op_type in _ORDERING and node.input[0] in cut_outs):
                cut_outs.update(node.output)
                known.update(node.output)
                continue
            if node.op_type in _AFTER_THE_BACKBONE or not known.issuperset(filter(None, node.input)):
                continue
            readers = [reader for name in node.output for reader in self.readers(name)]
            flattened = bool(readers) and all(reader.op_type == "Reshape" for reader in readers)
            if node.op_type == "Conv" and flattened and len(self.readers(node.input[0])) > 1:
                continue
            found.append(node)
            known.update(node.output)
        return found

    def geometry(self) -> list[onnx.NodeProto]:
        """The nodes that turn boxes into where to look, with the sampling itself where that is one node.

        What `regions` reaches before the feature map does; and, of boxes that the network finds, what comes between the
        layers that find them and the sampling.
        """
        from_image = {id(node) for node in self.reached_from(["image"])}
        given = [node for node in self.reached_from(["regions"]) if id(node) not in from_image]
        samplings = self.of_type("GridSample")
        found = self.leading_to(["found_regions", *(node.input[1] for node in samplings)], _LAYERS)
        return [*given, *found, *samplings]

    def long_sums(self) -> list[onnx.NodeProto]:
        """Matrix products over `LONG_SUM` values or more."""
        found = []
        for node in self.nodes:
            shape = self.shapes.get(node.input[0]) if node.op_type in ("MatMul", "Gemm") else None
            if shape and shape[-1] >= LONG_SUM:
                found.append(node)
        return found

    def scores(self) -> list[onnx.NodeProto]:
        """The nodes that make what a softmax reads: from the long sums on, and the matrix product before each softmax.

        Scores are not bounded: those of trained regions reach a thousand, where fp16 counts in whole numbers.
        """
        softmaxes = self.of_type("Softmax")
        sums = self.reached_from(name for node in self.long_sums() for name in node.output)
        before = self.leading_to(node.input[0] for node in softmaxes)
        from_sums = {id(node) for node in sums}
        weights = {id(node) for node in self.leading_to(["region_weights"])}
        found = {id(node) for node in before if id(node) in from_sums & weights}
        for softmax in softmaxes:
            node = self.maker.get(softmax.input[0])
            while node is not None:
                found.add(id(node))
                if node.op_type in ("MatMul", "Gemm"):
                    break
                made = [self.maker[name] for name in node.input if name in self.maker]
                node = made[0] if len(made) == 1 else None
        return [node for node in self.nodes if id(node) in found]

    def of_type(self, *types: str) -> list[onnx.NodeProto]:
        """The nodes of some operator types."""
        return [node for node in self.nodes if node.op_type in types]
