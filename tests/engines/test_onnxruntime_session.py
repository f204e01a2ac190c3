"""What ONNX Runtime complains of, in our words: the operation or the input is still named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from engines.errors import UserError
from engines.onnxruntime_session import network_fault, open_alone


def network(operation: str, domain: str = "") -> onnx.ModelProto:
    node = helper.make_node(operation, ["x"], ["y"], domain=domain)
    places = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 2]) for name in ("x", "y")]
    graph = helper.make_graph([node], "network", places[:1], places[1:])
    versions = [helper.make_opsetid("", 17), helper.make_opsetid("ours", 1)]
    return helper.make_model(graph, opset_imports=versions, ir_version=8)


@pytest.mark.parametrize("domain", ["", "ours"])
def test_an_operation_that_is_not_known_is_named(domain: str, tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    onnx.save(network("Foo", domain), path)
    with pytest.raises(UserError, match=r"an operation that this version lacks \((ours:)?Foo\)"):
        open_alone(path, 1)


@pytest.mark.parametrize(
    ("value", "which"),
    [(np.zeros((1, 3), np.float32), "x, Got: 3 Expected: 2"), (np.zeros((1, 2), np.int64), "int64")],
)
def test_an_input_that_does_not_fit_is_named(value: np.ndarray, which: str, tmp_path: Path) -> None:
    onnx.save(network("Relu"), tmp_path / "network.onnx")
    session = open_alone(tmp_path / "network.onnx", 1)
    with pytest.raises(Exception) as raised:
        session.run(None, {"x": value})
    said = network_fault(raised.value)
    assert which in said and "ONNXRuntimeError" not in said
