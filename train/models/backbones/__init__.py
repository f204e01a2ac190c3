"""Backbones: the convolutional part that makes AG-Net's feature map, with its normalisation and ImageNet weights.

`catalogue` lists them by name; `create_backbone` makes one. Each source of architectures is a module of its own.
"""

from train.models.backbones.backbone import Backbone, create_backbone
from train.models.backbones.catalogue import BACKBONES

__all__ = ["BACKBONES", "Backbone", "create_backbone"]
