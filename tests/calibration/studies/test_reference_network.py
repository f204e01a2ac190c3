"""The reference network: the bundle's parameters and probabilities, with every α_r formed."""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
import torch

from calibration.studies import reference_network
from calibration.studies.live_reference import main
from calibration.studies.reference_network import (
    AS_PRINTED,
    EQUATIONS,
    ReferenceSession,
    read_network,
    write_reference_network,
)
from engines.bundles.bundle import Bundle
from engines.errors import UserError
from engines.files.output import write_atomic
from tests.calibration.agnet_bundle import write_agnet_bundle
from tests.engines.toy_bundle import write_toy_bundle


@pytest.fixture(scope="module")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An AG-Net with random weights and two primary regions: 4 slots, the whole image included."""
    return write_agnet_bundle(tmp_path_factory.mktemp("agnet") / "small", "efficientnet-lite0", 64, kappa=2)


def test_it_gives_a_small_bundle_s_probabilities(
    small_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "reference.onnx"
    assert main(["write", "--bundle", str(small_bundle), "--output", str(path)]) == 0
    assert "within" in capsys.readouterr().out
    assert [node.op_type for node in onnx.load(path).graph.node].count("GridSample") == 4
    assert ReferenceSession(Bundle.open(small_bundle), path).difference < 1e-4


def test_what_was_there_stays_when_the_probabilities_differ(
    small_bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "reference.onnx"
    write_atomic(path, b"before")

    def damaged(opened: Bundle) -> torch.nn.Module:
        network = read_network(opened)
        with torch.no_grad():
            network.classifier.weight.mul_(-3.0)
        return network

    monkeypatch.setattr(reference_network, "read_network", damaged)
    with pytest.raises(UserError, match="its probabilities differ"):
        write_reference_network(Bundle.open(small_bundle), path)
    assert path.read_bytes() == b"before" and list(tmp_path.iterdir()) == [path]


def test_the_parameters_are_read_by_name(small_bundle: Path) -> None:
    bundle = Bundle.open(small_bundle)
    reference = bundle.reference()
    with torch.inference_mode():
        output = read_network(bundle)(torch.from_numpy(reference.images[:1]), torch.from_numpy(reference.regions[:1]))
    assert torch.allclose(output.logits.softmax(1), torch.from_numpy(reference.probabilities[:1]), atol=1e-4)


@pytest.mark.parametrize("model", ["baseline", "no-attention", "of another kind"])
def test_another_network_is_refused(tmp_path: Path, model: str) -> None:
    bundle = Bundle.open(write_toy_bundle(tmp_path / "toy"))
    other = Bundle(bundle.path, bundle.manifest.model_copy(update={"model": model}))
    with pytest.raises(UserError, match=f"holds '{model}', not the full model"):
        read_network(other)


def test_a_network_that_lacks_parameters_is_refused(tmp_path: Path) -> None:
    bundle = Bundle.open(write_toy_bundle(tmp_path / "toy"))
    other = Bundle(bundle.path, bundle.manifest.model_copy(update={"backbone": "efficientnet-lite0"}))
    with pytest.raises(UserError, match=r"lacks .*: export the bundle again"):
        read_network(other)


def test_the_bundle_s_own_network_is_no_reference_network(tmp_path: Path) -> None:
    toy_bundle = write_toy_bundle(tmp_path / "toy")
    own = toy_bundle / "model.fp32.onnx"
    with pytest.raises(UserError, match="is no reference network"):
        ReferenceSession(Bundle.open(toy_bundle), own)
    other = write_toy_bundle(tmp_path / "other", kappa=4) / "model.fp32.onnx"
    model = onnx.load(other)
    onnx.helper.set_model_props(model, {EQUATIONS: AS_PRINTED})
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(UserError, match="does not fit"):
        ReferenceSession(Bundle.open(toy_bundle), tmp_path / "other.onnx")
    model = onnx.load(write_toy_bundle(tmp_path / "stranger", seed=1) / "model.fp32.onnx")
    onnx.helper.set_model_props(model, {EQUATIONS: AS_PRINTED})
    onnx.save(model, tmp_path / "stranger.onnx")
    with pytest.raises(UserError, match="its probabilities differ"):
        ReferenceSession(Bundle.open(toy_bundle), tmp_path / "stranger.onnx")
