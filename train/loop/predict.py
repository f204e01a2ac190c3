"""What a network predicts for a set of images."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from engines.files.console import track
from train.loop.view_dataset import Example


def predict(network: nn.Module, loader: DataLoader[Example], device: torch.device) -> Tensor:
    """Class logits of every image of a loader, in its order: (N, K) float32 on the CPU."""
    network.eval()
    parts: list[Tensor] = []
    with torch.inference_mode():
        for batch in track(loader, description="evaluating", transient=True):
            output = network(batch["image"].to(device), batch["regions"].to(device))
            parts.append(output.logits.float().cpu())
    return torch.cat(parts)
