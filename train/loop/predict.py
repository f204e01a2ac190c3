"""What a network predicts for a set of images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from engines.files.console import track
from train.data.images import LabelledImage, Split
from train.data.opencv_threads import one_opencv_thread, one_thread_a_worker
from train.loop.region_search import prepare_regions
from train.loop.view_dataset import Example, ViewDataset
from train.models.network import build_network
from train.models.weights import load_run_weights
from train.reporting.run_record import RunSettings


def predict(network: nn.Module, loader: DataLoader[Example], device: torch.device) -> Tensor:
    """Class logits of every image of a loader, in its order: (N, K) float32 on the CPU."""
    network.eval()
    parts: list[Tensor] = []
    with torch.inference_mode():
        for batch in track(loader, description="evaluating", transient=True):
            output = network(batch["image"].to(device), batch["regions"].to(device))
            parts.append(output.logits.float().cpu())
    return torch.cat(parts)


def predict_images(run: Path, settings: RunSettings, images: Sequence[LabelledImage]) -> Tensor:
    """Class logits of images by the network of a finished run: (N, K) float32 on the CPU.

    Args:
        run: the run's folder.
        settings: the run's; its regions are found as in its validation.
        images: N of them.

    Raises:
        UserError: when the run has no weights of that network, or an image cannot be read.
    """
    network = build_network(settings.network)
    load_run_weights(network, run)
    network.backbone.to(memory_format=torch.channels_last)  # as in training
    regions = prepare_regions(Split([], list(images), (), ""), settings, network, run)
    loader = DataLoader(
        ViewDataset(images, settings.network.view_size, None, regions),
        batch_size=settings.recipe.batch_size,
        num_workers=settings.workers,
        worker_init_fn=one_thread_a_worker,
    )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with one_opencv_thread():
        return predict(network.to(device), loader, device)
