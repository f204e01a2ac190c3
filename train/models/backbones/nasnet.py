"""NASNet-A-Mobile (Zoph et al., CVPR 2018) out of pytorchcv, which timm does not have."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path

from timm.data.constants import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD
from torch import Tensor, nn

from engines.errors import UserError
from train.models.backbones.architecture import Architecture, Body, Pixel, on_pixels
from train.models.backbones.weight_files import read_weights

_NAME = "nasnet_4a1056"


class NasnetLayers(nn.Module):
    """pytorchcv's NASNet-A-Mobile without its pooling and classifier; weights have pytorchcv's names."""

    def __init__(self) -> None:
        super().__init__()
        try:
            from pytorchcv.models.nasnet import nasnet_4a1056  # here: only this one backbone needs the package
        except ImportError as error:
            raise UserError("nasnet-mobile needs the package pytorchcv: run 'uv sync --extra train'") from error
        self.features: nn.Module = nasnet_4a1056().features
        self.features.final_pool = nn.Identity()

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Normalised pixels (B, 3, S, S) → one feature map (B, 1056, S/32, S/32)."""
        return [self.features(pixels)]


class NasnetMobile(Architecture):
    """NASNet-A 4 @ 1056, with the normalisation that all of pytorchcv's weights have."""

    @property
    def normalisation(self) -> tuple[Pixel, Pixel]:
        return on_pixels(IMAGENET_DEFAULT_MEAN), on_pixels(IMAGENET_DEFAULT_STD)

    @property
    def origin(self) -> str:
        return f"pytorchcv's {_NAME}"

    def make_body(self) -> Body:
        return Body(NasnetLayers(), 1056)

    def imagenet_weights(self, layers: nn.Module) -> Mapping[str, Tensor]:
        from pytorchcv.models.common.model_store import get_model_file

        with redirect_stdout(sys.stderr):  # it announces its download
            return read_weights(Path(get_model_file(_NAME)), "none")
