"""A bundle with networks small enough to make in a test: their probabilities depend on the image's mean colour."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.transformers.float16 import convert_float_to_float16

from engines.activities import ACTIVITY_CODES, Activity
from engines.bundles.bundle import hash_file
from engines.bundles.manifest import FORMAT_VERSION, MODEL_CARD, REFERENCE, Manifest, model_file, write_manifest
from engines.bundles.widening import widened
from engines.regions import propose_regions, region_count

SIZE = 64
OPSET = 19


def write_toy_bundle(
    folder: Path,
    kappa: int = 8,
    seed: int = 0,
    int8: bool = False,
    half: bool = False,
    model: str = "full",
    always: Activity | None = None,
    sure: float = 0.95,
) -> Path:
    """Write a complete, valid bundle and return its folder.

    With `int8`, it has a network with quantised layers too, and with `half` an fp16 network, which stands for fp32.

    The region weights of a ``baseline`` are 0, and 1 for the whole image. A network that is `always` of one mind gives
    that activity the probability `sure`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / model_file("fp32")
    toy = _toy_model(kappa, seed, model, always=always, sure=sure)
    if half:
        file = folder / model_file("fp16")
        toy = convert_float_to_float16(toy, keep_io_types=True, node_block_list=["mean colour"])
    onnx.save(toy, file)
    if int8:
        onnx.save(_toy_model(kappa, seed, model, int8=True), folder / model_file("int8"))
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)
    regions = np.stack([propose_regions(view, kappa).boxes for view in images])
    content = widened(file.read_bytes()) if half else file.read_bytes()
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    probabilities, weights = session.run(None, {"image": images, "regions": regions})
    np.savez(folder / REFERENCE, images=images, regions=regions, probabilities=probabilities, region_weights=weights)
    (folder / MODEL_CARD).write_text("# A toy\n", encoding="utf-8")
    manifest = Manifest(
        format_version=FORMAT_VERSION,
        name="toy",
        classes=ACTIVITY_CODES,
        view_size=SIZE,
        kappa=kappa,
        backbone="none",
        model=model,
        opset=OPSET,
        data="none",
        fp32="model.fp16.onnx" if half else "model.fp32.onnx",
        files={path.name: hash_file(path) for path in sorted(folder.iterdir())},
    )
    write_manifest(manifest, folder)
    return folder


def _toy_model(
    kappa: int, seed: int, model: str, int8: bool = False, always: Activity | None = None, sure: float = 0.95
) -> onnx.ModelProto:
    regions = region_count(kappa)
    generator = np.random.default_rng(seed)
    constants = {
        "mixing": generator.normal(0, 0.05 if always is None else 0.0, (3, 10)).astype(np.float32),
        "bias": np.zeros(10, dtype=np.float32),
        "spatial": np.array([1, 2], dtype=np.int64),
        "coordinates": np.array([2], dtype=np.int64),
        "axis": np.array([1], dtype=np.int64),
        "one": np.ones((1, 1), dtype=np.float32),
    }
    if always is not None:
        constants["bias"][always] = math.log(9.0 * sure / (1.0 - sure))
    colour = [helper.make_node("ReduceMean", ["pixels", "spatial"], ["colour"], name="mean colour", keepdims=0)]
    if int8:
        del constants["spatial"]
        colour = _quantised_colour()
        constants |= {
            "scale": np.array(2, dtype=np.float32),
            "zero": np.array(0, dtype=np.int8),
            "identity": np.eye(3, dtype=np.int8).reshape(3, 3, 1, 1) * 100,
            "identity_scales": np.full(3, 0.01, dtype=np.float32),
            "identity_zeros": np.zeros(3, dtype=np.int8),
            "flat": np.array([-1, 3], dtype=np.int64),
        }
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        *colour,
        helper.make_node("MatMul", ["colour", "mixing"], ["mixed"]),
        helper.make_node("Add", ["mixed", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        helper.make_node("ReduceMean", ["regions", "coordinates"], ["positions"], keepdims=0),
    ]
    if model == "baseline":
        nodes += [
            helper.make_node("Sub", ["positions", "positions"], ["zeros"]),
            helper.make_node("ReduceMean", ["zeros", "axis"], ["zero_last"], keepdims=1),
            helper.make_node("Add", ["zero_last", "one"], ["last"]),
            helper.make_node("Concat", ["zeros", "last"], ["region_weights"], axis=1),
        ]
    else:
        del constants["one"]
        nodes += [
            helper.make_node("ReduceMean", ["positions", "axis"], ["last"], keepdims=1),
            helper.make_node("Concat", ["positions", "last"], ["scores"], axis=1),
            helper.make_node("Softmax", ["scores"], ["region_weights"], axis=1),
        ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [
            helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", SIZE, SIZE, 3]),
            helper.make_tensor_value_info("regions", TensorProto.FLOAT, ["N", regions, 4]),
        ],
        [
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 10]),
            helper.make_tensor_value_info("region_weights", TensorProto.FLOAT, ["N", regions + 1]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    made.ir_version = 9
    onnx.checker.check_model(made, full_check=True)
    return made


def _quantised_colour() -> list[onnx.NodeProto]:
    """The mean colour by way of a quantised 1×1 convolution."""
    return [
        helper.make_node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("QuantizeLinear", ["planes", "scale", "zero"], ["steps"]),
        helper.make_node("DequantizeLinear", ["steps", "scale", "zero"], ["rounded"]),
        helper.make_node("DequantizeLinear", ["identity", "identity_scales", "identity_zeros"], ["weights"], axis=0),
        helper.make_node("Conv", ["rounded", "weights"], ["convolved"], kernel_shape=[1, 1]),
        helper.make_node("Relu", ["convolved"], ["positive"]),
        helper.make_node("GlobalAveragePool", ["positive"], ["means"]),
        helper.make_node("Reshape", ["means", "flat"], ["colour"]),
    ]
