"""Networks from elsewhere that would never end, or take all memory, are refused when they are opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from engines.bundles import network_trial
from engines.bundles.bundle import Bundle, hash_file
from engines.bundles.manifest import model_file, read_manifest, write_manifest
from engines.bundles.network_trial import require_end
from engines.errors import UserError
from engines.runtimes import choose
from tests.engines.toy_bundle import OPSET, write_toy_bundle

SIZE, REGIONS = 8, 36


def network(*nodes: onnx.NodeProto, **constants: NDArray[Any]) -> bytes:
    """An ONNX file from image (N, S, S, 3) and regions (N, R, 4) to one output, ``out``."""
    graph = helper.make_graph(
        list(nodes),
        "hostile",
        [
            helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", SIZE, SIZE, 3]),
            helper.make_tensor_value_info("regions", TensorProto.FLOAT, ["N", REGIONS, 4]),
        ],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    made.ir_version = 9
    return bytes(made.SerializeToString())


def loop(start: str) -> onnx.NodeProto:
    """Turns for as long as its condition holds, which is for ever."""
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["going"], ["still"]),
            helper.make_node("Identity", ["value"], ["next"]),
        ],
        "turn",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("value", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("still", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", TensorProto.FLOAT, None),
        ],
    )
    return helper.make_node("Loop", ["turns", "yes", start], ["out"], body=body)


FOREVER = {"turns": np.array(2**62, np.int64), "yes": np.array(True)}
HOSTILE = {
    "a loop over what it is given": network(loop("regions"), **FOREVER),
    "a loop over a constant, which the optimiser may run while loading": network(
        loop("zero"), zero=np.zeros(1, np.float32), **FOREVER
    ),
    "a product of large matrices, over and over": network(
        helper.make_node("ConstantOfShape", ["square"], ["ones"]),
        *(helper.make_node("MatMul", [f"m{i}" if i else "ones", "ones"], [f"m{i + 1}"]) for i in range(400)),
        helper.make_node("ReduceMax", ["m400"], ["out"]),
        square=np.array([6000, 6000], np.int64),
    ),
}
LARGE = {
    "a tensor of 40 GB": network(
        helper.make_node("ConstantOfShape", ["huge"], ["ones"]),
        helper.make_node("ReduceMax", ["ones"], ["out"]),
        huge=np.array([100_000, 100_000], np.int64),
    ),
    "a view laid beside itself": network(
        helper.make_node("Tile", ["regions", "times"], ["tiled"]),
        helper.make_node("Add", ["tiled", "tiled"], ["more"]),
        helper.make_node("ReduceMax", ["more"], ["out"]),
        times=np.array([1, 40_000, 20_000], np.int64),
    ),
}


@pytest.fixture(autouse=True)
def short_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_trial, "TIME_LIMIT_S", 1.0)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_network_that_never_ends_is_ended(name: str) -> None:
    with pytest.raises(UserError, match=r"the network n\.onnx gives no answer within 1 s"):
        require_end(HOSTILE[name], Path("n.onnx"), SIZE, REGIONS)


@pytest.mark.parametrize("name", LARGE)
def test_a_network_that_takes_all_memory_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_trial, "TIME_LIMIT_S", 60.0)
    with pytest.raises(UserError, match=r"cannot load or run n\.onnx: "):
        require_end(LARGE[name], Path("n.onnx"), SIZE, REGIONS)


def test_what_is_no_network_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_trial, "TIME_LIMIT_S", 60.0)
    with pytest.raises(UserError, match=r"cannot load or run n\.onnx: .*; export the bundle again"):
        require_end(b"no network", Path("n.onnx"), SIZE, REGIONS)


def test_a_bundle_with_an_endless_network_is_refused(tmp_path: Path) -> None:
    folder = write_toy_bundle(tmp_path / "toy")
    manifest = read_manifest(folder)
    file = folder / model_file("fp32")
    file.write_bytes(HOSTILE["a loop over what it is given"])
    changed = {"view_size": SIZE, "files": {**manifest.files, file.name: hash_file(file)}}
    write_manifest(manifest.model_copy(update=changed), folder)
    with pytest.raises(UserError, match="gives no answer within 1 s"):
        choose(Bundle.open(folder), "onnxruntime", "fp32")
