"""A bundle with a network small enough to make in a test: its probabilities depend on the image's mean colour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from engines.activities import ACTIVITY_CODES
from engines.bundle import FORMAT_VERSION, MODEL_CARD, REFERENCE, Manifest, hash_file, model_file, write_manifest
from engines.regions import propose_regions, region_count

SIZE = 64
OPSET = 19


def write_toy_bundle(folder: Path, kappa: int = 8, seed: int = 0) -> Path:
    """Write a complete, valid bundle and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / model_file("fp32")
    onnx.save(_toy_model(kappa, seed), model)
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)
    regions = np.stack([propose_regions(view, kappa).boxes for view in images])
    session = ort.InferenceSession(str(model), providers=["CPUExecutionProvider"])
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
        model="full",
        opset=OPSET,
        data="none",
        files={path.name: hash_file(path) for path in sorted(folder.iterdir())},
    )
    write_manifest(manifest, folder)
    return folder


def _toy_model(kappa: int, seed: int) -> onnx.ModelProto:
    regions = region_count(kappa)
    generator = np.random.default_rng(seed)
    constants = {
        "mixing": generator.normal(0, 0.05, (3, 10)).astype(np.float32),
        "spatial": np.array([1, 2], dtype=np.int64),
        "coordinates": np.array([2], dtype=np.int64),
        "axis": np.array([1], dtype=np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["pixels", "spatial"], ["colour"], keepdims=0),
        helper.make_node("MatMul", ["colour", "mixing"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        helper.make_node("ReduceMean", ["regions", "coordinates"], ["positions"], keepdims=0),
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
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 9
    onnx.checker.check_model(model, full_check=True)
    return model
