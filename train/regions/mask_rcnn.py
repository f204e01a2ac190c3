"""Primary regions from Mask R-CNN (He et al., ICCV 2017), trained on COCO: Table VII's "SR (using Mask RCNN)"."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.models import resnet50
from torchvision.models.detection import MaskRCNN, MaskRCNN_ResNet50_FPN_Weights
from torchvision.models.detection._utils import overwrite_eps
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.ops import FrozenBatchNorm2d, nms

from engines.errors import UserError
from engines.regions import grid_boxes, with_area
from train.regions.view_regions import Clusters

SHORT_SIDE = 480
"""Pixels. torchvision's 800 costs almost three times as much, for objects smaller than any that matter here."""
_LONG_SIDE = 800
_PROPOSALS = 200
_SAME_OBJECT = 0.5
"""Intersection over union above which two boxes are one region, whatever classes they were given."""


class MaskRCNNRegions:
    """The κ surest detections of an image, without regard to their class and to how sure they are.

    There is no lower limit of certainty, because a network needs R regions whatever an image shows; detections that
    overlap by more than half count once. An image with fewer gets the rest from the fixed grid of `engines.regions`.

    Args:
        kappa: κ.
        model: a `published_model` with its weights.
        device: where to compute.
    """

    def __init__(self, kappa: int, model: MaskRCNN, device: torch.device) -> None:
        self.kappa = kappa
        self._device = device
        self._model = model
        # As torchvision does: these weights were trained with 0.
        overwrite_eps(self._model, 0.0)
        # Boxes are all that is asked for: without these parts the masks are not computed.
        self._model.roi_heads.mask_roi_pool = None
        self._model.eval().to(device)

    def __call__(self, pixels: NDArray[np.uint8]) -> Clusters:
        """The clusters of an image (H, W, 3) uint8 RGB."""
        height, width = pixels.shape[:2]
        image = torch.from_numpy(pixels).to(self._device).permute(2, 0, 1) / 255
        with torch.inference_mode():
            detected = self._model([image])[0]
        boxes = detected["boxes"].float() / torch.tensor([width, height, width, height], device=self._device)
        return surest(boxes.cpu(), detected["scores"].float().cpu(), self.kappa)


def surest(boxes: Tensor, scores: Tensor, kappa: int) -> Clusters:
    """The κ boxes with the highest scores that are not the same object, the rest from the grid.

    Args:
        boxes: (N, 4) x0, y0, x1, y1 in 0..1.
        scores: (N,).
        kappa: κ.
    """
    kept = boxes[nms(boxes, scores, _SAME_OBJECT)[:kappa]].double().numpy()
    chosen = np.concatenate([kept, grid_boxes(kappa)[: kappa - len(kept)]])
    return Clusters(with_area(chosen).astype(np.float32), np.ones(kappa, dtype=np.intp))


def published_model() -> MaskRCNN:
    """torchvision's maskrcnn_resnet50_fpn as the COCO weights were saved from it.

    Its own function makes this one only when it may download the weights itself: without, it has other normalisation
    layers, which count batches, and no published file has the counts.
    """
    body = _resnet_fpn_extractor(resnet50(weights=None, norm_layer=FrozenBatchNorm2d), trainable_layers=0)
    return MaskRCNN(
        body,
        num_classes=len(MaskRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]),
        min_size=SHORT_SIDE,
        max_size=_LONG_SIDE,
        rpn_post_nms_top_n_test=_PROPOSALS,
        box_score_thresh=0.0,
    )


def download_coco() -> dict[str, Tensor]:
    """The COCO weights, which torchvision downloads once. Raises `UserError` where they cannot be had."""
    weights = MaskRCNN_ResNet50_FPN_Weights.COCO_V1
    try:
        return dict(weights.get_state_dict(progress=False, check_hash=True))
    except Exception as error:  # one of many kinds, for each way of being offline
        raise UserError(
            f"cannot download Mask R-CNN's weights ({type(error).__name__}): connect to the network once, or fetch "
            f"{weights.url} elsewhere and pass --mask-rcnn FILE, or leave the row mask-rcnn out with --rows"
        ) from error
