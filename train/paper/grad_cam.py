"""Where in an image a network finds its class: Grad-CAM of its last feature map.

Written out rather than taken from a package: it is one mean and one sum, and the packages need as much code around
them (captum warns of uint8 images and two inputs, pytorch-grad-cam brings a second OpenCV that clashes with ours).
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from train.models.agnet import AGNet, NetworkOutput
from train.models.place_net import PlaceNet
from train.models.zoom_net import ZoomNet, ZoomOutput


class ClassActivation(NamedTuple):
    """What a network makes of one view, and where.

    Attributes:
        probabilities: (K,) float32.
        target: the class that the maps are of.
        region_weights: (R + 1,) float32, the whole image last; of the P parts that a `ZoomNet` finds (P + 1,).
        features: (C, H, W) float32, the backbone's last feature map.
        before: (H, W) float32 ≥ 0, Grad-CAM of the backbone's feature map.
        after: (H, W) float32 ≥ 0, what every cell of the attended map adds to the class; None without attention.
        found_regions: (P, 4) float32, where a `ZoomNet` looked a second time; None for others.
    """

    probabilities: Tensor
    target: int
    region_weights: Tensor
    features: Tensor
    before: Tensor
    after: Tensor | None
    found_regions: Tensor | None


def grad_cam(features: Tensor, gradients: Tensor) -> Tensor:
    """Gradient-weighted class activation mapping (Selvaraju et al., ICCV 2017): relu(Σ_c (mean_ij ∂y/∂A_c,ij) A_c).

    Args:
        features: (C, H, W) activations A.
        gradients: (C, H, W) ∂y/∂A of the class's logit y.

    Returns:
        (H, W).
    """
    return torch.relu((gradients.mean(dim=(1, 2), keepdim=True) * features).sum(dim=0))


def cell_contributions(features: Tensor, gradients: Tensor) -> Tensor:
    """HiResCAM (Draelos and Carin 2020): relu(Σ_c ∂y/∂A_c ⊙ A_c), without averaging the gradients over the map.

    A mean over the map forgets through which regions the class's evidence came; this keeps it. Shapes as `grad_cam`.
    """
    return torch.relu((gradients * features).sum(dim=0))


def class_activation(network: nn.Module, view: Tensor, regions: Tensor, target: int | None = None) -> ClassActivation:
    """Run a network on a view and trace a class back to its feature maps.

    Args:
        network: one of ours, in evaluation mode.
        view: (S, S, 3) uint8 RGB.
        regions: (R, 4).
        target: the class; the most probable one when left out.
    """
    kept: dict[str, Tensor] = {}

    def start_here(features: Tensor) -> Tensor:
        # Nothing below the map is asked for, so the gradient need not go there.
        kept["before"] = features.detach().requires_grad_()
        return kept["before"]

    def keep(_module: nn.Module, _inputs: object, output: Tensor) -> None:
        kept["after"] = output

    if isinstance(network, (PlaceNet, ZoomNet)):
        # The last of two maps, of the whole view.
        hooks = [network.cells.register_forward_pre_hook(lambda _, maps: (maps[0], start_here(maps[1])))]
    else:
        assert isinstance(network.backbone, nn.Module)
        hooks = [network.backbone.register_forward_hook(lambda _module, _inputs, output: start_here(output))]
    if isinstance(network, AGNet):
        hooks.append(network.self_attention.register_forward_hook(keep))
    try:
        with torch.enable_grad():
            output: NetworkOutput | ZoomOutput = network(view.unsqueeze(0), regions.unsqueeze(0))
    finally:
        for hook in hooks:
            hook.remove()
    logits = output.logits[0]
    chosen = int(logits.argmax()) if target is None else target
    gradients = dict(zip(kept, torch.autograd.grad(logits[chosen], list(kept.values())), strict=True))
    maps = {name: value[0].detach() for name, value in kept.items()}
    return ClassActivation(
        probabilities=torch.softmax(logits.detach(), dim=0),
        target=chosen,
        region_weights=(output.part_weights if isinstance(output, ZoomOutput) else output.region_weights)[0].detach(),
        features=maps["before"],
        before=grad_cam(maps["before"], gradients["before"][0]),
        after=cell_contributions(maps["after"], gradients["after"][0]) if "after" in maps else None,
        found_regions=output.boxes[0].detach() if isinstance(output, ZoomOutput) else None,
    )
