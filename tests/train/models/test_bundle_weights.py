"""A training that starts from a bundle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engines.bundles.bundle import DEFAULT_BUNDLE, Bundle
from engines.errors import UserError
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings, build_network
from train.models.weights import load_weights

SHIPPED = NetworkSettings(backbone="efficientnet-lite0", model=ModelKind.ZOOM, classes=10, view_size=384)


def test_the_shipped_bundle_is_the_network_again() -> None:
    network = build_network(SHIPPED).eval()
    load_weights(network, DEFAULT_BUNDLE)
    reference = Bundle.open(DEFAULT_BUNDLE).reference()
    images = torch.from_numpy(reference.images)
    with torch.inference_mode():
        output = network(images, torch.zeros(len(images), 0, 4))
    probabilities = output.logits.softmax(dim=1).numpy()
    assert np.abs(probabilities - reference.probabilities).max() < 1e-4


@pytest.mark.parametrize("model", [ModelKind.BASELINE, ModelKind.PLACES, ModelKind.FULL])
def test_another_network_is_refused_and_stays_as_it_was(model: ModelKind) -> None:
    network = build_network(SHIPPED.model_copy(update={"model": model}))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(UserError, match="same --model and --backbone"):
        load_weights(network, DEFAULT_BUNDLE)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_folder_that_is_neither_bundle_nor_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot use the weights"):
        load_weights(build_network(SHIPPED), tmp_path)
