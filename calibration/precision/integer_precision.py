"""fp32 ONNX → INT8 ONNX with explicit quantise and dequantise nodes, by ONNX Runtime's quantizer.

The backbone's convolutions run in INT8, with a scale for every output channel of the weights and with corrected biases;
of the attention at most W_u and W_u'. Two forms, since the machines want different ones. TensorRT takes signed
activations with zero points of 0 and float biases, and fuses best when only the inputs of convolutions are quantised:
residual sums stay in fp32. ONNX Runtime's CPU kernels are fast with unsigned activations, whose zero point follows the
range (a ReLU's range then costs no bit for a sign), with 32-bit biases, and where additions, poolings and activations
stay in INT8 too. There W_u and W_u' of equation (2) run in INT8 as well: a tenth of the small network's time.
"""

from __future__ import annotations

import io
import logging
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.calibrate import create_calibrator, save_tensors_data
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.onnx_model import OnnxModel

from calibration.precision.bias_correction import channel_means, correct_biases
from calibration.precision.graph_parts import Graph
from calibration.precision.representative import Frames
from calibration.precision.stored_weights import store_as_half, store_once

METHODS = {"minmax": CalibrationMethod.MinMax, "entropy": CalibrationMethod.Entropy}
_ENTROPY_BINS = {"num_bins": 512, "num_quantized_bins": 128}
"""ONNX Runtime's defaults are 128 and 128, which leaves one threshold to choose from: that of min-max. It merges bins
by whole numbers, so that of these about a quarter, half, three quarters and all of the range are really tried."""

_QUANTISED_FOR_CPU = ("Conv", "Add", "Clip", "Relu", "MaxPool", "AveragePool", "Concat")


@dataclass(frozen=True)
class IntegerForm:
    """One of the two ways to write INT8."""

    symmetric: bool

    @property
    def operators(self) -> tuple[str, ...]:
        """The operators of the backbone that are quantised."""
        return ("Conv",) if self.symmetric else _QUANTISED_FOR_CPU

    @property
    def activations(self) -> QuantType:
        """The type of activations."""
        return QuantType.QInt8 if self.symmetric else QuantType.QUInt8


FOR_TENSORRT = IntegerForm(symmetric=True)
FOR_CPU = IntegerForm(symmetric=False)


class Quantiser:
    """Quantises one network, as often as one likes, from one calibration. Use it as a context."""

    def __init__(self, source: Path, frames: Frames, form: IntegerForm, method: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="quantize-")
        work = Path(self._folder.name)
        self.form = form
        self._frames = frames
        self._method = METHODS[method]
        self._prepared = work / "prepared.onnx"
        self._ranges = work / "ranges.json"
        with _quiet():
            quant_pre_process(str(source), str(self._prepared), skip_symbolic_shape=True)
        self.graph = Graph(onnx.load(self._prepared))
        self._nodes = [node.name for node in self.graph.backbone() if node.op_type in form.operators]
        convolutions = {node.name for node in self.graph.of_type("Conv")}
        self._convolutions = [name for name in self._nodes if name in convolutions]
        self._attention = [] if form.symmetric else [node.name for node in pairwise_projections(self.graph)]

    def __enter__(self) -> Quantiser:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    @property
    def layers(self) -> list[str]:
        """The convolutions and products that INT8 is for, in the network's order."""
        return [*self._convolutions, *self._attention]

    def write(self, output: Path, in_fp32: Sequence[str] = (), only: Sequence[str] | None = None) -> None:
        """Write the INT8 network.

        Args:
            output: where to.
            in_fp32: layers to leave in fp32, each with the activation that follows it.
            only: layers to quantise, and nothing else, biases as they are; for finding out which ones cost accuracy.
        """
        every = [*self._nodes, *self._attention]
        if only is not None:
            nodes = [name for name in every if name in self._with_activation(only)]
        else:
            nodes = [name for name in every if name not in self._with_activation(in_fp32)]
        if not nodes:  # which would mean all to the quantizer
            shutil.copyfile(self._prepared, output)
            return
        options: dict[str, Any] = {
            "ActivationSymmetric": self.form.symmetric,
            # TensorRT refuses 32-bit biases; ONNX Runtime needs them for its integer kernels.
            "QuantizeBias": not self.form.symmetric,
            "OpTypesToExcludeOutputQuantization": ["Conv"] if self.form.symmetric else ["MatMul"],
        }
        if self._method == CalibrationMethod.Entropy and not self._ranges.exists():
            self._find_ranges_by_entropy()
        pixels = None if self.form.symmetric else pixel_normalisation(self.graph)
        if pixels is not None:
            options["TensorQuantOverrides"] = {pixels.tensor: [pixels.as_override()]}
        with _quiet():
            quantize_static(
                str(self._prepared),
                str(output),
                _Reader(self._feeds()),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=self.form.activations,
                weight_type=QuantType.QInt8,
                calibrate_method=self._method,
                nodes_to_quantize=nodes,
                calibration_cache_path=str(self._ranges),
                extra_options=options,
            )
        model = onnx.load(output)
        if pixels is not None:
            take_pixels_as_they_are(model, pixels)
        exact_elsewhere(model, self._attention)
        if only is None:
            correct_biases(
                model, {name: self._means[name] for name in self._convolutions if name in nodes}, self._frames
            )
        store_once(model)
        store_as_half(model)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, output)

    @cached_property
    def _means(self) -> dict[str, NDArray[np.float64]]:
        """Convolution → its channels' means in fp32, for every network that is written."""
        outputs = {node.name: node.output[0] for node in self.graph.nodes}
        means = channel_means(self.graph.model, [outputs[name] for name in self._convolutions], self._frames)
        return dict(zip(self._convolutions, means, strict=True))

    def _feeds(self) -> Iterator[dict[str, NDArray[np.generic]]]:
        return self._frames.feeds([item.name for item in self.graph.model.graph.input])

    def _find_ranges_by_entropy(self) -> None:
        """What `quantize_static` does first, with bins that it has no option for."""
        with _quiet(), redirect_stdout(io.StringIO()):
            calibrator = create_calibrator(
                self._prepared,
                [*self.form.operators, *(["MatMul"] if self._attention else [])],
                augmented_model_path=str(self._prepared.with_name("augmented.onnx")),
                calibrate_method=self._method,
                extra_options=_ENTROPY_BINS,
            )
            for feed in self._feeds():  # one at a time: it holds every tensor of what it is given
                calibrator.collect_data(_Reader(iter([feed])))
            save_tensors_data(calibrator.compute_data(), self._ranges)

    def _with_activation(self, layers: Sequence[str]) -> set[str]:
        chosen = set(layers)
        for node in self.graph.nodes:
            if node.name in layers:
                readers = self.graph.readers(node.output[0])
                chosen |= {reader.name for reader in readers if reader.op_type in ("Clip", "Relu")}
        return chosen


@dataclass(frozen=True)
class PixelNormalisation:
    """(pixel − mean) / std with one whole-numbered mean: what a quantised tensor of pixels means, exactly.

    Attributes:
        tensor: the name of the normalised pixels.
        source: the name of the same pixels as uint8, in N×S×S×3.
        order: how the axes are transposed between the two.
        mean, std: of the formula.
    """

    tensor: str
    source: str
    order: tuple[int, ...]
    mean: int
    std: float

    def in_order(self, output: str) -> onnx.NodeProto:
        """The node that lays the bytes out as the network reads them."""
        return helper.make_node("Transpose", [self.source], [output], name="pixels", perm=self.order)

    def as_override(self) -> dict[str, Any]:
        """As the quantizer describes it."""
        return {
            "quant_type": QuantType.QUInt8,
            "scale": np.array(1 / self.std, dtype=np.float32),
            "zero_point": np.array(self.mean, dtype=np.uint8),
        }


def pixel_normalisation(graph: Graph) -> PixelNormalisation | None:
    """The network's first steps, where they are uint8 → float → transposed → (x − mean) / std with one mean and std."""
    order: tuple[int, ...] = ()
    mean: NDArray[np.generic] | None = None
    name, wanted = "image", ["Cast", "Transpose", "Sub", "Div"]
    for kind in wanted:
        readers = graph.readers(name)
        if len(readers) != 1 or readers[0].op_type != kind:
            return None
        node = readers[0]
        if kind == "Transpose":
            order = tuple(next(item.ints for item in node.attribute if item.name == "perm"))
        if kind in ("Sub", "Div"):
            constant = graph.constants.get(node.input[1])
            if node.input[0] != name or constant is None or np.unique(constant).size != 1:
                return None
            if kind == "Div":
                assert mean is not None
                value = float(mean.flat[0])
                if value != round(value) or not 0 <= value <= 255:
                    return None
                return PixelNormalisation(node.output[0], "image", order, int(value), float(constant.flat[0]))
            mean = constant
        name = node.output[0]
    return None


def take_pixels_as_they_are(model: onnx.ModelProto, pixels: PixelNormalisation) -> None:
    """Let the camera's bytes be the first quantised tensor: with the scale 1/std and the zero point mean they are.

    Where the first layer is left in fp32 they are dequantised, in one step instead of the formula's three.
    """
    graph = model.graph
    readers = [node for node in graph.node if pixels.tensor in node.input]
    if not readers:
        return
    # Others, such as the sampling of cut-outs, keep the formula.
    reader = next((node for node in readers if node.op_type == "QuantizeLinear"), readers[0])
    if reader.op_type == "QuantizeLinear":
        replaced, new = reader, [pixels.in_order(reader.output[0])]
    else:
        replaced = next(node for node in graph.node if pixels.tensor in node.output)
        quantised = [f"{pixels.tensor}_{part}" for part in ("bytes", "scale", "zero_point")]
        exact = helper.make_node("DequantizeLinear", quantised, [pixels.tensor], name="dequantised pixels")
        new = [pixels.in_order(quantised[0]), exact]
        for name in ("scale", "zero_point"):
            constant = numpy_helper.from_array(pixels.as_override()[name], f"{pixels.tensor}_{name}")
            graph.initializer.append(constant)
    position = list(graph.node).index(replaced)
    graph.node.remove(replaced)
    for offset, node in enumerate(new):
        graph.node.insert(position + offset, node)
    OnnxModel(model).prune_graph(allow_remove_graph_inputs=False)


def pairwise_projections(graph: Graph) -> list[onnx.NodeProto]:
    """W_u and W_u' of equation (2): long products with constant weights and more than one column of them."""
    return [
        node
        for node in graph.long_sums()
        if node.op_type == "MatMul" and node.input[1] in graph.constants and graph.shapes[node.input[1]][-1] > 1
    ]


def exact_elsewhere(model: onnx.ModelProto, quantised: Sequence[str]) -> None:
    """The quantizer rounds a tensor for all its readers; give the exact one back to all but the named nodes."""
    graph = model.graph
    maker = {name: node for node in graph.node for name in node.output}
    for node in [node for node in graph.node if node.name in quantised]:
        dequantised = maker.get(node.input[0])
        rounded = maker.get(dequantised.input[0]) if dequantised is not None else None
        if dequantised is None or rounded is None or rounded.op_type != "QuantizeLinear":
            continue
        for other in graph.node:
            if other.name in quantised:
                continue
            for index, name in enumerate(other.input):
                if name == dequantised.output[0]:
                    other.input[index] = rounded.input[0]


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, feeds: Iterator[dict[str, NDArray[np.generic]]]) -> None:
        self._feeds = feeds

    def get_next(self) -> dict[str, NDArray[np.generic]] | None:
        return next(self._feeds, None)


@contextmanager
def _quiet() -> Iterator[None]:
    """The quantizer's advice to the root logger is of no use to the user."""
    logger = logging.getLogger()
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
