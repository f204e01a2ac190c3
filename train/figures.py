"""The paper's Figs. 3, 4, 10 and 11 for any images: `python -m train.figures IMAGE… --output DIR [--run RUN]`.

3: keypoints → clusters → primary and secondary regions. 4: two primaries and the secondary around them. With a trained
run also 10: Grad-CAM with three regions, and 11: clusters of the last feature map instead of keypoints.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress

from engines.activities import ACTIVITY_CODES, Activity
from engines.classify import find_images
from engines.command import positive_number, run_command, whole_number
from engines.command_parser import CommandParser
from engines.driver_parts import PARTS
from engines.errors import UserError
from engines.files.console import PrintableConsole
from engines.files.images import require_image
from engines.files.output import prepare_folder
from engines.regions import PRIMARY_REGIONS, RegionProposal, propose_regions
from engines.view import model_view
from train.models.agnet import AGNet, AGNetWithoutAttention
from train.models.network import Network, build_network
from train.models.weights import load_run_weights
from train.models.zoom_net import ZoomNet
from train.paper.grad_cam import ClassActivation, class_activation
from train.paper.region_images import (
    Page,
    draw_cells,
    draw_clusters,
    draw_heat,
    draw_keypoints,
    draw_pair,
    draw_parts,
    draw_primaries,
    draw_secondaries,
    pair_slot,
)
from train.regions.feature_map import FeatureClusters, cluster_features
from train.regions.view_regions import RegionSource
from train.reporting.run_record import read_record

WITHOUT_A_RUN, WITH_A_RUN = (3, 4), (10, 11)
_LARGEST_KAPPA = 16


@dataclass(frozen=True, eq=False)
class Subject:
    """A trained network that figures are made of, and the names of its classes."""

    network: Network
    classes: Sequence[str]
    kappa: int
    view_size: int

    @property
    def sees_regions(self) -> bool:
        """Whether the network looks at regions that it is given."""
        return isinstance(self.network, (AGNet, AGNetWithoutAttention))


@dataclass(frozen=True, eq=False)
class Study:
    """One image and everything that was found in it.

    Attributes:
        pixels: (H, W, 3) uint8 RGB, the image as it is.
        proposal: its keypoint regions, found in the model view.
        points: (N, 2) the keypoints in 0..1.
        activation, feature_clusters: what a trained network makes of it, if there is one.
    """

    path: Path
    pixels: NDArray[np.uint8]
    kappa: int
    proposal: RegionProposal
    points: NDArray[np.float64]
    activation: ClassActivation | None = None
    feature_clusters: FeatureClusters | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W, 3)."""
        return self.pixels.shape


def open_run(run: Path) -> Subject:
    """A finished run's network, ready to look at images. Raises `UserError`, also when its regions are not AG-Net's."""
    try:
        record = read_record(run)
        network = build_network(record.settings.network)
        load_run_weights(network, run)
    except UserError as error:
        raise UserError(f"{run} is not a finished run ({error}): pass the folder that training wrote") from error
    settings, source = record.settings.network, record.settings.region_source
    if not settings.layout.keeps_all or source is not RegionSource.KEYPOINTS:
        raise UserError(
            f"{run} looks at {settings.layout.primary_count} primary and {settings.layout.pair_count} secondary "
            f"regions from {source.value}: the figures show all regions of clusters of keypoints; pass another --run"
        )
    return Subject(network.eval(), record.classes, settings.kappa, settings.view_size)


def study(path: Path, kappa: int, view_size: int, subject: Subject | None = None, target: int | None = None) -> Study:
    """Find everything in an image that the figures show. Raises `UserError` when it cannot be read."""
    pixels = require_image(path, "leave it out, or save it as JPEG or PNG")
    view = model_view(pixels, view_size)
    proposal = propose_regions(view, kappa)
    # OpenCV puts integer coordinates at pixel centres.
    found = Study(path, pixels, kappa, proposal, (proposal.keypoints + 0.5) / view_size)
    if subject is None:
        return found
    activation = class_activation(subject.network, torch.from_numpy(view), torch.from_numpy(proposal.boxes), target)
    clusters = cluster_features(activation.features.numpy(), kappa)
    return Study(path, pixels, kappa, proposal, found.points, activation, clusters)


def largest_pair(found: Study) -> tuple[int, int]:
    """The two primaries with the most keypoints; the first two of a grid."""
    return _pair_of(np.bincount(found.proposal.clusters, minlength=found.kappa))


def pair_weight(found: Study, pair: tuple[int, int]) -> float:
    """How much two primaries and the secondary around them weigh together, w_r of equation (3)."""
    assert found.activation is not None
    return float(found.activation.region_weights[[*pair, pair_slot(found.kappa, pair)]].sum())


def heaviest_pair(found: Study) -> tuple[int, int]:
    """The two primaries that count most in the network, together with the secondary region around them.

    Where all regions weigh the same, those with the most keypoints.
    """
    assert found.activation is not None
    if np.ptp(found.activation.region_weights[:-1].numpy()) < 1e-9:
        return largest_pair(found)
    return max(combinations(range(found.kappa), 2), key=lambda pair: pair_weight(found, pair))


def hottest_pair(found: Study) -> tuple[int, int]:
    """The two clusters of the feature map with the most class activation a cell."""
    assert found.activation is not None and found.feature_clusters is not None
    cells = found.feature_clusters.cells
    heat = found.activation.before.numpy()
    rows, columns = (np.arange(count) * small // count for count, small in zip(cells.shape, heat.shape, strict=True))
    spread = heat[rows[:, None], columns]
    return _pair_of(np.array([spread[cells == cluster].mean() for cluster in range(found.kappa)]))


def _pair_of(values: NDArray[np.generic]) -> tuple[int, int]:
    first, second = sorted(int(index) for index in np.argsort(-np.asarray(values), kind="stable")[:2])
    return first, second


def class_title(name: str) -> str:
    """A class as people read it: ``C6 Drinking`` for ``c6``, other names as they are."""
    if name not in ACTIVITY_CODES:
        return name.replace("_", " ")
    activity = Activity.parse(name)
    return f"{activity.label} {activity.title}"


def figure_3(studies: Sequence[Study]) -> Page:
    """Image → keypoints → clusters → primary regions → secondary regions."""
    kappa = studies[0].kappa
    secondaries = kappa * (kappa - 1) // 2
    headings = (
        "image",
        "SIFT keypoints",
        f"{kappa} clusters (Gaussian mixture)",
        f"{kappa} primary regions",
        f"{secondaries} secondary regions",
    )
    page = Page("Semantic regions from keypoints", headings, [found.shape for found in studies])
    for row, found in enumerate(studies):
        page.cell(row, 0, found.pixels, found.path.name)
        draw_keypoints(page.cell(row, 1, found.pixels, f"{len(found.points)} keypoints"), found.points)
        grid = found.proposal.fallback
        clusters = page.cell(row, 2, found.pixels, f"no clusters: {grid.value}" if grid else "")
        if grid is None:
            draw_clusters(clusters, found.points, found.proposal.clusters)
        draw_primaries(page.cell(row, 3, found.pixels, "even grid" if grid else ""), found.proposal.boxes, kappa)
        draw_secondaries(page.cell(row, 4, found.pixels), found.proposal.boxes, kappa)
    return page


def figure_4(studies: Sequence[Study], pair: tuple[int, int] | None) -> Page:
    """Image → two primary regions → the secondary region around them."""
    headings = ("image", "two primary regions", "the secondary region around them")
    page = Page("A secondary region", headings, [found.shape for found in studies])
    for row, found in enumerate(studies):
        chosen = pair or largest_pair(found)
        boxes = found.proposal.boxes
        page.cell(row, 0, found.pixels, found.path.name)
        draw_pair(page.cell(row, 1, found.pixels, _pair_name(chosen)), boxes, found.kappa, chosen, secondary=False)
        draw_pair(page.cell(row, 2, found.pixels), boxes, found.kappa, chosen)
    return page


def figure_10(studies: Sequence[Study], subject: Subject, pair: tuple[int, int] | None) -> Page:
    """Image → class activation before attention → after attention, with two primaries and their secondary.

    Or, for a network that finds parts of the driver, → those parts by name, with their weights.
    """
    headings = ["image", "Grad-CAM, last feature map"]
    if isinstance(subject.network, AGNet):
        headings.append("after attention, cell by cell")
    elif isinstance(subject.network, ZoomNet):
        headings.append("where it looked again")
    page = Page("Class activation and semantic regions", headings, [found.shape for found in studies])
    for row, found in enumerate(studies):
        activation = found.activation
        assert activation is not None
        page.cell(row, 0, found.pixels, found.path.name)
        probability = float(activation.probabilities[activation.target])
        axes = page.cell(row, 1, found.pixels, f"{class_title(subject.classes[activation.target])}: {probability:.0%}")
        heat_maps = [(axes, activation.before)]
        if activation.found_regions is not None:
            *weights, whole = activation.region_weights.tolist()
            parts = page.cell(row, 2, found.pixels, f"whole view {whole:.0%}")
            names = [part.value for part in PARTS]
            draw_parts(parts, activation.found_regions.numpy(), names, np.array(weights))
        chosen = (pair or heaviest_pair(found)) if subject.sees_regions else None
        if activation.after is not None and chosen is not None:
            whole = float(activation.region_weights[-1])
            caption = f"{_pair_name(chosen)}: {pair_weight(found, chosen):.0%}, whole image {whole:.0%}"
            heat_maps.append((page.cell(row, 2, found.pixels, caption), activation.after))
        for axes, heat in heat_maps:
            draw_heat(axes, heat.numpy(), found.shape)
            if chosen is not None:
                draw_pair(axes, found.proposal.boxes, found.kappa, chosen)
    return page


def figure_11(studies: Sequence[Study], pair: tuple[int, int] | None) -> Page:
    """Image → clusters of the feature map → two of their regions and the secondary around them."""
    kappa = studies[0].kappa
    headings = ("image", f"{kappa} clusters of the feature map", "two primary regions, one secondary")
    page = Page("Semantic regions from the feature map", headings, [found.shape for found in studies])
    for row, found in enumerate(studies):
        clusters = found.feature_clusters
        assert clusters is not None
        page.cell(row, 0, found.pixels, found.path.name)
        draw_cells(page.cell(row, 1, found.pixels), clusters.cells, kappa, found.shape)
        chosen = pair or hottest_pair(found)
        draw_pair(page.cell(row, 2, found.pixels, _pair_name(chosen)), clusters.boxes, kappa, chosen)
    return page


def _pair_name(pair: tuple[int, int]) -> str:
    return f"regions {pair[0] + 1} and {pair[1] + 1}"


def write_figures(
    images: Sequence[Path],
    output: Path,
    figures: Sequence[int],
    *,
    subject: Subject | None = None,
    kappa: int = PRIMARY_REGIONS,
    view_size: int = 224,
    target: int | None = None,
    pair: tuple[int, int] | None = None,
    rows: int = 6,
    pdf: bool = False,
) -> list[Path]:
    """Draw figures of images, at most `rows` images on a page, and return the files in the order they were written.

    Args:
        images: image files.
        output: the folder for ``figN.png``, or ``figN-1.png`` and so on where there are several pages.
        figures: which of 3, 4, 10 and 11; the last two need a subject.
        subject: a trained network; its κ and view size go before the two that follow.
        kappa: κ, the number of primary regions.
        view_size: S, the side of the view that regions are found in.
        target: the class of the activation maps; each image's most probable one when left out.
        pair: the two primaries i < j that are shown, from 0; otherwise what `largest_pair`, `heaviest_pair` and
            `hottest_pair` choose.
        rows: images on a page.
        pdf: write each page as PDF too.

    Raises:
        UserError: when an image cannot be read or a page cannot be written.
    """
    if subject is not None:
        kappa, view_size = subject.kappa, subject.view_size
    makers: dict[int, Callable[[Sequence[Study]], Page]] = {3: figure_3, 4: lambda studies: figure_4(studies, pair)}
    if subject is not None:
        network = subject
        makers[10] = lambda studies: figure_10(studies, network, pair)
        makers[11] = lambda studies: figure_11(studies, pair)
    written = []
    pages = [images[start : start + rows] for start in range(0, len(images), rows)]
    console = PrintableConsole(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("drawing", total=len(images))
        for number, paths in enumerate(pages, 1):
            studies = []
            for path in paths:
                studies.append(study(path, kappa, view_size, subject, target))
                progress.advance(task)
            for figure in figures:
                name = f"fig{figure}" if len(pages) == 1 else f"fig{figure}-{number}"
                page = makers[figure](studies)
                for suffix in (".png", ".pdf") if pdf else (".png",):
                    page.save(output / f"{name}{suffix}")
                    written.append(output / f"{name}{suffix}")
    return written


def _kappa(text: str) -> int:
    kappa = positive_number(text)
    if not 2 <= kappa <= _LARGEST_KAPPA:
        raise argparse.ArgumentTypeError(f"{kappa} primary regions: choose 2 to {_LARGEST_KAPPA}")
    return kappa


def _parser() -> argparse.ArgumentParser:
    parser = CommandParser(prog="python -m train.figures", description="Figs. 3, 4, 10 and 11 for any images.")
    parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE", help="image files, or folders of them")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="folder for the figures")
    parser.add_argument("--run", type=Path, metavar="RUN", help="a finished run: Figs. 10 and 11 are of its network")
    parser.add_argument(
        "--figures",
        type=whole_number,
        nargs="+",
        choices=(*WITHOUT_A_RUN, *WITH_A_RUN),
        help="which to draw (3 and 4, with --run all)",
    )
    parser.add_argument("--target", metavar="CLASS", help="the class of Fig. 10's maps (the most probable one)")
    parser.add_argument(
        "--pair", type=positive_number, nargs=2, metavar=("I", "J"), help="the primary regions to show, from 1"
    )
    parser.add_argument("--kappa", type=_kappa, metavar="N", help=f"primary regions without a run ({PRIMARY_REGIONS})")
    parser.add_argument("--view-size", type=positive_number, metavar="S", help="view in pixels without a run (224)")
    parser.add_argument("--rows", type=positive_number, default=6, metavar="N", help="images on a page (6)")
    parser.add_argument("--pdf", action="store_true", help="write PDF files too")
    return parser


def _chosen_figures(args: argparse.Namespace) -> list[int]:
    if args.figures is None:
        return [*WITHOUT_A_RUN, *(WITH_A_RUN if args.run else ())]
    wanting = [str(figure) for figure in args.figures if figure in WITH_A_RUN and not args.run]
    if wanting:
        raise UserError(
            f"Fig. {' and '.join(wanting)} shows a trained network: pass --run with a finished run's folder"
        )
    return sorted(set(args.figures))


def _chosen_pair(pair: Sequence[int] | None, kappa: int) -> tuple[int, int] | None:
    if pair is None:
        return None
    low, high = min(pair) - 1, max(pair) - 1
    if low == high or high >= kappa:
        raise UserError(f"--pair {pair[0]} {pair[1]}: name two different regions of 1 to {kappa}")
    return low, high


def main(argv: Sequence[str] | None = None) -> int:
    """Draw the figures."""
    args = _parser().parse_args(argv)
    figures = _chosen_figures(args)
    if args.run and (args.kappa or args.view_size):
        raise UserError("--kappa and --view-size are a run's own: leave them out with --run")
    if args.target and not args.run:
        raise UserError("--target is a class of a trained network: pass --run too")
    images = find_images(args.images).paths
    prepare_folder(args.output)
    subject = open_run(args.run) if args.run else None
    kappa = subject.kappa if subject else args.kappa or PRIMARY_REGIONS
    if subject and args.target and args.target not in subject.classes:
        raise UserError(f"the run has no class {args.target!r}: choose one of {', '.join(subject.classes)}")
    written = write_figures(
        images,
        args.output,
        figures,
        subject=subject,
        kappa=kappa,
        view_size=args.view_size or 224,
        target=subject.classes.index(args.target) if subject and args.target else None,
        pair=_chosen_pair(args.pair, kappa),
        rows=args.rows,
        pdf=args.pdf,
    )
    print("\n".join(str(path) for path in written))
    if args.figures is None and not args.run:
        hint = "Figs. 10 and 11 show a trained network: pass --run with a finished run's folder to have them too"
        print(hint, file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
