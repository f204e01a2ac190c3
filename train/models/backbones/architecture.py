"""What a source of backbones knows of each of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

from torch import Tensor, nn

Pixel = tuple[float, float, float]
"""One value for each of red, green and blue."""


def on_pixels(values: Pixel) -> Pixel:
    """Values for pixels of 0..1, as libraries have them, for pixels of 0..255."""
    red, green, blue = (255.0 * value for value in values)
    return red, green, blue


class Body(NamedTuple):
    """A backbone's layers.

    Attributes:
        layers: normalised pixels (B, 3, S, S) → a list of feature maps, from fine to coarse.
        channels: C of the last of them.
        channels_last: they come as (B, H, W, C) rather than (B, C, H, W).
        finer_channels: C of the one before; None where the last is the only one.
    """

    layers: nn.Module
    channels: int
    channels_last: bool = False
    finer_channels: int | None = None


class Architecture(ABC):
    """One backbone: its layers, its normalisation (x − mean) / std of 0..255 RGB values, its ImageNet weights."""

    @property
    @abstractmethod
    def normalisation(self) -> tuple[Pixel, Pixel]:
        """Mean and standard deviation that the ImageNet weights were trained with."""

    @property
    @abstractmethod
    def origin(self) -> str:
        """Whose state dict a weights file has to hold, such as ``timm's resnet50``."""

    @abstractmethod
    def make_body(self) -> Body:
        """The layers, up to the last feature map before any head convolution, with random weights.

        Raises:
            UserError: when the architecture cannot be made like this.
        """

    def weights_of_file(self, state: Mapping[str, Tensor], layers: nn.Module) -> Mapping[str, Tensor]:
        """A file's state dict with the layers' names for its weights, where they are known under others too.

        Raises:
            UserError: when they are others', and do not fit.
        """
        return state

    @abstractmethod
    def imagenet_weights(self, layers: nn.Module) -> Mapping[str, Tensor]:
        """A state dict with ImageNet weights for these layers; whatever its library raises without a network."""
