"""What a trained network makes of its regions.

`python -m train.studies.region_importance RUN… --dataset NAME --data DIR`.

Permutation importance (Breiman 2001) of the regions as a whole: the validation images are classified with their own
regions, with these in other slots, with another image's, with random boxes and with the whole image in every slot. A
network that looks at positions loses by it. Beside it, how far the attention between regions is from being the same for
all of them. Writes `region-importance.json` and `region-importance.png` into each run's folder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel
from rich.table import Table
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from engines.command import positive_number, run_command, whole_number
from engines.command_parser import CommandParser
from engines.errors import UserError
from engines.files.console import track
from engines.files.output import write_atomic
from train.command import add_workers_argument
from train.data.images import LabelledImage, Split, sample_evenly
from train.data.opencv_threads import one_opencv_thread, one_thread_a_worker
from train.datasets import DATASETS, add_dataset_arguments, parse_with_dataset
from train.export import read_run
from train.loop.view_dataset import ViewDataset
from train.models.agnet import AGNet, InterAttention
from train.models.network import Network
from train.regions.view_regions import KeypointRegions, RegionSource
from train.reporting.console import table_console
from train.reporting.plots import plot_region_importance
from train.reporting.run_record import RunRecord

_FILE = "region-importance"
_BATCH = 16
_WIDTH = 120


class Replacement(str, Enum):
    """What the network is given for an image's regions."""

    OWN = "its own"
    SHUFFLED = "its own, in other slots"
    OTHER_IMAGE = "another image's"
    RANDOM = "random boxes"
    WHOLE_IMAGE = "the whole image in every slot"


class ReplacementResult(BaseModel):
    """How the images were classified with one kind of regions.

    Attributes:
        top1: fraction of the images that were right.
        log_loss: nats.
        same_class: fraction of the images with the class that their own regions give.
    """

    top1: float
    log_loss: float
    same_class: float


class AttentionStatistics(BaseModel):
    """How far regions differ in the attention between them, equations (1) to (3), on average over the images.

    Attributes:
        delta: δ of equation (1), how much of the self-attention is added.
        tanh_argument: standard deviation of W_u f_r + W_u' f_r' + b_u, over pairs of regions and units; tanh is ±1
            beyond about 3.
        m_mean, m_deviation: mean of m_rr', and its standard deviation over an image's pairs.
        entropy: of the region weights w_r, nats; log(R + 1) for weights that are all alike.
    """

    delta: float
    tanh_argument: float
    m_mean: float
    m_deviation: float
    entropy: float


class RegionImportance(BaseModel):
    """What `region-importance.json` holds.

    Attributes:
        images: how many validation images.
        results: by what the regions were replaced with.
        attention: None for a network without it.
        slot_weights: mean w_r by slot, the whole image last.
    """

    images: int
    results: dict[Replacement, ReplacementResult]
    attention: AttentionStatistics | None
    slot_weights: list[float]


class _AttentionSums(defaultdict[str, float]):
    """Sums of an attention's figures over images, as a forward hook of `InterAttention`."""

    def __call__(self, module: InterAttention, inputs: tuple[Tensor], output: tuple[Tensor, Tensor]) -> None:
        flat = inputs[0].flatten(2)
        argument = module.w_u(flat).unsqueeze(2) + module.w_u_prime(flat).unsqueeze(1)  # (B, r, r', units)
        m = torch.sigmoid(module.w_m(torch.tanh(argument))).flatten(1)
        self["tanh_argument"] += float(argument.flatten(1).std(dim=1).sum())
        self["m_mean"] += float(m.mean(dim=1).sum())
        self["m_deviation"] += float(m.std(dim=1).sum())
        self["entropy"] += float(torch.special.entr(output[1]).sum())


def measure_importance(
    network: Network, record: RunRecord, run: Path, images: Sequence[LabelledImage], seed: int = 0, workers: int = 2
) -> RegionImportance:
    """Classify images with their own regions and with others instead.

    Args:
        network: with the trained weights.
        record: the run's.
        run: its folder.
        images: at least two.
        seed: samples the slots, the other images and the boxes.
        workers: loader processes.

    Raises:
        UserError: when the network looks at no regions, or at others than keypoints make; when there are fewer than
            two images, or one cannot be read.
    """
    settings = record.settings
    if not settings.network.model.uses_regions:
        raise UserError(f"{run} is a bare backbone, which looks at no regions: pass a run of another --model")
    if settings.region_source is not RegionSource.KEYPOINTS:
        raise UserError(f"the regions of {run} were found by another network: pass a run whose regions keypoints make")
    if len(images) < 2:
        raise UserError("another image's regions need at least two images: leave --limit out, or raise it")
    rng = np.random.default_rng(seed)
    # In random order, so that the image before is rarely a neighbour of the same drive.
    images = [images[index] for index in rng.permutation(len(images))]
    regions = KeypointRegions(settings.network.layout, settings.region_order)
    loader = DataLoader(
        ViewDataset(images, settings.network.view_size, None, regions),
        batch_size=_BATCH,
        num_workers=workers,
        worker_init_fn=one_thread_a_worker,
    )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network.to(device).eval()
    generator = torch.Generator().manual_seed(seed)
    logits: dict[Replacement, list[Tensor]] = {replacement: [] for replacement in Replacement}
    weights: list[Tensor] = []
    sums = _AttentionSums(float)
    before: Tensor | None = None
    with torch.inference_mode(), one_opencv_thread():
        for batch in track(loader, description=f"classifying for {run}", transient=True):
            own = batch["regions"]
            before = torch.roll(own, 1, dims=0)[:1] if before is None else before
            pixels = batch["image"].to(device)
            for replacement, boxes in replaced_regions(own, before, generator).items():
                hook = _observe(network, sums) if replacement is Replacement.OWN else None
                output = network(pixels, boxes.to(device))
                if hook is not None:
                    hook.remove()
                if replacement is Replacement.OWN:
                    weights.append(output.region_weights.float().cpu())
                logits[replacement].append(output.logits.float().cpu())
            before = own[-1:]
    labels = torch.tensor([image.label for image in images])
    classes = torch.cat(logits[Replacement.OWN]).argmax(dim=1)
    return RegionImportance(
        images=len(images),
        results={name: _result(torch.cat(parts), labels, classes) for name, parts in logits.items()},
        attention=_attention(network, sums, len(images)),
        slot_weights=torch.cat(weights).mean(dim=0).tolist(),
    )


def replaced_regions(own: Tensor, before: Tensor, generator: torch.Generator) -> dict[Replacement, Tensor]:
    """What replaces a batch's regions (B, R, 4); `before` (1, R, 4) are those of the image before it."""
    order = torch.rand(own.shape[:2], generator=generator).argsort(dim=1)
    corners = torch.rand(*own.shape[:2], 2, 2, generator=generator).sort(dim=2).values  # (B, R, low and high, x and y)
    return {
        Replacement.OWN: own,
        Replacement.SHUFFLED: own.gather(1, order.unsqueeze(2).expand_as(own)),
        Replacement.OTHER_IMAGE: torch.cat([before, own[:-1]]),
        Replacement.RANDOM: corners.flatten(2),
        Replacement.WHOLE_IMAGE: torch.tensor([0.0, 0.0, 1.0, 1.0]).expand_as(own).contiguous(),
    }


def _observe(network: Network, sums: _AttentionSums) -> torch.utils.hooks.RemovableHandle | None:
    return network.inter_attention.register_forward_hook(sums) if isinstance(network, AGNet) else None


def _result(logits: Tensor, labels: Tensor, own: Tensor) -> ReplacementResult:
    classes = logits.argmax(dim=1)
    return ReplacementResult(
        top1=float((classes == labels).float().mean()),
        log_loss=float(F.cross_entropy(logits, labels)),
        same_class=float((classes == own).float().mean()),
    )


def _attention(network: nn.Module, sums: _AttentionSums, images: int) -> AttentionStatistics | None:
    if not isinstance(network, AGNet):
        return None
    means = {name: total / images for name, total in sums.items()}
    return AttentionStatistics(delta=network.self_attention.delta.item(), **means)


def _print(importance: RegionImportance, run: Path) -> None:
    table = Table(title=f"{run}: {importance.images} validation images", title_justify="left")
    table.add_column("regions")
    for heading in ("top-1", "log loss", "same class"):
        table.add_column(heading, justify="right")
    for name, result in importance.results.items():
        table.add_row(name.value, f"{result.top1:.2%}", f"{result.log_loss:.3f}", f"{result.same_class:.2%}")
    console = table_console(_WIDTH)
    console.print(table)
    if (attention := importance.attention) is not None:
        console.print(
            f"self-attention's δ {attention.delta:.4f}; between regions: tanh of ±{attention.tanh_argument:.1f}, "
            f"m {attention.m_mean:.3f} ± {attention.m_deviation:.3f} within an image; region weights' entropy "
            f"{attention.entropy:.2f} of at most {np.log(len(importance.slot_weights)):.2f} nats",
            highlight=False,
            soft_wrap=True,
        )


def make_parser(dataset: str | None) -> CommandParser:
    """The command's arguments, with those of a data set, if one is chosen."""
    parser = CommandParser(
        prog="python -m train.studies.region_importance",
        description="Classify validation images with regions other than their own, and see what is lost.",
        epilog="--dataset NAME --help shows the arguments of that data set, too.",
    )
    parser.add_argument("run", nargs="+", type=Path, metavar="RUN", help="a finished run's folder")
    add_dataset_arguments(parser, dataset, "whose validation images")
    parser.add_argument("--limit", type=positive_number, metavar="N", help="at most N images")
    parser.add_argument("--seed", type=whole_number, default=0, help="of slots, boxes and other images (0)")
    add_workers_argument(parser)
    return parser


def check_split(split: Split, record: RunRecord, run: Path) -> None:
    """Raises `UserError` where the validation images are not those of the run's training."""
    if record.classes != list(split.classes):
        raise UserError(f"{run} distinguishes other classes than these images have: pass the data set of its training")
    # By its drivers, where they are held out: `train.default` describes State Farm's split in other words.
    held_out = set(record.validation_drivers) - set(record.train_drivers)
    same_drivers = bool(held_out) and held_out == {image.driver for image in split.validation}
    if not same_drivers and split.description != record.settings.split:
        raise UserError(
            f"{run} was validated on other images ({record.settings.split}) than these ({split.description}): pass the "
            "--holdout, --fold or --split of its training"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure finished runs' use of their regions."""
    args = parse_with_dataset(make_parser, argv)
    dataset, seed = DATASETS[args.dataset], args.seed
    for run in args.run:
        record, _, network = read_run(run)
        args.output = run  # where drives' frames lie
        args.seed = record.settings.seed  # which a random split is sampled with
        split = dataset.make_split(args)
        check_split(split, record, run)
        images = sample_evenly(split.validation, args.limit, seed)
        importance = measure_importance(network, record, run, images, seed, args.workers)
        write_atomic(run / f"{_FILE}.json", importance.model_dump_json(indent=1) + "\n")
        plot_region_importance(
            {name.value: result.top1 for name, result in importance.results.items()},
            {name.value: result.log_loss for name, result in importance.results.items()},
            importance.slot_weights,
            f"{run.name}: {importance.images} validation images",
            run / f"{_FILE}.png",
        )
        _print(importance, run)
        print(f"written to {run}: {_FILE}.json and {_FILE}.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(run_command(main))
