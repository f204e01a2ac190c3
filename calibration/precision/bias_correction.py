"""Biases that take rounding's mean error back, convolution by convolution.

Rounded weights shift the mean of a channel, and the layers after it add the shifts up. The bias takes it back: with
y the channel in fp32 and ỹ in the quantised network so far, b ← b + E[y] − E[ỹ], over frames and positions, in the
network's order (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction", section
4.2, with frames in place of their assumptions).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from calibration.precision.representative import Frames
from engines.files.console import track
from engines.onnxruntime_session import CPU, open_network, session_settings

_BATCH = 16


def correct_biases(quantised: onnx.ModelProto, wanted: Mapping[str, NDArray[np.float64]], frames: Frames) -> None:
    """Change the biases of a quantised network's convolutions.

    Args:
        quantised: the network with quantise and dequantise nodes; the others have their names in fp32.
        wanted: convolution → its channels' means in fp32, in the network's order; those without a bias are left out.
        frames: that the means are over.
    """
    nodes = {node.name: node for node in quantised.graph.node}
    maker = {name: node for node in quantised.graph.node for name in node.output}
    constants = {tensor.name: tensor for tensor in quantised.graph.initializer}
    biased = [name for name in wanted if len(nodes[name].input) > 2]
    for name in track(biased, "correcting biases", transient=True):
        node = nodes[name]
        (mean,) = channel_means(quantised, [node.output[0]], frames)
        shift = wanted[name] - mean
        bias = node.input[2]
        if bias in constants:
            value = (numpy_helper.to_array(constants[bias]) + shift).astype(np.float32)
        else:  # 32-bit, in steps of the input's scale times the weights'
            bias, scale = maker[bias].input[:2]
            steps = np.rint(shift / numpy_helper.to_array(constants[scale])).astype(np.int64)
            value = (numpy_helper.to_array(constants[bias]).astype(np.int64) + steps).astype(np.int32)
        constants[bias].CopyFrom(numpy_helper.from_array(value, bias))


def channel_means(model: onnx.ModelProto, tensors: Sequence[str], frames: Frames) -> list[NDArray[np.float64]]:
    """The means of tensors (N, C, H, W) by channel: (C,) each."""
    probed = onnx.ModelProto()
    probed.CopyFrom(model)
    del probed.graph.output[:]
    # The session drops what leads to no output, so that a layer costs what comes before it.
    probed.graph.output.extend(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in tensors)
    session = open_network(probed.SerializeToString(), session_settings(), [CPU])
    sums, rows = [np.zeros(1)] * len(tensors), [0] * len(tensors)
    for feed in frames.feeds([item.name for item in session.get_inputs()], _BATCH):
        values = session.run(list(tensors), feed)
        sums = [
            total + value.mean(axis=(2, 3), dtype=np.float64).sum(axis=0)
            for total, value in zip(sums, values, strict=True)
        ]
        # Of cut-outs of the frames there are several a frame.
        rows = [count + len(value) for count, value in zip(rows, values, strict=True)]
    return [total / count for total, count in zip(sums, rows, strict=True)]
