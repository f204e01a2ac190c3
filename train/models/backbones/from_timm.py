"""Backbones out of timm, with the normalisation and the weights that timm has for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import timm
from timm.layers.format import Format
from timm.models import get_pretrained_cfg
from torch import Tensor, nn

from engines.errors import UserError
from train.models.backbones.architecture import Architecture, Body, Pixel, on_pixels
from train.models.backbones.hub import hub_or_cache


@dataclass(frozen=True)
class TimmArchitecture(Architecture):
    """The last two feature maps of a timm model, before any head convolution.

    Attributes:
        timm_name: timm's name, with or without the tag of its weights.
    """

    timm_name: str

    @property
    def normalisation(self) -> tuple[Pixel, Pixel]:
        settings: Any = get_pretrained_cfg(self.timm_name)
        return on_pixels(settings.mean), on_pixels(settings.std)

    @property
    def origin(self) -> str:
        return f"timm's {self.timm_name}"

    def make_body(self) -> Body:
        try:
            layers = self._make_layers(pretrained=False)
        except RuntimeError as error:
            raise UserError(f"cannot make {self.origin} ({error}): choose another backbone") from error
        finer, channels = (int(count) for count in layers.feature_info.channels())
        return Body(layers, channels, getattr(layers, "output_fmt", None) == Format.NHWC, finer)

    def imagenet_weights(self, layers: nn.Module) -> Mapping[str, Tensor]:
        settings: Any = get_pretrained_cfg(self.timm_name)
        if not settings.has_weights:
            raise UserError(
                f"timm has no weights of {self.timm_name}: pass --weights none, or a file with a state dict of it, "
                "or choose another backbone"
            )
        with hub_or_cache():
            state: Mapping[str, Tensor] = self._make_layers(pretrained=True).state_dict()
        return state

    def _make_layers(self, *, pretrained: bool) -> Any:
        return timm.create_model(self.timm_name, features_only=True, out_indices=(-2, -1), pretrained=pretrained)
