"""What a network costs: parameters, operations, and the time for an image and for a training step (Table VI)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
from pydantic import BaseModel
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from engines.benchmarks.timing import time_in_turn
from engines.malloc_settings import keep_freed_memory
from engines.regions import region_count
from train.loop.training_step import training_step
from train.models.model_kind import ModelKind
from train.models.network import Network, NetworkSettings, build_network
from train.paper.tables import TABLE_VI
from train.recipes import Recipe, load_recipe

CLASSES = 40

TRAINING_IMAGES = {"stanford40": 4_000, "ppmi24": 2_400, "auc_v2": 12_555}
"""Training images of the data sets whose hours Table VI prints (section IV)."""

_WARM_UP = 2


class Complexity(BaseModel):
    """One row: ours, then the paper's; None where nothing was measured, or the paper prints nothing.

    Attributes:
        params_m: trainable parameters in millions.
        gflops: 10⁹ operations for one image.
        infer_ms: milliseconds for one image, network only.
        train_hours: hours for the recipe `paper` by data set (50 epochs, VGG-16 150, in batches of 8), network only.
        half_iqr: half the distance between the quartiles of both times, as a fraction of the median; the larger one.
    """

    backbone: str
    model: ModelKind
    params_m: float
    gflops: float
    infer_ms: float | None
    train_hours: dict[str, float] | None
    half_iqr: float | None = None
    paper_params_m: float | None
    paper_gflops: float | None
    paper_infer_ms: float | None
    paper_train_hours: dict[str, float] | None


def count_parameters(network: nn.Module) -> int:
    """How many trainable parameters a network has."""
    return sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)


def count_operations(network: Network, view_size: int, kappa: int) -> int:
    """Floating-point operations for one S×S view. A network on the meta device is counted without computing."""
    images, regions = _example(1, view_size, kappa, next(network.parameters()).device)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network.eval()(images, regions)
    return int(counter.get_total_flops())


class Timing(NamedTuple):
    """How long something takes, seconds: the median, and half the distance between the quartiles."""

    median_s: float
    half_iqr_s: float

    @classmethod
    def of(cls, times: Sequence[float]) -> Timing:
        """Of many times."""
        low, middle, high = torch.tensor(times).quantile(torch.tensor([0.25, 0.5, 0.75])).tolist()
        return cls(middle, (high - low) / 2)


def time_on_device(works: Sequence[Callable[[], None]], device: torch.device, repeats: int) -> list[Timing]:
    """Time each of several calls in turn; a GPU has nothing to do before each, and is done after it."""

    def finished(work: Callable[[], None]) -> Callable[[int], None]:
        def run(_round: int) -> None:
            work()
            _finish(device)

        return run

    _finish(device)
    return [Timing.of(times) for times in time_in_turn([finished(work) for work in works], repeats, _WARM_UP)]


def _finish(device: torch.device) -> None:
    """Wait until a GPU has done its work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _example(batch: int, view_size: int, kappa: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Any pixels and regions will do: what they show changes neither operations nor time."""
    images = torch.randint(0, 256, (batch, view_size, view_size, 3), dtype=torch.uint8, device=device)
    corners = torch.rand(batch, region_count(kappa), 2, 2, device=device).sort(dim=2).values
    return images, corners.flatten(2)


def project_hours(step_s: float, recipe: Recipe) -> dict[str, float]:
    """Hours of training by data set, if every step of the recipe's epochs takes `step_s` seconds."""
    return {
        name: step_s * recipe.epochs * (images // recipe.batch_size) / 3600 for name, images in TRAINING_IMAGES.items()
    }


def count(backbone: str, kind: ModelKind, view_size: int) -> Complexity:
    """The row of one network with everything that needs no computing. Raises `UserError` for an impossible view."""
    settings = NetworkSettings(backbone=backbone, model=kind, classes=CLASSES, view_size=view_size)
    with torch.device("meta"):
        network = build_network(settings)
    paper = TABLE_VI.get((backbone, kind))
    return Complexity(
        backbone=backbone,
        model=kind,
        params_m=count_parameters(network) / 1e6,
        gflops=count_operations(network, view_size, settings.kappa) / 1e9,
        infer_ms=None,
        train_hours=None,
        paper_params_m=paper.params_m if paper else None,
        paper_gflops=paper.gflops if paper else None,
        paper_infer_ms=paper.infer_ms if paper else None,
        paper_train_hours={name: getattr(paper, f"{name}_h") for name in TRAINING_IMAGES} if paper else None,
    )


def with_times(
    rows: Sequence[Complexity], view_size: int, device: torch.device, repeats: int, steps: int
) -> list[Complexity]:
    """One backbone's rows with the times measured on a device: inference of all of them in turn, then training."""
    keep_freed_memory()  # as a training does
    shapes = [
        NetworkSettings(backbone=row.backbone, model=row.model, classes=CLASSES, view_size=view_size) for row in rows
    ]
    recipe = load_recipe("paper").of_backbone(shapes[0].backbone)
    networks = [build_network(shape).to(device).to(memory_format=torch.channels_last).eval() for shape in shapes]
    image, batch = (_example(size, view_size, shapes[0].kappa, device) for size in (1, recipe.batch_size))
    infers = time_on_device([_inference(network, *image) for network in networks], device, repeats)
    train = [training_step(network, network, recipe, CLASSES) for network in networks]
    taken = time_on_device([partial(step, *batch) for step in train], device, steps)
    return [
        row.model_copy(
            update={
                "infer_ms": 1e3 * infer.median_s,
                "train_hours": project_hours(step.median_s, recipe),
                "half_iqr": max(timing.half_iqr_s / timing.median_s for timing in (infer, step)),
            }
        )
        for row, infer, step in zip(rows, infers, taken, strict=True)
    ]


def _inference(network: Network, images: torch.Tensor, regions: torch.Tensor) -> Callable[[], None]:
    def infer() -> None:
        with torch.inference_mode():
            network(images, regions)

    return infer
