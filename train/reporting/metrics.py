"""Metrics of a trained network on a set of images, as `metrics.json` holds them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel
from torch import Tensor
from torch.nn import functional as F
from torchmetrics.functional.classification import (
    multiclass_accuracy,
    multiclass_average_precision,
    multiclass_calibration_error,
    multiclass_confusion_matrix,
)

from train.data.images import LabelledImage

_CALIBRATION_BINS = 15


class ClassMetrics(BaseModel):
    """One class's results: accuracy is recall; precision and average precision are None where undefined."""

    name: str
    count: int
    accuracy: float | None
    precision: float | None
    average_precision: float | None


class DriverMetrics(BaseModel):
    """One driver's results."""

    driver: str
    count: int
    top1: float
    log_loss: float


class Metrics(BaseModel):
    """Results on one set of images. Fractions lie in 0..1; log loss in nats; ece uses 15 bins (Guo et al. 2017)."""

    images: int
    top1: float
    top5: float | None
    map: float
    log_loss: float
    ece: float
    per_class: list[ClassMetrics]
    per_driver: list[DriverMetrics]
    confusion: list[list[int]]
    """Rows are true classes, columns predicted ones."""


def measure(logits: Tensor, images: Sequence[LabelledImage], classes: Sequence[str]) -> Metrics:
    """Metrics of (N, K) logits of the images."""
    count = len(classes)
    labels = torch.tensor([image.label for image in images])
    probabilities = torch.softmax(logits, dim=1)
    losses = F.cross_entropy(logits, labels, reduction="none")
    right = (logits.argmax(dim=1) == labels).float()
    confusion = multiclass_confusion_matrix(logits, labels, count)
    present = torch.bincount(labels, minlength=count) > 0
    precisions = multiclass_average_precision(probabilities, labels, count, average="none")
    assert isinstance(precisions, Tensor)
    return Metrics(
        images=len(images),
        top1=float(right.mean()),
        top5=float(multiclass_accuracy(logits, labels, count, average="micro", top_k=5)) if count > 5 else None,
        map=float(precisions[present].mean()),
        log_loss=float(losses.mean()),
        ece=float(multiclass_calibration_error(probabilities, labels, count, n_bins=_CALIBRATION_BINS)),
        per_class=_per_class(confusion.numpy(), precisions, classes),
        per_driver=_per_driver(images, right, losses),
        confusion=confusion.tolist(),
    )


def _per_class(confusion: NDArray[np.int64], precisions: Tensor, classes: Sequence[str]) -> list[ClassMetrics]:
    rows = []
    for index, name in enumerate(classes):
        hits, true, predicted = confusion[index, index], confusion[index].sum(), confusion[:, index].sum()
        rows.append(
            ClassMetrics(
                name=name,
                count=int(true),
                accuracy=float(hits / true) if true else None,
                precision=float(hits / predicted) if predicted else None,
                average_precision=float(precisions[index]) if true else None,
            )
        )
    return rows


def _per_driver(images: Sequence[LabelledImage], right: Tensor, losses: Tensor) -> list[DriverMetrics]:
    drivers = np.array([image.driver or "" for image in images])
    rows = []
    for driver in sorted(set(drivers) - {""}):
        chosen = torch.from_numpy(drivers == driver)
        top1, log_loss = (float(values[chosen].mean()) for values in (right, losses))
        rows.append(DriverMetrics(driver=driver, count=int(chosen.sum()), top1=top1, log_loss=log_loss))
    return rows
