"""Plots of a run: confusion matrix, curves, classes, what regions are worth; and bars beside the paper's figures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from engines.activities import ACTIVITY_CODES, Activity
from engines.files.output import write_atomic
from train.reporting.metrics import ClassMetrics

_NUMBERS_UP_TO = 25
"""More classes than this make the numbers in a confusion matrix unreadable."""

_LARGEST_INCHES = 22.0
_CLASSES_A_COLUMN = 64


def save_figure(figure: Figure, path: Path, dpi: int = 130) -> None:
    """Write a plot as what the file's ending says, PNG or PDF. Raises `UserError` when it cannot be written."""
    content = io.BytesIO()
    figure.savefig(content, dpi=dpi, format=path.suffix.removeprefix("."))
    write_atomic(path, content.getvalue())


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
    save_figure(figure, path)


def plot_classes(
    classes: Sequence[ClassMetrics],
    title: str,
    path: Path,
    paper: Mapping[str, float] | None = None,
    papers_metric: str = "AP",
) -> None:
    """Draw accuracy (bars) and average precision (points) of classes, from the top, to a PNG file.

    Args:
        classes: those to draw, with at least one image each.
        title: of the plot.
        path: of the plot.
        paper: the paper's figures by class, fractions.
        papers_metric: what they are, ``AP`` or ``accuracy``.
    """
    columns = -(-len(classes) // _CLASSES_A_COLUMN)
    height = -(-len(classes) // columns)
    figure = Figure(figsize=(3.0 + 4.2 * columns, 1.4 + 0.21 * height), layout="constrained")
    figure.suptitle(title, fontsize=11)
    paper = paper or {}
    for column, axes in enumerate(figure.subplots(1, columns, squeeze=False)[0]):
        rows = classes[column * height : (column + 1) * height]
        ys = range(len(rows))
        accuracies = [100 * (row.accuracy or 0.0) for row in rows]
        axes.barh(ys, accuracies, color="#9ec5e8", label="accuracy")
        precisions = [100 * (row.average_precision or 0.0) for row in rows]
        axes.plot(precisions, ys, "o", color="#1f4e79", markersize=3.5, label="AP")
        for y, accuracy in zip(ys, accuracies, strict=True):
            axes.text(101.5, y, f"{accuracy:.1f}", va="center", fontsize=7)
        printed = [(100 * paper[row.name], y) for y, row in enumerate(rows) if row.name in paper]
        if printed:
            axes.plot(*zip(*printed, strict=True), "D", color="#d62728", markersize=5, label=f"paper's {papers_metric}")
        axes.text(101.5, -0.75, "accuracy", va="bottom", fontsize=7)
        axes.set_yticks(range(len(rows)), [_shown(row.name) for row in rows], fontsize=7.5)
        axes.set(xlabel="%", xlim=(0, 101), ylim=(len(rows) - 0.4, -0.6))
        axes.grid(axis="x", alpha=0.3)
        axes.set_axisbelow(True)
    legend = {
        label: handle for axes in figure.axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(legend.values(), legend.keys(), loc="outside lower center", ncols=3, fontsize=8)
    save_figure(figure, path)


def _shown(name: str) -> str:
    """A class's name as people read it: an activity's code with its title."""
    if name in ACTIVITY_CODES:
        activity = Activity.parse(name)
        return f"{name.upper()} {activity.title}"
    return name.replace("_", " ")


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
                # An epoch that was interrupted and done again is logged twice, under the same step: the last counts.
                by_step = {scalar.step: scalar.value for scalar in events.Scalars(name)}
                values = [by_step[step] for step in sorted(by_step)]
                axes.plot(range(1, len(values) + 1), values, marker="o", markersize=3, label=name)
        axes.set(xlabel="epoch", ylabel=label)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    save_figure(figure, path)


def plot_beside_paper(
    names: Sequence[str],
    ours: Sequence[float],
    papers: Mapping[str, Sequence[float]],
    title: str,
    path: Path,
    parts: Sequence[str] = (),
) -> None:
    """Draw our accuracies as bars, one a row, and the paper's as marks on the same lines, to a PNG file.

    Args:
        names: of the rows, from the top.
        ours: fractions.
        papers: fractions by what the paper took them on.
        title: of the plot.
        path: of the plot.
        parts: the part of the table that each row is in; a gap divides them.
    """
    parts = parts or [""] * len(names)
    gaps = np.cumsum([0.0, *(0.6 * (first != second) for first, second in pairwise(parts))])
    ys = np.arange(len(names)) + gaps
    figure = Figure(figsize=(9.5, 1.6 + 0.36 * (ys[-1] + 1)), layout="constrained")
    axes = figure.add_subplot()
    percent = [100 * value for value in ours]
    axes.barh(ys, percent, height=0.7, color="#9ec5e8", label="ours")
    for y, value in zip(ys, percent, strict=True):
        axes.text(1, y, f"{value:.1f}", va="center", fontsize=8)
    for mark, (name, values) in zip("osD^v", papers.items(), strict=False):
        axes.plot([100 * value for value in values], ys, mark, markersize=5, label=f"paper, {name}", alpha=0.85)
    axes.set_yticks(ys, names, fontsize=9)
    axes.invert_yaxis()
    axes.set(xlabel="top-1, %", xlim=(0, 100.5))
    figure.suptitle(title, fontsize=10)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    figure.legend(loc="outside lower center", ncols=4, fontsize=8)
    save_figure(figure, path)


def plot_region_importance(
    top1: Mapping[str, float], log_loss: Mapping[str, float], slot_weights: Sequence[float], title: str, path: Path
) -> None:
    """Draw accuracy and log loss by what replaces the regions, and each slot's weight, to a PNG file.

    Args:
        top1: fractions by replacement, from the top.
        log_loss: nats, by the same replacements.
        slot_weights: mean region weights, the whole image last.
        title: of the plot.
        path: of the plot.
    """
    figure = Figure(figsize=(10, 5.2), layout="constrained")
    figure.suptitle(title, fontsize=11)
    grid = figure.add_gridspec(2, 2)
    left, right = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    ys = range(len(top1))
    for axes, values, digits, label in (
        (left, [100 * value for value in top1.values()], ".1f", "top-1, %"),
        (right, list(log_loss.values()), ".3f", "log loss, nats"),
    ):
        axes.barh(ys, values, color="#9ec5e8")
        axes.axvline(values[0], color="#1f4e79", linewidth=1)
        for y, value in enumerate(values):
            axes.text(0.01 * max(values), y, f"{value:{digits}}", va="center", fontsize=8)
        axes.set_yticks(ys, list(top1) if axes is left else [""] * len(top1), fontsize=9)
        axes.set(xlabel=label)
        axes.invert_yaxis()
    axes = figure.add_subplot(grid[1, :])
    axes.bar(range(1, len(slot_weights)), slot_weights[:-1], color="#9ec5e8", label="region")
    axes.bar(len(slot_weights), slot_weights[-1], color="#1f4e79", label="whole image")
    axes.axhline(1 / len(slot_weights), color="#d62728", linewidth=1, label="all alike")
    axes.set(xlabel="region slot", ylabel="mean weight")
    axes.legend(fontsize=8, ncols=3)
    save_figure(figure, path)


Interval = tuple[float, float | None, float | None]
"""A value, and from where to where it may lie, if that is known."""


def plot_differences(
    names: Sequence[str],
    panels: Mapping[str, Mapping[str, Sequence[Interval | None]]],
    title: str,
    path: Path,
) -> None:
    """Draw values with their intervals about zero, points in rows, to a PNG file.

    Args:
        names: of the rows, from the top.
        panels: by the panel's title and the name of a series of points, at most two a panel: a value a row.
        title: of the plot.
        path: of the plot.
    """
    figure = Figure(figsize=(2.5 + 4.5 * len(panels), 1.9 + 0.45 * len(names)), layout="constrained")
    figure.suptitle(title, fontsize=10)
    styles = ({"color": "#1f4e79"}, {"color": "#e08214", "markerfacecolor": "white"})
    for axes, (panel, series) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        axes.axvline(0, color="#888888", linewidth=1)
        for offset, style, (label, values) in zip((-0.14, 0.14), styles, series.items(), strict=False):
            handle = None
            for row, value in enumerate(values):
                if value is None:
                    continue
                mean, low, high = value
                if low is not None and high is not None:
                    axes.plot([low, high], [row + offset] * 2, color=style["color"], linewidth=1.8)
                (handle,) = axes.plot(mean, row + offset, "o", markersize=6, **style)
            if handle is not None:
                handle.set_label(label)
        axes.set_yticks(range(len(names)), names if axes is figure.axes[0] else [""] * len(names), fontsize=9)
        axes.set(xlabel="difference of log loss, nats", ylim=(len(names) - 0.5, -0.5))
        axes.set_title(panel, fontsize=9)
        axes.grid(axis="x", alpha=0.3)
        axes.set_axisbelow(True)
    legend = {
        label: handle for axes in figure.axes for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(legend.values(), legend.keys(), loc="outside lower center", ncols=2, fontsize=8)
    save_figure(figure, path)
