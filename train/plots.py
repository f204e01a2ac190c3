"""Pictures of a run: its confusion matrix and its curves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

_NUMBERS_UP_TO = 25
"""More classes than this make the numbers in a confusion matrix unreadable."""

_LARGEST_INCHES = 22.0


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure).print_figure(path, dpi=130)


def plot_confusion(confusion: Sequence[Sequence[int]], classes: Sequence[str], title: str, path: Path) -> None:
    """Draw a confusion matrix, each row as percentages of its true class, to a PNG file."""
    counts = np.asarray(confusion, dtype=float)
    percent = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = min(max(4.5, 0.55 * len(classes)), _LARGEST_INCHES)
    letters = min(10.0, 60 * size / len(classes))  # points; a row of the matrix is 72 · size / classes high
    figure = Figure(figsize=(size + 1.2, size), layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(percent, cmap="Blues", vmin=0, vmax=100)
    axes.set(title=title, xlabel="predicted", ylabel="true")
    axes.set_xticks(range(len(classes)), classes, rotation=90, fontsize=letters)
    axes.set_yticks(range(len(classes)), classes, fontsize=letters)
    if len(classes) <= _NUMBERS_UP_TO:
        for row, column in np.ndindex(percent.shape):
            if counts[row, column]:
                colour = "white" if percent[row, column] > 55 else "black"
                text = f"{percent[row, column]:.0f}"
                axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)
    figure.colorbar(image, label="% of true class", shrink=0.8)
    _save(figure, path)


def plot_curves(event_folder: Path, path: Path) -> None:
    """Draw loss and accuracy over the epochs, from a run's TensorBoard logs, to a PNG file."""
    events = EventAccumulator(str(event_folder))
    events.Reload()
    logged = set(events.Tags()["scalars"])
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, names, label in (
        (left, ("train/loss_epoch", "validation/loss"), "loss"),
        (right, ("validation/top1",), "top-1"),
    ):
        for name in names:
            if name in logged:
                values = [scalar.value for scalar in events.Scalars(name)]
                axes.plot(range(1, len(values) + 1), values, marker="o", markersize=3, label=name)
        axes.set(xlabel="epoch", ylabel=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    _save(figure, path)
