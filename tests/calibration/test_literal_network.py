"""The literal network: the bundle's parameters and answers, with every α_r formed."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
import torch

from calibration.literal_network import read_network, write_literal_network
from engines.bundle import DEFAULT_BUNDLE, Bundle
from engines.errors import UserError
from tests.engines.toy_bundle import write_toy_bundle


@pytest.mark.slow
def test_it_gives_the_bundle_s_answers(tmp_path: Path) -> None:
    path = tmp_path / "literal.onnx"
    assert write_literal_network(Bundle.open(DEFAULT_BUNDLE), path) < 1e-4
    assert any(node.op_type == "GridSample" for node in onnx.load(path).graph.node)


def test_the_parameters_are_read_by_name() -> None:
    bundle = Bundle.open(DEFAULT_BUNDLE)
    reference = bundle.reference()
    with torch.inference_mode():
        output = read_network(bundle)(torch.from_numpy(reference.images[:1]), torch.from_numpy(reference.regions[:1]))
    assert torch.allclose(output.logits.softmax(1), torch.from_numpy(reference.probabilities[:1]), atol=1e-4)


def test_another_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError):
        read_network(Bundle.open(write_toy_bundle(tmp_path / "toy")))
