"""Cut a bundle's backbone out of its network: `python -m calibration.bare_backbone BUNDLE --output FILE.onnx`.

What is left is the bare backbone with global average pooling, for `python -m engines benchmark --backbone FILE.onnx`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from calibration.precision.graph_parts import Graph
from calibration.precision.stored_weights import fp32_network
from engines.bundles.bundle import Bundle
from engines.bundles.manifest import DEFAULT_BUNDLE
from engines.command import run_command
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.output import prepare_file, write_atomic


def bare_backbone(model: onnx.ModelProto) -> onnx.ModelProto:
    """The part of a network that makes the feature map, with its mean over positions, (N, C), as the only output.

    The map is that of the whole view, the one with the most channels: a network that cuts out head and hands runs its
    backbone on these as well, and looks at earlier maps to find them.

    Raises:
        UserError: when the network has no such part.
    """
    graph = Graph(model)
    nodes = graph.backbone()
    inside = {id(node) for node in nodes}
    cut_outs = [name for node in graph.of_type("GridSample") for name in node.output]
    of_cut_outs = {id(node) for node in graph.reached_from(cut_outs)}
    maps = [
        name
        for node in nodes
        if id(node) not in of_cut_outs
        for name in node.output
        if len(graph.shapes.get(name, [])) == 4 and any(id(r) not in inside for r in graph.readers(name))
    ]
    if not maps or not any(node.op_type == "Conv" for node in nodes):
        raise UserError("this network has no backbone of convolutions before its attention: nothing to cut out")
    features = max(maps, key=lambda name: graph.shapes[name][1])
    nodes_before = graph.leading_to([features])
    needed = {name for node in nodes_before for name in node.input}
    pooled = helper.make_node("ReduceMean", [features, "positions"], ["features"], name="pooling", keepdims=0)
    positions = helper.make_tensor("positions", TensorProto.INT64, [2], [2, 3])
    inputs = [value for value in graph.model.graph.input if value.name == "image"]
    result = helper.make_graph(
        [*nodes_before, pooled],
        "backbone",
        inputs,
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", graph.shapes[features][1]])],
        [tensor for tensor in graph.model.graph.initializer if tensor.name in needed] + [positions],
    )
    bare = helper.make_model(result, opset_imports=model.opset_import, ir_version=model.ir_version)
    onnx.checker.check_model(bare, full_check=True)
    return bare


def main(argv: Sequence[str] | None = None) -> int:
    """Write a bundle's bare backbone."""
    parser = CommandParser(prog="python -m calibration.bare_backbone", description=__doc__)
    parser.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="the default one when left out")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    args = parser.parse_args(argv)
    prepare_file(args.output)
    bare = bare_backbone(fp32_network(Bundle.open(args.bundle)))
    write_atomic(args.output, bare.SerializeToString())
    print(args.output)
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
