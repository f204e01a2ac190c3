"""An fp16 network made fp32: the same network, with nothing in fp16 any more."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from engines.bundles.widening import widened

WEIGHTS = np.random.default_rng(0).normal(0, 1, (3, 4)).astype(np.float16)


def half_network() -> onnx.ModelProto:
    """(pixels as fp16 · weights, divided by a constant of a node, beside a sum in fp32) → fp32."""
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT16),
        helper.make_node("MatMul", ["pixels", "weights"], ["mixed"]),
        helper.make_node("Constant", [], ["third"], value=numpy_helper.from_array(np.array([3], np.float16))),
        helper.make_node("Div", ["mixed", "third"], ["less"]),
        helper.make_node("Cast", ["less"], ["exact"], to=TensorProto.FLOAT),
        helper.make_node("Add", ["exact", "shift"], ["answer"]),
    ]
    graph = helper.make_graph(
        nodes,
        "half",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", 3])],
        [helper.make_tensor_value_info("answer", TensorProto.FLOAT, ["N", 4])],
        [numpy_helper.from_array(WEIGHTS, "weights"), numpy_helper.from_array(np.ones(4, np.float32), "shift")],
        value_info=[helper.make_tensor_value_info("mixed", TensorProto.FLOAT16, ["N", 4])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 19)], producer_name="a test")
    model.ir_version = 9
    onnx.checker.check_model(model, full_check=True)
    return model


def test_all_is_computed_in_fp32() -> None:
    model = onnx.load_from_string(widened(half_network().SerializeToString()))
    onnx.checker.check_model(model, full_check=True)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    types = {value.name: value.type.tensor_type.elem_type for value in (*inferred.value_info, *inferred.output)}
    assert set(types) == {"pixels", "mixed", "third", "less", "exact", "answer"}
    assert set(types.values()) == {TensorProto.FLOAT}
    image = np.array([[0, 128, 255], [255, 3, 7]], dtype=np.uint8)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (answer,) = session.run(None, {"image": image})
    assert np.allclose(answer, image @ WEIGHTS.astype(np.float32) / 3 + 1, rtol=1e-6)


def test_all_else_stays_as_it_is() -> None:
    before, after = half_network(), onnx.load_from_string(widened(half_network().SerializeToString()))
    assert after.producer_name == "a test" and after.opset_import == before.opset_import
    assert [node.output for node in after.graph.node] == [node.output for node in before.graph.node]
    assert after.graph.initializer[1] == before.graph.initializer[1]
    assert (after.graph.input, after.graph.output) == (before.graph.input, before.graph.output)
    again = widened(after.SerializeToString())
    assert onnx.load_from_string(again) == after, "what is fp32 already stays so"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(ValueError):
        assert isinstance(widened(content), bytes)


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_damaged_networks_are_read_or_refused(at: int, damage: bytes) -> None:
    content = bytearray(half_network().SerializeToString())
    at %= len(content)
    content[at : at + len(damage)] = damage
    with suppress(ValueError):
        widened(bytes(content))


def test_half_a_value_is_refused() -> None:
    model = half_network()
    model.graph.initializer[0].raw_data = b"\x00\x3c\x00"
    with pytest.raises(ValueError):
        widened(model.SerializeToString())
