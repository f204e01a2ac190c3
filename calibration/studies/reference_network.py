"""A bundle's network as the paper's equations read: written as an ONNX file, and run.

The same parameters and the same outputs, region by region and with every map α_r formed.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from torch import nn

from calibration.precision.graph_parts import Graph
from calibration.precision.stored_weights import fp32_network
from engines.bundles.bundle import Bundle
from engines.errors import UserError
from engines.files.output import write_atomic
from engines.onnxruntime_session import open_alone, require_signature
from train.models.agnet import AGNet
from train.models.deployed import OPSET, DeployedNetwork
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings, build_network
from train.studies.literal_agnet import ReferenceAGNet

EQUATIONS: Final = "equations"
AS_PRINTED: Final = "literal"
"""Key and value in the ONNX file's metadata of the equations as printed; their rearrangement has none."""

TOLERANCE: Final = 1e-3
"""How far its probabilities may lie from the bundle's reference: the sums run in another order."""

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
    graph = Graph(fp32_network(bundle))
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
            DeployedNetwork(network, uses_regions=True).eval(),
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


class ReferenceSession:
    """The equations as printed in ONNX Runtime's CPU provider, checked against the bundle whose parameters they have.

    Attributes:
        difference: the largest of its probabilities from those of the bundle's reference.
    """

    def __init__(self, bundle: Bundle, model: Path, threads: int | None = None) -> None:
        """Open an ONNX file.

        Args:
            bundle: whose probabilities it must give.
            model: the file.
            threads: CPU threads; None for the runtime's default.

        Raises:
            UserError: for a file that cannot be loaded, is no reference network, or not this bundle's.
        """
        again = "write it with python -m calibration.studies.live_reference write"
        self._session: ort.InferenceSession = open_alone(model, threads)
        if self._session.get_modelmeta().custom_metadata_map.get(EQUATIONS) != AS_PRINTED:
            raise UserError(f"{model} is no reference network: {again}")
        try:
            require_signature(bundle, self._session)
        except UserError as error:
            raise UserError(f"{model} does not fit bundle {bundle.path}: {again}") from error
        reference = bundle.reference()
        found = [self.run(*inputs) for inputs in zip(reference.images, reference.regions, strict=True)]
        self.difference = float(np.abs(np.stack(found) - reference.probabilities).max())
        if not self.difference <= TOLERANCE:
            raise UserError(
                f"{model}: its probabilities differ from those of bundle {bundle.path} by {self.difference:.2g}, and "
                f"{TOLERANCE:g} is allowed: {again}"
            )

    def run(self, view: NDArray[np.uint8], regions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities (K,) of a view (S, S, 3) with its regions (R, 4)."""
        probabilities = self._session.run(["probabilities"], {"image": view[None], "regions": regions[None]})
        return np.asarray(probabilities[0][0], dtype=np.float32)
