"""Weights stored as fp16: smaller files, the same arithmetic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from calibration.precision.casts import drop_detours, drop_idle
from calibration.precision.stored_weights import store_as_half
from engines.onnxruntime_session import open_alone

MATRIX = np.random.default_rng(0).normal(0, 1, (64, 32)).astype(np.float32)


def network(*nodes: onnx.NodeProto, **constants: np.ndarray) -> onnx.ModelProto:
    """From x (N, 64) to y."""
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 64])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", "M"])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)])
    model.ir_version = 9
    return model


def test_large_matrices_are_stored_as_fp16_and_computed_with_in_fp32(tmp_path: Path) -> None:
    model = network(
        helper.make_node("MatMul", ["x", "matrix"], ["mixed"]),
        helper.make_node("Add", ["mixed", "shift"], ["y"]),
        matrix=MATRIX,
        shift=np.full((1, 32), 1 / 3, np.float32),
        scales=np.ones(5000, np.float32),
    )
    store_as_half(model)
    onnx.checker.check_model(model, full_check=True)
    stored = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    assert stored == {"matrix_fp16": TensorProto.FLOAT16, "shift": TensorProto.FLOAT, "scales": TensorProto.FLOAT}
    onnx.save(model, tmp_path / "stored.onnx")
    x = np.random.default_rng(1).normal(0, 1, (3, 64)).astype(np.float32)
    (y,) = open_alone(tmp_path / "stored.onnx", 1).run(None, {"x": x})
    assert np.allclose(y, x @ MATRIX.astype(np.float16).astype(np.float32) + np.float32(1 / 3), atol=1e-4)
    before = model.SerializeToString()
    store_as_half(model)
    assert model.SerializeToString() == before, "what is stored as fp16 is not stored again"


def cast(source: str, target: str, to: int) -> onnx.NodeProto:
    return helper.make_node("Cast", [source], [target], to=to)


def test_casts_to_the_type_that_is_there_are_dropped() -> None:
    model = network(
        cast("matrix", "same", TensorProto.FLOAT),
        helper.make_node("MatMul", ["x", "same"], ["mixed"]),
        helper.make_node("Shape", ["x"], ["sizes"], start=0, end=1),
        cast("sizes", "size", TensorProto.FLOAT),
        helper.make_node("Mul", ["mixed", "size"], ["scaled"]),
        cast("scaled", "y", TensorProto.FLOAT),
        matrix=MATRIX,
    )
    drop_idle(model)
    onnx.checker.check_model(model, full_check=True)
    assert [node.op_type for node in model.graph.node] == ["MatMul", "Shape", "Cast", "Mul"]
    assert model.graph.node[0].input[1] == "matrix" and model.graph.node[-1].output[0] == "y"


@pytest.mark.parametrize("last", [False, True])
def test_detours_over_fp16_are_dropped_and_real_casts_stay(last: bool) -> None:
    detour = "y" if last else "back"
    nodes = [
        helper.make_node("MatMul", ["x", "matrix"], ["mixed"]),
        cast("mixed", "half", TensorProto.FLOAT16),
        cast("half", detour, TensorProto.FLOAT),
    ]
    if not last:
        nodes += [helper.make_node("Relu", ["back"], ["kept"]), cast("kept", "whole", TensorProto.INT32)]
        nodes += [cast("whole", "y", TensorProto.FLOAT)]
    model = network(*nodes, matrix=MATRIX)
    drop_detours(model)
    onnx.checker.check_model(model, full_check=True)
    kinds = [node.op_type for node in model.graph.node]
    assert kinds == (["MatMul"] if last else ["MatMul", "Relu", "Cast", "Cast"])


def test_an_input_that_is_an_output_keeps_its_cast() -> None:
    model = network(cast("x", "y", TensorProto.FLOAT))
    drop_idle(model)
    assert [node.op_type for node in model.graph.node] == ["Cast"]
