"""Write a bundle's network as the paper's equations read.

`python -m calibration.studies.live_reference --output FILE.onnx`.

The same parameters and the same outputs, region by region and with every map α_r formed, for
`python -m engines benchmark --live DRIVE --literal FILE.onnx`.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import nn

from calibration.precision.graph_parts import Graph
from engines.bundles.bundle import Bundle
from engines.bundles.manifest import DEFAULT_BUNDLE
from engines.command import run_command
from engines.errors import UserError
from engines.files.output import prepare_file, write_atomic
from engines.reference_session import AS_PRINTED, EQUATIONS, ReferenceSession
from train.export import OPSET, DeployedNetwork
from train.models.agnet import AGNet
from train.models.network import ModelKind, NetworkSettings, build_network
from train.studies.literal_agnet import ReferenceAGNet

_PREFIX = "network."
_SQUEEZE = "se_residual.squeeze"


def read_network(bundle: Bundle) -> AGNet:
    """A bundle's network with its parameters, which the ONNX file has under their names.

    Raises:
        UserError: when it is no full AG-Net, or its file does not hold the parameters as training names them.
    """
    manifest = bundle.manifest
    if manifest.model != ModelKind.FULL.value:
        raise UserError(f"bundle {bundle.path} holds {manifest.model!r}, not the full model: name another")
    settings = NetworkSettings(
        backbone=manifest.backbone,
        model=ModelKind.FULL,
        classes=len(manifest.classes),
        kappa=manifest.kappa,
        view_size=manifest.view_size,
    )
    network = build_network(settings)
    assert isinstance(network, AGNet)
    graph = Graph(onnx.load_from_string(bundle.model_bytes("fp32")))
    state = network.state_dict()
    folded = _folded_normalisations(network, graph)
    missing = []
    for name, parameter in state.items():
        value = folded.get(name, graph.constants.get(_PREFIX + name))
        if value is None and name.endswith(".weight"):
            value = _before_bias(graph, f"{_PREFIX}{name.removesuffix('weight')}bias")
        if value is None and name == _SQUEEZE:
            value = _transposed(graph, tuple(parameter.shape))
        if value is not None and value.size == parameter.numel():
            state[name] = torch.from_numpy(np.array(value)).reshape(parameter.shape)
        elif not name.endswith("num_batches_tracked"):
            missing.append(name)
    if missing:
        raise UserError(f"the model in {bundle.path} lacks {', '.join(missing[:3])}: export the bundle again")
    network.load_state_dict(state)
    return network.eval()


def _folded_normalisations(network: AGNet, graph: Graph) -> dict[str, NDArray[np.generic]]:
    """Parameters of the batch normalisations that the exporter has folded into the convolution before each.

    What is left of one is the convolution's bias; the rest is such that it changes nothing.
    """
    # A bias of zeros is left out.
    biases = {node.input[1]: graph.constants.get("".join(node.input[2:])) for node in graph.of_type("Conv")}
    found: dict[str, NDArray[np.generic]] = {}
    convolution = ""
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            convolution = f"{_PREFIX}{name}.weight"
        elif isinstance(module, nn.BatchNorm2d) and convolution in biases:
            if f"{_PREFIX}{name}.running_mean" in graph.constants:  # not folded
                continue
            ones, bias = np.ones(module.num_features, dtype=np.float32), biases[convolution]
            found |= {
                f"{name}.weight": ones,
                f"{name}.bias": 0 * ones if bias is None else bias,
                f"{name}.running_mean": 0 * ones,
                f"{name}.running_var": ones - np.float32(module.eps),
            }
    return found


def _transposed(graph: Graph, shape: tuple[int, ...]) -> NDArray[np.generic] | None:
    """The parameter of a shape (R + 1, M, N) that the exporter has turned into (R + 1, N, M), and its name with it."""
    turned = (shape[0], shape[2], shape[1])
    found = [
        value
        for name, value in graph.constants.items()
        if value.shape == turned
        and not name.startswith(_PREFIX)
        and any(node.op_type == "MatMul" and node.input[0] == name for node in graph.readers(name))
    ]
    return found[0].transpose(0, 2, 1) if len(found) == 1 else None


def _before_bias(graph: Graph, bias: str) -> NDArray[np.generic] | None:
    """The weight of a linear layer with one output, which the exporter folds into a product before its bias."""
    for reader in graph.readers(bias):
        for name in reader.input:
            product = graph.maker.get(name)
            if product is not None and product.op_type == "MatMul":
                return graph.constants.get(product.input[1])
    return None


def write_reference_network(bundle: Bundle, path: Path) -> float:
    """Write the reference network, all or nothing.

    Returns:
        The largest difference of its probabilities from the bundle's reference.

    Raises:
        UserError: when the network cannot be read or written, or the reference does not give the bundle's outputs.
    """
    network = ReferenceAGNet(read_network(bundle), bundle.manifest.kappa).eval()
    reference = bundle.reference()
    example = (torch.from_numpy(reference.images[:1]), torch.from_numpy(reference.regions[:1]))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # The tracing exporter is deprecated, and takes seconds where its successor takes minutes over so many slots.
        warnings.simplefilter("ignore")
        draft = Path(folder) / "reference.onnx"
        torch.onnx.export(
            DeployedNetwork(network).eval(),
            example,
            str(draft),
            input_names=["image", "regions"],
            output_names=["probabilities", "region_weights"],
            opset_version=OPSET,
            dynamo=False,
        )
        model = onnx.load(draft)
        onnx.helper.set_model_props(model, {EQUATIONS: AS_PRINTED})
        onnx.save(model, draft)
        difference = ReferenceSession(bundle, draft).difference
        write_atomic(path, draft.read_bytes())
    return difference


def main(argv: Sequence[str] | None = None) -> int:
    """Write a bundle's reference network."""
    parser = argparse.ArgumentParser(prog="python -m calibration.studies.live_reference", description=__doc__)
    parser.add_argument("bundle", nargs="?", type=Path, default=DEFAULT_BUNDLE, help="the default one when left out")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    args = parser.parse_args(argv)
    prepare_file(args.output)
    difference = write_reference_network(Bundle.open(args.bundle), args.output)
    print(f"{args.output}: probabilities within {difference:.1g} of the bundle's")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
