"""A bundle with networks small enough to make in a test: their probabilities depend on the image's mean colour."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.transformers.float16 import convert_float_to_float16

from engines.activities import ACTIVITY_CODES, Activity
from engines.bundles.bundle import hash_file
from engines.bundles.manifest import (
    FORMAT_VERSION,
    MANIFEST,
    MODEL_CARD,
    REFERENCE,
    Manifest,
    model_file,
    write_manifest,
)
from engines.bundles.widening import widened
from engines.driver_parts import PARTS
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

    A ``baseline`` is one of bundle format 1: it has the input `regions`, which it does not read, and region weights of
    0, and 1 for the whole image. ``places`` has neither. ``zoom`` finds head and hands: the head's box depends on how
    red the image is, that of the right hand on green, of the left on blue, as do their weights. A network that is
    `always` of one mind gives that activity the probability `sure`.
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
    content = widened(file.read_bytes()) if half else file.read_bytes()
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    inputs = {"image": images}
    if len(session.get_inputs()) > 1:
        inputs["regions"] = np.stack([propose_regions(view, kappa).boxes for view in images])
    names = [output.name for output in session.get_outputs()]
    given = dict(zip(names, session.run(names, inputs), strict=True))
    stored = {("images" if name == "image" else name): array for name, array in inputs.items()}
    np.savez(folder / REFERENCE, **stored, **given)
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
        uses_regions=model not in ("baseline", "places", "zoom"),
        region_names=PARTS if model == "zoom" else (),
        files={path.name: hash_file(path) for path in sorted(folder.iterdir())},
    )
    write_manifest(manifest, folder)
    if model == "baseline":
        as_format_1(folder)
    return folder


def as_format_1(bundle: Path) -> None:
    """Write a bundle's manifest as it was written before format 2."""
    content = {**json.loads((bundle / MANIFEST).read_text()), "format_version": 1}
    for name in ("fp32", "uses_regions", "region_names"):
        del content[name]
    (bundle / MANIFEST).write_text(json.dumps(content))


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
    ]
    inputs, outputs = {"image": (TensorProto.UINT8, [SIZE, SIZE, 3])}, {"probabilities": [10]}
    if model in ("full", "baseline"):
        inputs["regions"] = (TensorProto.FLOAT, [regions, 4])
        outputs["region_weights"] = [regions + 1]
        nodes.append(helper.make_node("ReduceMean", ["regions", "coordinates"], ["positions"], keepdims=0))
    else:
        del constants["coordinates"], constants["axis"], constants["one"]
    if model == "zoom":
        outputs |= {"region_weights": [4], "found_regions": [3, 4]}
        constants |= {
            "brightest": np.array(255, dtype=np.float32),
            "last": np.array([2], dtype=np.int64),
            # Of a colour's brightness b: the box b/2, b/2, b/2 + 1/4, b/2 + 1/2.
            "corners": np.full((1, 4), 0.5, dtype=np.float32),
            "size": np.array([0.0, 0.0, 0.25, 0.5], dtype=np.float32),
            "with the view": np.eye(3, 4, dtype=np.float32) * 10,
        }
        nodes += [
            helper.make_node("Div", ["colour", "brightest"], ["bright"]),
            helper.make_node("Unsqueeze", ["bright", "last"], ["column"]),
            helper.make_node("MatMul", ["column", "corners"], ["moved"]),
            helper.make_node("Add", ["moved", "size"], ["found_regions"]),
            helper.make_node("MatMul", ["bright", "with the view"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["region_weights"], axis=1),
        ]
    elif model == "baseline":
        nodes += [
            helper.make_node("Sub", ["positions", "positions"], ["zeros"]),
            helper.make_node("ReduceMean", ["zeros", "axis"], ["zero_last"], keepdims=1),
            helper.make_node("Add", ["zero_last", "one"], ["last"]),
            helper.make_node("Concat", ["zeros", "last"], ["region_weights"], axis=1),
        ]
    elif model == "full":
        del constants["one"]
        nodes += [
            helper.make_node("ReduceMean", ["positions", "axis"], ["last"], keepdims=1),
            helper.make_node("Concat", ["positions", "last"], ["scores"], axis=1),
            helper.make_node("Softmax", ["scores"], ["region_weights"], axis=1),
        ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [helper.make_tensor_value_info(name, kind, ["N", *shape]) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape]) for name, shape in outputs.items()],
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
