"""How well a confidence is calibrated: reliability diagram and expected calibration error (Guo et al., ICML 2017)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from train.reporting.plots import save_figure

BINS = 15
"""Equal widths of confidence, as in the paper."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """Predictions in B bins of equal width by their confidence.

    Attributes:
        counts: (B,) int64 predictions.
        confidence: (B,) mean confidence; NaN where there is none.
        accuracy: (B,) fraction that is correct; NaN where there is none.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @classmethod
    def of(cls, probabilities: NDArray[np.float32], labels: NDArray[np.intp], bins: int = BINS) -> Reliability:
        """Sort (N, K) probabilities, with their (N,) labels, into bins."""
        confidence = probabilities.max(axis=1).astype(np.float64)
        correct = (probabilities.argmax(axis=1) == labels).astype(np.float64)
        which = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
        counts = np.bincount(which, minlength=bins)
        divisor = np.where(counts > 0, counts, np.nan)
        return cls(
            counts,
            np.bincount(which, weights=confidence, minlength=bins) / divisor,
            np.bincount(which, weights=correct, minlength=bins) / divisor,
        )

    @property
    def ece(self) -> float:
        """Expected calibration error, 0..1: the gap between confidence and accuracy, weighted by the predictions."""
        gaps = np.nan_to_num(np.abs(self.confidence - self.accuracy))
        return float((gaps * self.counts).sum() / max(1, self.counts.sum()))


def draw(diagrams: Mapping[str, Reliability], path: Path) -> None:
    """Write reliability diagrams side by side as a PNG. Raises `UserError` when it cannot be written."""
    figure = Figure(figsize=(4.2 * len(diagrams), 4.4), layout="constrained")
    for index, (title, diagram) in enumerate(diagrams.items()):
        axes = figure.add_subplot(1, len(diagrams), index + 1)
        edges = np.linspace(0.0, 1.0, len(diagram.counts) + 1)
        width = edges[1]
        correct, gap = np.nan_to_num(diagram.accuracy), np.nan_to_num(diagram.confidence - diagram.accuracy)
        axes.bar(edges[:-1], correct, width, align="edge", color="#3b7dd8", label="correct")
        axes.bar(edges[:-1], gap, width, correct, align="edge", color="#e0203a", alpha=0.3, label="gap")
        axes.plot([0, 1], [0, 1], "--", color="#555555", linewidth=1)
        axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="fraction that is correct", aspect="equal")
        axes.set_title(f"{title}\nECE {100.0 * diagram.ece:.1f} %, {int(diagram.counts.sum())} images")
        axes.legend(loc="upper left")
    save_figure(figure, path, 120)
