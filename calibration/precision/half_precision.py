"""fp32 ONNX → fp16 ONNX, by ONNX Runtime's converter, with what fp16 is too coarse for left in fp32.

Left in fp32: the long sums (W_u, W_u' and W_α over 49·C values) and what makes region weights of them, every softmax
with the matrix product that it reads, every mean and sum, and the geometry from boxes to interpolation weights. Inputs
and outputs keep their types.
"""

from __future__ import annotations

from pathlib import Path

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.onnx_model import OnnxModel

from calibration.precision.casts import drop_detours
from calibration.precision.graph_parts import Graph
from engines.errors import UserError

_REDUCTIONS = ("Softmax", "ReduceMean", "ReduceSum", "GlobalAveragePool")


def half_precision(model: onnx.ModelProto) -> tuple[onnx.ModelProto, dict[str, list[str]]]:
    """Convert a network.

    Returns:
        The fp16 network, and the names of the nodes left in fp32 by the reason.

    Raises:
        UserError: when the result is no valid ONNX.
    """
    graph = Graph(model)
    in_fp32 = {
        "long sums": [node.name for node in graph.long_sums()],
        "scores": [node.name for node in graph.scores()],
        "softmaxes, means and sums": [node.name for node in graph.of_type(*_REDUCTIONS)],
        "box geometry": [node.name for node in graph.geometry()],
    }
    blocked = sorted({name for names in in_fp32.values() for name in names})
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    half = convert_float_to_float16(copy, keep_io_types=True, node_block_list=blocked)
    drop_detours(half)
    OnnxModel.graph_topological_sort(half.graph)
    del half.graph.value_info[:]  # types noted before the casts moved
    try:
        onnx.checker.check_model(half, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise UserError(f"the network cannot be converted to fp16: {error}") from error
    return half, in_fp32


def write_half(source: Path, output: Path) -> dict[str, list[str]]:
    """Convert a file into another. Returns the nodes left in fp32 by the reason."""
    half, in_fp32 = half_precision(onnx.load(source))
    onnx.save(half, output)
    return in_fp32
