"""What a training step of AG-Net costs beside its bare backbone's: `python -m train.studies.step_cost --json FILE`.

One step each of the bare backbone, of AG-Net with regions from the loader, and of the reference (AG-Net as printed), in
turn, again and again: what else the machine does slows all three alike, and the ratios of the medians hold. The
loader's regions are timed between the steps, image by image, on augmented images.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel
from rich.table import Table

from engines.activities import ACTIVITY_CODES
from engines.benchmarks.timing import timed
from engines.classify import find_images
from engines.command import positive_number, run_command
from engines.command_parser import CommandParser
from engines.files.console import PrintableConsole, track
from engines.files.images import require_image
from engines.files.output import prepare_file, write_atomic
from engines.malloc_settings import keep_freed_memory
from engines.regions import propose_regions
from engines.view import model_view
from train.command import backbone_name
from train.data.augmentation import Augmentation, without_surplus
from train.export import reference_frames
from train.loop.training_step import training_step
from train.models.agnet import AGNet
from train.models.model_kind import ModelKind
from train.models.network import NetworkSettings, build_network
from train.recipes import Recipe, load_recipe, recipe_names
from train.studies.literal_agnet import ReferenceAGNet

_WARM_UP = 1
MAX_RATIO, MAX_REGIONS_MS = 1.5, 20.0
"""What a step may cost, as a ratio to the bare backbone's, and an image's regions, in milliseconds of one core."""


class TrainingStepCost(BaseModel):
    """Medians over the rounds; seconds of a step on one batch, milliseconds of an image on one core.

    Attributes:
        backbone_s, agnet_s: the step of the bare backbone and of AG-Net; regions come with the batch.
        reference_s: the step of the reference, which finds the regions itself; None where it was left out.
        regions_ms: the loader's regions of one image in processor time, `regions_wall_ms` by the clock.
        agnet_over_backbone: ratio of two steps, regions excluded.
        reference_over_agnet: ratio of the reference's step to AG-Net's, whose regions other processes find.
        reference_over_agnet_with_regions: the same with the regions found one after another on AG-Net's own core.
    """

    backbone: str
    recipe: str
    view_size: int
    batch_size: int
    threads: int
    rounds: int
    backbone_s: float
    agnet_s: float
    reference_s: float | None
    regions_ms: float
    regions_wall_ms: float
    agnet_over_backbone: float
    reference_over_agnet: float | None
    reference_over_agnet_with_regions: float | None


def augmented_views(frames: Sequence[NDArray[np.uint8]], recipe: Recipe) -> Iterator[NDArray[np.uint8]]:
    """Views (S, S, 3) as a training loader makes them, the frames in turn without end."""
    augmentation = Augmentation(recipe.augmentation)
    while True:
        for frame in frames:
            yield model_view(augmentation(without_surplus(frame, recipe.view_size)), recipe.view_size)


def measure_step_cost(
    backbone: str, recipe: Recipe, frames: Sequence[NDArray[np.uint8]], rounds: int, *, reference: bool = True
) -> TrainingStepCost:
    """Measure on the CPU with torch's current number of threads.

    Args:
        backbone: its name, see `create_backbone`; its weights are random, which changes no time.
        recipe: batch, view, optimiser, augmentation, frozen parts.
        frames: (H, W, 3) uint8 RGB images to train on, any number.
        rounds: how often each step is taken, after one that does not count.
        reference: take the reference's steps too.

    Raises:
        UserError: when the recipe's view or frozen parts do not suit the backbone.
    """
    keep_freed_memory()  # as a training does
    settings = NetworkSettings(backbone=backbone, classes=len(ACTIVITY_CODES), view_size=recipe.view_size)
    frozen = (recipe.frozen, recipe.frozen_statistics)
    bare = build_network(settings.model_copy(update={"model": ModelKind.BASELINE}), "none", *frozen)
    agnet = build_network(settings, "none", *frozen)
    assert isinstance(agnet, AGNet)
    steps = {
        "backbone": training_step(bare, bare, recipe, settings.classes),
        "agnet": training_step(agnet, agnet, recipe, settings.classes),
    }
    if reference:
        loop = ReferenceAGNet(agnet, settings.kappa)
        steps["reference"] = training_step(lambda images, _regions: loop(images), loop, recipe, settings.classes)
    views = augmented_views(frames, recipe)
    times: dict[str, list[float]] = {name: [] for name in (*steps, "regions", "regions_wall")}
    cv2.setNumThreads(1)
    for taken in track(range(_WARM_UP + rounds), description="measuring", transient=True):
        batch = [next(views) for _ in range(recipe.batch_size)]
        found: dict[str, list[float]] = {"regions": [], "regions_wall": []}
        boxes = []
        for view in batch:
            proposal, seconds = timed(lambda: propose_regions(view, settings.kappa), time.thread_time)  # noqa: B023
            boxes.append(proposal.boxes)
            found["regions"].append(seconds.core)
            found["regions_wall"].append(seconds.wall)
        images, regions = torch.from_numpy(np.stack(batch)), torch.from_numpy(np.stack(boxes))
        for name, step in steps.items():
            found[name] = [timed(lambda: step(images, regions))[1].wall]  # noqa: B023
        if taken >= _WARM_UP:
            for name, values in found.items():
                times[name] += values
    middle = {name: median(values) for name, values in times.items()}
    with_regions = middle["agnet"] + recipe.batch_size * middle["regions_wall"]
    return TrainingStepCost(
        backbone=backbone,
        recipe=recipe.name,
        view_size=recipe.view_size,
        batch_size=recipe.batch_size,
        threads=torch.get_num_threads(),
        rounds=rounds,
        backbone_s=middle["backbone"],
        agnet_s=middle["agnet"],
        reference_s=middle.get("reference"),
        regions_ms=1e3 * middle["regions"],
        regions_wall_ms=1e3 * middle["regions_wall"],
        agnet_over_backbone=middle["agnet"] / middle["backbone"],
        reference_over_agnet=middle["reference"] / middle["agnet"] if reference else None,
        reference_over_agnet_with_regions=middle["reference"] / with_regions if reference else None,
    )


def print_cost(cost: TrainingStepCost) -> None:
    """The measurement as people read it, beside what it may be."""
    table = Table(
        title=f"{cost.backbone}, {cost.view_size} px, batch {cost.batch_size}, recipe {cost.recipe}, "
        f"{cost.threads} threads, median of {cost.rounds}"
    )
    for heading in ("", "measured", "wanted"):
        table.add_column(heading, no_wrap=True)
    table.add_row("step of the bare backbone", f"{cost.backbone_s:.3f} s")
    table.add_row("step of AG-Net, regions excluded", f"{cost.agnet_s:.3f} s")
    table.add_row("AG-Net over the backbone", f"{cost.agnet_over_backbone:.2f}×", f"at most {MAX_RATIO}×")
    by_clock = f"{cost.regions_ms:.1f} ms ({cost.regions_wall_ms:.1f} by the clock)"
    table.add_row("regions of an image on one core", by_clock, f"at most {MAX_REGIONS_MS:.0f} ms")
    if cost.reference_s is not None:
        table.add_row("step of the reference", f"{cost.reference_s:.3f} s")
        table.add_row("reference over AG-Net", f"{cost.reference_over_agnet:.2f}×")
        table.add_row("the same, regions on AG-Net's core", f"{cost.reference_over_agnet_with_regions:.2f}×")
    PrintableConsole(width=100).print(table)


def read_frames(paths: Sequence[Path]) -> list[NDArray[np.uint8]]:
    """All images that the paths name. Raises `UserError` when there are none or one cannot be read."""
    frames = []
    for path in find_images(paths).paths:
        frame = require_image(path, "leave it out, or save it as JPEG or PNG")
        frames.append(frame)
    return frames


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = CommandParser(
        prog="python -m train.studies.step_cost", description="The cost of a training step on the CPU, as ratios."
    )
    parser.add_argument(
        "--backbone", type=backbone_name, default="efficientnet-lite0", metavar="NAME", help="(efficientnet-lite0)"
    )
    parser.add_argument("--recipe", default="default", help=f"{', '.join(recipe_names())}, or a TOML file (default)")
    parser.add_argument("--batch-size", type=positive_number, metavar="B", help="instead of the recipe's")
    parser.add_argument("--images", type=Path, nargs="+", metavar="PATH", help="files or folders (simulated drivers)")
    parser.add_argument("--rounds", type=positive_number, default=8, metavar="N", help="steps of each network (8)")
    parser.add_argument("--threads", type=positive_number, metavar="N", help="of torch (as many as there are cores)")
    parser.add_argument("--no-reference", action="store_true", help="leave the reference out")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    args = parser.parse_args(argv)
    recipe = load_recipe(args.recipe)
    if args.batch_size:
        recipe = recipe.model_copy(update={"batch_size": args.batch_size})
    if args.json:
        prepare_file(args.json)
    if args.threads:
        torch.set_num_threads(args.threads)
    frames = read_frames(args.images) if args.images else reference_frames()
    cost = measure_step_cost(args.backbone, recipe, frames, args.rounds, reference=not args.no_reference)
    print_cost(cost)
    if args.json:
        write_atomic(args.json, cost.model_dump_json(indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
