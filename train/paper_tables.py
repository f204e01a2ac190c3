"""Figures that the AG-Net paper prints, to stand beside our own; nothing is computed from them."""

from __future__ import annotations

from typing import NamedTuple

from train.network import ModelKind


class PrintedComplexity(NamedTuple):
    """A row of Table VI.

    Attributes:
        params_m: trainable parameters in millions, with a head of 40 classes.
        gflops: two operations for a multiply-add, one 224×224 image.
        infer_ms: one image on a Titan V.
        stanford40_h, ppmi24_h, auc_v2_h: hours of training, 50 epochs in batches of 8.
    """

    params_m: float
    gflops: float
    infer_ms: float
    stanford40_h: float
    ppmi24_h: float
    auc_v2_h: float


_BASELINE, _WITHOUT, _FULL = ModelKind.BASELINE, ModelKind.NO_ATTENTION, ModelKind.FULL

TABLE_VI: dict[tuple[str, ModelKind], PrintedComplexity] = {
    ("resnet50", _BASELINE): PrintedComplexity(23.62, 7.77, 2.33, 0.44, 0.26, 1.56),
    ("resnet50", _WITHOUT): PrintedComplexity(43.02, 9.36, 4.45, 2.70, 1.59, 7.16),
    ("resnet50", _FULL): PrintedComplexity(54.79, 10.42, 5.20, 2.88, 1.69, 7.30),
    ("densenet121", _BASELINE): PrintedComplexity(6.99, 5.68, 2.58, 0.65, 0.39, 2.04),
    ("densenet121", _WITHOUT): PrintedComplexity(11.84, 5.71, 4.68, 2.90, 1.90, 7.74),
    ("densenet121", _FULL): PrintedComplexity(16.42, 6.10, 4.81, 3.06, 1.97, 8.47),
    ("inception-v3", _BASELINE): PrintedComplexity(21.85, 5.72, 2.43, 0.54, 0.32, 1.63),
    ("inception-v3", _WITHOUT): PrintedComplexity(41.25, 5.81, 4.83, 2.74, 1.83, 7.76),
    ("inception-v3", _FULL): PrintedComplexity(53.02, 6.88, 5.76, 2.99, 1.92, 7.97),
    ("nasnet-mobile", _BASELINE): PrintedComplexity(4.28, 1.15, 2.89, 1.29, 0.78, 4.04),
    ("nasnet-mobile", _WITHOUT): PrintedComplexity(9.43, 1.17, 4.63, 3.05, 1.95, 7.99),
    ("nasnet-mobile", _FULL): PrintedComplexity(14.19, 1.58, 5.74, 3.21, 2.10, 8.82),
}
