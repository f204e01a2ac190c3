"""Figures that the AG-Net paper prints, to stand beside our own; nothing is computed from them.

Accuracies and mean average precisions are percentages. Data sets are named as in `DATASET_TITLES`. Of the bars in
Figs. 5 to 9 only what the text says of AG-Net's own classes is here: the rest has no numbers to read. Fig. 7 compares
twenty of Stanford-40's classes with another method, and the text does not name them.
"""

from __future__ import annotations

from typing import NamedTuple

from train.models.network import ModelKind


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

DATASET_TITLES: dict[str, str] = {
    "auc-v1": "AUC-V1",
    "auc-v2": "AUC-V2",
    "stanford40": "Stanford-40",
    "ppmi24": "PPMI-24",
    "food101": "Food-101",
    "caltech256": "Caltech-256",
}

BACKBONE_TITLES: dict[str, str] = {
    "resnet50": "ResNet-50",
    "inception-v3": "Inception-V3",
    "densenet121": "DenseNet-121",
    "nasnet-mobile": "NASNet-Mobile",
    "vgg16": "VGG-16",
}
"""The backbones of Tables IV and V by our names."""


class PrintedScores(NamedTuple):
    """What the paper prints for one method on one data set, in percent; None where it prints nothing.

    Attributes:
        top1, top5: accuracies.
        map: mean average precision.
        top1_std: standard deviation of the accuracy over five runs.
    """

    top1: float | None = None
    top5: float | None = None
    map: float | None = None
    top1_std: float | None = None

    def top1_words(self) -> str:
        """The accuracy, with its standard deviation if there is one; a dash where the paper prints nothing."""
        if self.top1 is None:
            return "–"
        return f"{self.top1:.2f}%" + ("" if self.top1_std is None else f" ± {self.top1_std:.2f}")


TABLE_I: dict[str, PrintedScores] = {
    "auc-v1": PrintedScores(99.70, 100.00, 99.63),
    "auc-v2": PrintedScores(96.65, 99.89, 95.39),
    "stanford40": PrintedScores(97.83, 99.85, 96.21),
    "ppmi24": PrintedScores(98.20, 99.96, 97.35),
    "food101": PrintedScores(99.30, 99.87, 98.93),
    "caltech256": PrintedScores(96.89, 99.68, 94.57),
}
"""AG-Net by data set, each with the backbone that Table IV shows to be best there."""

TABLE_II: dict[str, dict[str, PrintedScores]] = {
    "auc-v1": {
        "Fusion [41]": PrintedScores(92.36),
        "DenseNet [22]": PrintedScores(94.20),
        "Inception-V3 [21]": PrintedScores(95.17),
        "MVE [21]": PrintedScores(95.77),
        "GAWE [21]": PrintedScores(95.98),
        "VGG 16-Reg. [23]": PrintedScores(96.31),
        "AG-Net": PrintedScores(99.70),
    },
    "auc-v2": {
        "VGG-16 [21]": PrintedScores(76.13),
        "ResNet-50 [21]": PrintedScores(81.70),
        "Inception-V3 [21]": PrintedScores(90.07),
        "AG-Net": PrintedScores(96.65),
    },
}
"""Methods by data set, AG-Net last."""

TABLE_III: dict[str, dict[str, PrintedScores]] = {
    "stanford40": {
        "VLAD pyrd. [28]": PrintedScores(map=88.50),
        "RFBA net [26]": PrintedScores(map=90.92),
        "Multi-br. atn. [4]": PrintedScores(map=90.70),
        "Part action [3]": PrintedScores(map=91.20),
        "Human-mask [25]": PrintedScores(map=94.06),
        "AG-Net": PrintedScores(97.83, map=96.21),
    },
    "ppmi24": {
        "Randomized [62]": PrintedScores(map=47.00),
        "Mutual context [37]": PrintedScores(map=48.00),
        "Saliency [15]": PrintedScores(map=49.40),
        "Exemplar [30]": PrintedScores(49.34, map=47.56),
        "GMP-VLAD [29]": PrintedScores(map=48.60),
        "GSPM [66]": PrintedScores(map=51.70),
        "Color fusion [5]": PrintedScores(map=65.85),
        "VLAD pyrd. [28]": PrintedScores(map=81.30),
        "AG-Net": PrintedScores(98.20, map=97.35),
    },
    "food101": {
        "Ensemble [45]": PrintedScores(72.12),
        "DeepFood [64]": PrintedScores(77.40),
        "Kernel pooling [47]": PrintedScores(85.50),
        "FCAN [42]": PrintedScores(86.50),
        "WISeR [44]": PrintedScores(90.27, 98.71),
        "Incept.-ResNet [43]": PrintedScores(90.40),
        "MSMVFA [12]": PrintedScores(90.59),
        "GPipe [46]": PrintedScores(93.00),
        "AG-Net": PrintedScores(99.30, 99.87),
    },
    "caltech256": {
        "IFK [63]": PrintedScores(47.90, top1_std=0.40),
        "CLM [48]": PrintedScores(53.60, top1_std=0.20),
        "FV [65]": PrintedScores(57.30, top1_std=0.20),
        "ZF-Net [54]": PrintedScores(74.20, top1_std=0.30),
        "VGG19+VGG16 [53]": PrintedScores(86.20, top1_std=0.30),
        "L2-SP [55]": PrintedScores(87.90, top1_std=0.20),
        "VSVC [34]": PrintedScores(91.35, top1_std=0.43),
        "CPM [35]": PrintedScores(94.30, top1_std=0.20),
        "AG-Net": PrintedScores(96.89, top1_std=0.42),
    },
}
"""Methods by data set, AG-Net last.

The paper's text that we have lists a column's numbers without its gaps. A number is here only where the count of the
numbers or a sentence of the text says whose it is; the accuracies 83.12, 84.24 (Stanford-40), 50.67, 65.94 (PPMI-24),
the top-5 of 91.61, 93.70 and 98.25 (Food-101) and the mAP 83.25, 82.64 (Stanford-40) are left out, and with them
Stanford-40's Concepts [61], Color fusion [5] and Action mask [36].
"""

TABLE_IV: dict[str, dict[str, PrintedScores]] = {
    "resnet50": {
        "auc-v1": PrintedScores(99.70),
        "auc-v2": PrintedScores(94.56),
        "stanford40": PrintedScores(97.83, map=96.21),
        "ppmi24": PrintedScores(97.66, map=96.51),
        "food101": PrintedScores(99.11),
        "caltech256": PrintedScores(96.89),
    },
    "inception-v3": {
        "auc-v1": PrintedScores(98.60),
        "auc-v2": PrintedScores(93.83),
        "stanford40": PrintedScores(96.85, map=94.36),
        "ppmi24": PrintedScores(96.08, map=94.30),
        "food101": PrintedScores(99.22),
        "caltech256": PrintedScores(96.84),
    },
    "densenet121": {
        "auc-v1": PrintedScores(99.69),
        "auc-v2": PrintedScores(96.65),
        "stanford40": PrintedScores(97.32, map=95.38),
        "ppmi24": PrintedScores(98.20, map=97.35),
        "food101": PrintedScores(99.30),
        "caltech256": PrintedScores(96.83),
    },
    "nasnet-mobile": {
        "auc-v1": PrintedScores(99.67),
        "auc-v2": PrintedScores(94.40),
        "stanford40": PrintedScores(95.00, map=92.06),
        "ppmi24": PrintedScores(94.75, map=91.25),
        "food101": PrintedScores(99.24),
        "caltech256": PrintedScores(94.95),
    },
    "vgg16": {
        "auc-v1": PrintedScores(99.65),
        "auc-v2": PrintedScores(95.16),
        "stanford40": PrintedScores(95.15, map=91.72),
        "ppmi24": PrintedScores(96.54, map=92.51),
        "food101": PrintedScores(98.07),
    },
}
"""AG-Net by backbone and data set."""

TABLE_IV_PREVIOUS_BEST: dict[str, PrintedScores] = {
    "auc-v1": PrintedScores(96.31),
    "auc-v2": PrintedScores(90.07),
    "stanford40": PrintedScores(84.24, map=94.06),
    "ppmi24": PrintedScores(65.94, map=81.30),
    "food101": PrintedScores(93.00),
    "caltech256": PrintedScores(94.30),
}

TABLE_V: dict[str, dict[str, PrintedScores]] = {
    backbone: {
        dataset: PrintedScores(top1)
        for dataset, top1 in zip(("auc-v1", "auc-v2", "stanford40", "ppmi24", "food101"), row, strict=True)
    }
    for backbone, row in {
        "resnet50": (90.63, 74.10, 76.46, 75.33, 80.04),
        "inception-v3": (94.70, 69.56, 70.94, 69.13, 78.34),
        "densenet121": (95.00, 77.65, 78.64, 81.29, 82.70),
        "nasnet-mobile": (94.00, 58.38, 75.20, 70.41, 79.16),
        "vgg16": (94.80, 76.13, 63.00, 72.78, 74.93),
    }.items()
}
"""The plain backbones."""


class PrintedAblation(NamedTuple):
    """A row of Table VII or VIII: top-1 with ResNet-50, in percent."""

    stanford40: float
    ppmi24: float
    auc_v2: float

    def by_dataset(self) -> dict[str, float]:
        """The accuracies by the names of `DATASET_TITLES`."""
        return {"stanford40": self.stanford40, "ppmi24": self.ppmi24, "auc-v2": self.auc_v2}


TABLE_VII: dict[str, PrintedAblation] = {
    "Base ResNet-50": PrintedAblation(76.46, 75.33, 74.10),
    "+SRs (8 P-SRs + 28 S-SRs)": PrintedAblation(85.71, 84.00, 90.34),
    "+Intra-Attention": PrintedAblation(87.53, 89.66, 90.72),
    "+Inter-Attention": PrintedAblation(97.37, 97.33, 94.25),
    "+Classification (only GMP)": PrintedAblation(97.46, 97.58, 94.54),
    "+Classification (GAP & GMP)": PrintedAblation(97.83, 97.66, 94.56),
    "SR (using Mask RCNN)": PrintedAblation(90.13, 87.46, 83.75),
    "SR (using CNN feature clustering)": PrintedAblation(96.39, 95.07, 87.39),
}
"""By the row's name in the paper."""


class PrintedCounts(NamedTuple):
    """What Table VIII counts in a row; a row of secondary regions only counts its clusters as P-SR all the same.

    Attributes:
        part: P-SR, S-SR or Both.
        primary, secondary, total: numbers of regions.
    """

    part: str
    primary: int
    secondary: int
    total: int


TABLE_VIII: dict[PrintedCounts, PrintedAblation] = {
    PrintedCounts("P-SR", 4, 0, 4): PrintedAblation(85.61, 86.70, 83.13),
    PrintedCounts("P-SR", 6, 0, 6): PrintedAblation(85.56, 87.21, 81.93),
    PrintedCounts("P-SR", 8, 0, 8): PrintedAblation(88.67, 87.67, 83.70),
    PrintedCounts("P-SR", 10, 0, 10): PrintedAblation(88.38, 89.33, 85.79),
    PrintedCounts("P-SR", 16, 0, 16): PrintedAblation(91.18, 90.51, 84.02),
    PrintedCounts("S-SR", 4, 6, 6): PrintedAblation(91.96, 93.30, 85.97),
    PrintedCounts("S-SR", 6, 15, 15): PrintedAblation(96.04, 96.33, 92.95),
    PrintedCounts("S-SR", 8, 28, 28): PrintedAblation(97.18, 97.70, 94.88),
    PrintedCounts("S-SR", 10, 26, 26): PrintedAblation(96.90, 97.70, 91.75),
    PrintedCounts("S-SR", 16, 20, 20): PrintedAblation(95.51, 96.33, 88.58),
    PrintedCounts("S-SR", 10, 36, 36): PrintedAblation(97.60, 97.70, 93.37),
    PrintedCounts("S-SR", 16, 36, 36): PrintedAblation(97.09, 97.07, 94.51),
    PrintedCounts("Both", 4, 6, 10): PrintedAblation(93.92, 94.48, 88.56),
    PrintedCounts("Both", 6, 15, 21): PrintedAblation(96.61, 96.83, 94.15),
    PrintedCounts("Both", 8, 28, 36): PrintedAblation(97.83, 97.66, 94.56),
    PrintedCounts("Both", 10, 26, 36): PrintedAblation(97.16, 97.51, 92.16),
    PrintedCounts("Both", 16, 20, 36): PrintedAblation(96.51, 97.02, 88.62),
}

CLASS_AP: dict[str, dict[str, float]] = {
    "stanford40": {
        "playing_guitar": 99.47,
        "waving_hands": 90.45,
        "playing_violin": 100.0,
        "looking_through_a_microscope": 100.0,
    },
    "ppmi24": {"playing saxophone": 100.0, "playing violin": 100.0},
}
"""Average precision of single classes that the text gives of Figs. 6 and 8, by data set."""

CLASS_TOP1: dict[str, dict[str, float]] = {"food101": {"steak": 90.40, "chicken_curry": 99.20}}
"""Accuracy of single classes that the text gives of Fig. 9, by data set: the worst of all and the thirtieth."""
