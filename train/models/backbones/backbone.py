"""One backbone as a network uses it: pixels in, feature maps out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn

from engines.errors import UserError
from train.models.backbones.architecture import Architecture
from train.models.backbones.catalogue import find_architecture
from train.models.backbones.weight_files import fitting_weights, read_weights


class Backbone(nn.Module):
    """RGB pixels → the last feature map. Normalisation lies inside, so that it travels with the weights.

    Args:
        architecture: which one; its weights are random.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.body, self.channels, self._channels_last, self.finer_channels = architecture.make_body()
        self.frozen: list[str] = []
        self.frozen_statistics = False
        mean, std = architecture.normalisation
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def freeze(self, names: Sequence[str], statistics: bool = False) -> None:
        """Keep parts of the body as they are.

        Args:
            names: parts whose weights and batch statistics are kept, such as ``blocks.0``.
            statistics: keep the batch statistics of all parts; their weights are trained. Training then normalises as
                the finished network does, and what it learns does not depend on how its images look as a whole.

        Raises:
            UserError: for a part that the body does not have.
        """
        self.frozen_statistics = statistics
        parts = dict(self.body.named_modules())
        for name in names:
            if name not in parts:
                raise UserError(f"the backbone has no part {name!r} to freeze: correct the recipe's 'frozen'")
            parts[name].requires_grad_(False)
            self.frozen.append(name)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """As any module's, but what is frozen always stays in evaluation mode."""
        super().train(mode)
        # By name: synchronised batch normalisation replaces the ordinary one when several GPUs train.
        for name in self.frozen:
            self.body.get_submodule(name).eval()
        if self.frozen_statistics:
            for module in self.body.modules():
                if isinstance(module, nn.modules.batchnorm._BatchNorm):
                    module.eval()
        return self

    def check_view(self, view_size: int) -> None:
        """Raises `UserError` when the layers cannot work on an S×S view: too small, or not the size they ask for."""
        mode = self.training
        try:
            with torch.inference_mode():
                self.eval()(torch.zeros(1, view_size, view_size, 3, device=self.mean.device))
        except Exception as error:  # every architecture fails in its own way
            reason = str(error).splitlines()[0]
            raise UserError(
                f"the backbone cannot take a view of {view_size} pixels ({reason}): set another view_size in the recipe"
            ) from error
        finally:
            self.train(mode)

    def freeze_unused(self, view_size: int) -> None:
        """Leave out of training what the last feature map of an S×S view does not depend on.

        Some of timm's networks have such parts for their classifier. Nothing trains them, but several processes would
        wait for their gradients.
        """
        mode = self.training
        trained = [parameter for parameter in self.parameters() if parameter.requires_grad]
        features = self.eval()(torch.zeros(1, view_size, view_size, 3, device=self.mean.device))
        self.train(mode)
        gradients: Sequence[Tensor | None] = [None] * len(trained)
        if features.requires_grad:
            gradients = torch.autograd.grad(features.sum(), trained, allow_unused=True)
        for parameter, gradient in zip(trained, gradients, strict=True):
            parameter.requires_grad_(gradient is not None)

    def forward(self, images: Tensor) -> Tensor:
        """RGB pixels 0..255, (B, S, S, 3) of any dtype → the last map, (B, C, H, W)."""
        return self._map(self.body(self.normalise(images))[-1])

    def normalise(self, images: Tensor) -> Tensor:
        """RGB pixels 0..255, (B, S, S, 3) of any dtype → (B, 3, S, S) as the weights want them."""
        # Cast before anything else: the only thing TensorRT does with uint8 is to cast it.
        pixels = images.to(self.mean.dtype).permute(0, 3, 1, 2)
        return (pixels - self.mean) / self.std

    def last_two(self, normalised: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised pixels (B, 3, S, S) → the map before the last, (B, C', H', W'), and the last one, (B, C, H, W)."""
        finer, last = self.body(normalised)[-2:]
        return self._map(finer), self._map(last)

    def _map(self, features: Tensor) -> Tensor:
        return features.permute(0, 3, 1, 2) if self._channels_last else features


def create_backbone(name: str, weights: str = "imagenet") -> Backbone:
    """Make a backbone and load its weights.

    Args:
        name: a key of `BACKBONES`, or ``timm:NAME``.
        weights: ``imagenet``, ``none``, or the path of a state dict of the body (``.safetensors``, ``.pth``).

    Raises:
        UserError: for an unknown name, or when the weights cannot be had.
    """
    architecture = find_architecture(name)
    backbone = Backbone(architecture)
    if weights == "none":
        return backbone
    if weights == "imagenet":
        try:
            state = architecture.imagenet_weights(backbone.body)
        except UserError:
            raise
        except Exception as error:  # the libraries raise many kinds, one for each way of being offline
            raise UserError(
                f"cannot download the ImageNet weights of {name} ({type(error).__name__}): connect to the network "
                f"once, or pass --weights FILE with a state dict of {architecture.origin}, or --weights none"
            ) from error
    else:
        state = architecture.weights_of_file(read_weights(Path(weights), "imagenet, none"), backbone.body)
    complaint = f"the weights {weights} do not fit {name}"
    backbone.body.load_state_dict(fitting_weights(state, backbone.body, complaint))
    return backbone
