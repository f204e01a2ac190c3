"""The backbones' names, without their architectures: a command line is checked before torch and timm are loaded."""

from __future__ import annotations

from engines.errors import UserError

BACKBONE_NAMES = (
    "resnet50",
    "densenet121",
    "inception-v3",
    "nasnet-mobile",
    "vgg16",
    "efficientnet-lite0",
    "efficientnet-lite1",
    "efficientnet-lite2",
)
"""The paper's five and EfficientNet-Lite; `train.models.backbones` has their architectures in this order."""

TIMM = "timm:"
"""What names of timm's models begin with."""


def check_name(name: str) -> str:
    """The name, if there is such a backbone: one of `BACKBONE_NAMES`, or ``timm:NAME``. Raises `UserError`."""
    if name in BACKBONE_NAMES:
        return name
    if name.startswith(TIMM):
        import timm  # with torch

        if timm.is_model(name.removeprefix(TIMM)):
            return name
    raise UserError(
        f"unknown backbone {name!r}: choose one of {', '.join(BACKBONE_NAMES)}, or timm:NAME of a model in timm"
    )
