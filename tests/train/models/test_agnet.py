"""The rearranged AG-Net against the equations as printed, and its parameter counts against the paper's."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from train.models.agnet import AGNet, AGNetWithoutAttention, Baseline, crop_weights
from train.studies.literal_agnet import ReferenceAGNet

CHANNELS, CLASSES, REGIONS, HEIGHT, WIDTH = 32, 10, 6, 6, 5


def random_boxes(batch: int, count: int, generator: torch.Generator) -> torch.Tensor:
    corners = torch.rand(batch, count, 2, 2, generator=generator, dtype=torch.float64).sort(dim=2).values
    return corners.reshape(batch, count, 4)


def random_network(seed: int, dtype: torch.dtype) -> AGNet:
    torch.manual_seed(seed)
    network = AGNet(nn.Identity(), CHANNELS, CLASSES, REGIONS).to(dtype)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(0, 0.2)
        # Long sums of 49·C terms: keep the attention logits within the range where σ, tanh and softmax do not saturate.
        for name in ("w_u", "w_u_prime", "w_alpha"):
            getattr(network.inter_attention, name).weight.mul_(0.1)
        network.self_attention.delta.fill_(0.7)
    return network


def relative_difference(ours: torch.Tensor, reference: torch.Tensor) -> float:
    return float((ours.double() - reference.double()).norm() / reference.double().norm())


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 2e-5), (torch.float64, 1e-10)])
@pytest.mark.parametrize("seed", range(4))
def test_outputs_and_gradients_equal_the_equations_as_printed(seed: int, dtype: torch.dtype, tolerance: float) -> None:
    network = random_network(seed, dtype)
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(2, CHANNELS, HEIGHT, WIDTH, generator=generator, dtype=torch.float64).to(dtype)
    boxes = random_boxes(2, REGIONS, generator).to(dtype)
    targets = torch.randn(2, CLASSES, generator=generator, dtype=torch.float64).to(dtype)

    def run(form: AGNet | ReferenceAGNet) -> tuple[torch.Tensor, torch.Tensor, dict[str, torch.Tensor]]:
        x = features.clone().requires_grad_()
        regions = boxes.clone().requires_grad_()
        logits, weights = form(x, regions)
        ((logits * targets).sum() + (weights**2).sum()).backward()
        gradients = {name: p.grad for name, p in form.named_parameters() if p.grad is not None}
        assert x.grad is not None and regions.grad is not None
        return logits.detach(), weights.detach(), {**gradients, "features": x.grad, "regions": regions.grad}

    ours, reference = run(network), run(ReferenceAGNet(network, REGIONS))
    for part in ("squeeze", "excite"):  # one module a region there, one tensor for all of them here
        names = [f"se_residual.{slot}.{part}.weight" for slot in range(REGIONS + 1)]
        reference[2][f"se_residual.{part}"] = torch.stack([reference[2].pop(name).T for name in names])
    assert relative_difference(ours[0], reference[0]) < tolerance
    assert relative_difference(ours[1], reference[1]) < tolerance
    assert ours[2].keys() == reference[2].keys()
    # Adding the same to every score leaves a softmax as it is: these have no gradient but rounding.
    constant = {"self_attention.f.bias", "inter_attention.w_alpha.bias", "pooling.w_omega.bias"}
    for name in ours[2].keys() - constant:
        assert relative_difference(ours[2][name], reference[2][name]) < tolerance, name
    for name in constant:
        assert ours[2][name].abs().max() < 1e-4 and reference[2][name].abs().max() < 1e-4


def test_every_parameter_matters() -> None:
    network = random_network(0, torch.float64)
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(1, CHANNELS, HEIGHT, WIDTH, generator=generator, dtype=torch.float64)
    logits, _ = network(features, random_boxes(1, REGIONS, generator))
    logits.square().sum().backward()
    unused = [n for n, p in network.named_parameters() if p.grad is None]
    assert not unused


def test_the_whole_image_of_a_7x7_map_is_the_map_itself() -> None:
    whole = torch.tensor([[[0.0, 0.0, 1.0, 1.0]]])
    assert torch.allclose(crop_weights(whole, 7, 7)[0], torch.eye(49), atol=1e-6)


def test_crop_weights_are_averages_even_outside_the_cell_centres() -> None:
    boxes = random_boxes(3, 5, torch.Generator().manual_seed(1)).float()
    weights = crop_weights(boxes, 6, 6)
    assert weights.shape == (3, 5 * 49, 36)
    assert (weights >= 0).all()
    assert torch.allclose(weights.sum(dim=-1), torch.ones(()), atol=1e-6)


def test_attention_does_nothing_at_the_start() -> None:
    network = AGNet(nn.Identity(), CHANNELS, CLASSES, REGIONS)
    x = torch.randn(1, CHANNELS, HEIGHT, WIDTH)
    assert torch.equal(network.self_attention(x), x)


def millions(module: nn.Module) -> float:
    return sum(p.numel() for p in module.parameters() if p.requires_grad) / 1e6


@pytest.mark.parametrize(
    ("channels", "without_attention", "full"),
    # Table VI: the differences between its columns, for ResNet-50, DenseNet-121, Inception-V3 and NASNet-Mobile.
    [(2048, 43.02 - 23.62, 54.79 - 23.62), (1024, 11.84 - 6.99, 16.42 - 6.99), (1056, 9.43 - 4.28, 14.19 - 4.28)],
)
def test_parameter_counts_are_the_papers(channels: int, without_attention: float, full: float) -> None:
    with torch.device("meta"):
        bare, squeezed, whole = (
            kind(nn.Identity(), channels, 40, 36) for kind in (Baseline, AGNetWithoutAttention, AGNet)
        )
    assert millions(squeezed) - millions(bare) == pytest.approx(without_attention, abs=0.01)
    assert millions(whole) - millions(bare) == pytest.approx(full, abs=0.01)
