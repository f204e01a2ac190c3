"""The backbones by name: the paper's five, EfficientNet-Lite, and whatever else timm has."""

from __future__ import annotations

import timm

from engines.errors import UserError
from train.models.backbones.architecture import Architecture
from train.models.backbones.efficientnet_lite import LiteArchitecture
from train.models.backbones.from_timm import TimmArchitecture
from train.models.backbones.nasnet import NasnetMobile

BACKBONES: dict[str, Architecture] = {
    "resnet50": TimmArchitecture("resnet50"),
    "densenet121": TimmArchitecture("densenet121"),
    "inception-v3": TimmArchitecture("inception_v3"),
    "nasnet-mobile": NasnetMobile(),
    "vgg16": TimmArchitecture("vgg16"),
    "efficientnet-lite0": LiteArchitecture("tf_efficientnet_lite0", 0),
    "efficientnet-lite1": LiteArchitecture("tf_efficientnet_lite1", 1),
    "efficientnet-lite2": LiteArchitecture("tf_efficientnet_lite2", 2),
}

_TIMM = "timm:"


def find_architecture(name: str) -> Architecture:
    """The architecture of a key of `BACKBONES` or of ``timm:NAME``. Raises `UserError` for any other name."""
    if name in BACKBONES:
        return BACKBONES[name]
    timm_name = name.removeprefix(_TIMM)
    if name.startswith(_TIMM) and timm.is_model(timm_name):
        return TimmArchitecture(timm_name)
    raise UserError(f"unknown backbone {name!r}: choose one of {', '.join(BACKBONES)}, or timm:NAME of a model in timm")


def check_name(name: str) -> str:
    """The name, if there is such a backbone. Raises `UserError`."""
    find_architecture(name)
    return name
