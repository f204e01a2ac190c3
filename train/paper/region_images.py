"""What the figures are drawn with: an image with keypoints, clusters, boxes or heat on it, and the grid they stand in.

Everything is placed in fractions 0..1 of the image, as regions are, so that an image keeps its own shape and sharpness
although its regions were found in the square model view.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, Rectangle
from matplotlib.patheffects import Stroke, withStroke
from numpy.typing import NDArray

from train.reporting.plots import save_figure

CLUSTER_COLOURS = ("#ff4d4d", "#ffa02e", "#ffe94a", "#6ee04b", "#2fd9c8", "#4aa3ff", "#b57bff", "#ff7ad9")
"""One for each of eight clusters, in their order from left to right; more clusters begin again."""

FIRST, SECOND, PAIR = "#ff3030", "#2ee03a", "#3d7bff"
"""The paper's red and green for two primary regions and blue for the secondary one around them."""

_OTHER_PART = "#cfd8dc"
_CELL_INCHES = 2.7
_TALLEST = 1.6
"""Height over width of the tallest cell; taller images get narrower in it."""

_DPI = 130
_CAPTION_INCHES = 0.2
_HEAT_OPACITY = 0.62
_PAIR_MARGIN = 0.008
_BOX_LINE = 2.0


def cluster_colour(number: int) -> str:
    """The colour of a cluster, the same in every figure."""
    return CLUSTER_COLOURS[number % len(CLUSTER_COLOURS)]


class Page:
    """A grid of images: a row an image, a column a step, with a heading over each column.

    Args:
        title: printed above.
        headings: one for each column.
        shapes: the pixel shape (H, W, …) of each row's image.
    """

    def __init__(self, title: str, headings: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> None:
        heights = [_CELL_INCHES * min(shape[0] / shape[1], _TALLEST) + _CAPTION_INCHES for shape in shapes]
        size = (_CELL_INCHES * len(headings), sum(heights) + 0.75)
        self._figure = Figure(figsize=size, layout="constrained", dpi=_DPI)
        self._figure.get_layout_engine().set(w_pad=0.03, h_pad=0.03, wspace=0.01, hspace=0.01)  # type: ignore[call-arg,union-attr]
        self._figure.suptitle(title, fontsize=12, fontweight="bold")
        self._axes = self._figure.subplots(len(shapes), len(headings), squeeze=False, height_ratios=heights)
        for axes, heading in zip(self._axes[0], headings, strict=True):
            axes.set_title(heading, fontsize=10, pad=6)

    def cell(self, row: int, column: int, pixels: NDArray[np.uint8], caption: str = "") -> Axes:
        """The axes of a row and column with an (H, W, 3) image in it and a line of text below."""
        axes: Axes = self._axes[row, column]
        show_image(axes, pixels)
        # A long name keeps its end, which differs between files.
        axes.set_xlabel(caption if len(caption) <= 44 else f"…{caption[-43:]}", fontsize=8, labelpad=3)
        return axes

    def save(self, path: Path) -> None:
        """Write the page as what the file's ending says, PNG or PDF. Raises `UserError` when it cannot be written."""
        save_figure(self._figure, path, _DPI)


def show_image(axes: Axes, pixels: NDArray[np.uint8]) -> None:
    """Fill axes with an (H, W, 3) image; its corners get the coordinates (0, 0) and (1, 1)."""
    axes.imshow(pixels, extent=(0, 1, 1, 0), aspect=pixels.shape[0] / pixels.shape[1], interpolation="bicubic")
    axes.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(1, 0))
    for spine in axes.spines.values():
        spine.set_visible(False)


def draw_keypoints(axes: Axes, points: NDArray[np.float64]) -> None:
    """Rings at (N, 2) positions."""
    for edge, width in (("black", 1.6), ("#ffe94a", 0.9)):
        axes.scatter(points[:, 0], points[:, 1], s=15, facecolors="none", edgecolors=edge, linewidths=width)


def draw_clusters(axes: Axes, points: NDArray[np.float64], clusters: NDArray[np.intp]) -> None:
    """Each cluster's (N, 2) points in its colour, with the ellipse of two standard deviations around them."""
    for number in range(int(clusters.max()) + 1):
        members = points[clusters == number]
        colour = cluster_colour(number)
        x, y = members.T
        axes.scatter(x, y, s=11, color=colour, edgecolors="black", linewidths=0.4, zorder=3)
        if len(members) > 2:
            _draw_ellipse(axes, members, colour)


def _draw_ellipse(axes: Axes, members: NDArray[np.float64], colour: str) -> None:
    # A line of points would have no width: a hundredth of the image is the smallest that can be seen.
    variances, directions = np.linalg.eigh(np.cov(members.T))
    width, height = 4 * np.sqrt(np.maximum(variances, 0.0025**2))
    angle = np.degrees(np.arctan2(directions[1, 0], directions[0, 0]))
    axes.add_patch(
        Ellipse(
            tuple(members.mean(axis=0)),
            width,
            height,
            angle=angle,
            facecolor=(*to_rgb(colour), 0.08),
            edgecolor=colour,
            linewidth=1.4,
            path_effects=[withStroke(linewidth=2.4, foreground="black")],
        )
    )


def draw_box(axes: Axes, box: NDArray[np.float32], colour: str, label: str = "") -> None:
    """A box x0, y0, x1, y1 with a dark edge around its line, so that it is seen on any image."""
    x0, y0, x1, y1 = (float(value) for value in np.clip(box, 0.004, 0.996))
    edge = Stroke(linewidth=_BOX_LINE + 1.3, foreground="black", alpha=0.75)
    outline = [edge, Stroke(linewidth=_BOX_LINE, foreground=colour)]
    axes.add_patch(
        Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=colour, linewidth=_BOX_LINE, path_effects=outline)
    )
    if label:
        ground = {"facecolor": colour, "edgecolor": "none", "pad": 0.8}
        x, y = x0 + 0.012, y0 + 0.012
        axes.text(x, y, label, color="black", fontsize=7, fontweight="bold", va="top", bbox=ground)


def draw_primaries(axes: Axes, boxes: NDArray[np.float32], kappa: int) -> None:
    """The first κ boxes in their clusters' colours, numbered from 1."""
    for number in range(kappa):
        draw_box(axes, boxes[number], cluster_colour(number), str(number + 1))


def draw_secondaries(axes: Axes, boxes: NDArray[np.float32], kappa: int) -> None:
    """The boxes around pairs of primaries, thin enough that all of them can be distinguished."""
    for number in range(kappa, len(boxes)):
        # Equal sides would hide each other.
        inset = 0.004 * ((number - kappa) % 7)
        box = boxes[number] + np.array([inset, inset, -inset, -inset], dtype=np.float32)
        axes.add_patch(
            Rectangle(box[:2], box[2] - box[0], box[3] - box[1], fill=False, edgecolor=PAIR, linewidth=0.9, alpha=0.8)
        )


def draw_pair(
    axes: Axes, boxes: NDArray[np.float32], kappa: int, pair: tuple[int, int], *, secondary: bool = True
) -> None:
    """Two primary regions, and the secondary region around them unless it is left out, in the paper's colours."""
    if secondary:
        # A little larger than it is: its sides lie on those of the other two.
        margin = np.array([-_PAIR_MARGIN, -_PAIR_MARGIN, _PAIR_MARGIN, _PAIR_MARGIN], dtype=np.float32)
        draw_box(axes, boxes[pair_slot(kappa, pair)] + margin, PAIR)
    draw_box(axes, boxes[pair[0]], FIRST)
    draw_box(axes, boxes[pair[1]], SECOND)


def draw_parts(axes: Axes, boxes: NDArray[np.float32], names: Sequence[str], weights: NDArray[np.float32]) -> None:
    """Parts (P, 4) that a network looked at, by name and weight (P,), the one with the most weight last and in red."""
    for rank, part in enumerate(np.argsort(weights, kind="stable"), 1):
        colour = FIRST if rank == len(names) else _OTHER_PART
        draw_box(axes, boxes[part], colour, f"{names[part]} {weights[part]:.0%}")


def pair_slot(kappa: int, pair: tuple[int, int]) -> int:
    """Which of the R regions is the one around the primaries i < j."""
    return kappa + list(combinations(range(kappa), 2)).index(pair)


def draw_heat(axes: Axes, heat: NDArray[np.float32], shape: tuple[int, ...]) -> None:
    """Lay a map (h, w) ≥ 0 over an image of shape (H, W, …), from nothing (clear) to its largest value (red)."""
    enlarged = cv2.resize(heat, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    scaled = np.clip(enlarged / max(float(heat.max()), 1e-12), 0, 1)
    # Opacity follows the heat, so that what is cold stays as it was.
    opacity = _HEAT_OPACITY * np.sqrt(scaled)
    axes.imshow(scaled, extent=(0, 1, 1, 0), aspect=shape[0] / shape[1], cmap="turbo", vmin=0, vmax=1, alpha=opacity)


def draw_cells(axes: Axes, cells: NDArray[np.intp], kappa: int, shape: tuple[int, ...]) -> None:
    """Lay the clusters (h, w) of a feature map over an image of shape (H, W, …) in their colours."""
    colours = ListedColormap([cluster_colour(number) for number in range(kappa)])
    axes.imshow(
        cells,
        extent=(0, 1, 1, 0),
        aspect=shape[0] / shape[1],
        cmap=colours,
        vmin=-0.5,
        vmax=kappa - 0.5,
        alpha=0.55,
        interpolation="nearest",
    )
    x, y = ((np.arange(count) + 0.5) / count for count in cells.shape[::-1])
    for number in range(kappa):
        axes.contour(x, y, cells == number, levels=[0.5], colors="black", linewidths=0.7)
