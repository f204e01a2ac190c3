"""The backbones by name: the paper's five, EfficientNet-Lite, and whatever else timm has."""

from __future__ import annotations

from train.models.backbone_names import TIMM, check_name
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


def find_architecture(name: str) -> Architecture:
    """The architecture of a key of `BACKBONES` or of ``timm:NAME``. Raises `UserError` for any other name."""
    checked = check_name(name)
    return BACKBONES[checked] if checked in BACKBONES else TimmArchitecture(checked.removeprefix(TIMM))
