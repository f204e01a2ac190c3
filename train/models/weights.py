"""The weights of a run: `model.safetensors` in its folder."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from engines.bundles.manifest import MANIFEST
from engines.errors import UserError
from train.models.network import Network

WEIGHTS = "model.safetensors"


def save_run_weights(network: Network, run: Path) -> None:
    """Write all weights of a network, through a temporary name."""
    temporary = run / (WEIGHTS + ".part")
    save_file({name: value.cpu().contiguous() for name, value in network.state_dict().items()}, temporary)
    temporary.replace(run / WEIGHTS)


def load_weights(network: Network, folder: Path) -> None:
    """Give a network all the weights of a finished run or of a bundle. Raises `UserError` when they do not fit."""
    if (folder / MANIFEST).is_file():
        from train.models.bundle_weights import load_bundle_weights  # the package onnx is wanted here alone

        load_bundle_weights(network, folder)
    else:
        load_run_weights(network, folder)


def load_run_weights(network: Network, run: Path) -> None:
    """Give a network all the weights of a finished run of the same shape; the view size may differ.

    Raises:
        UserError: when the run has no weights, or they do not fit.
    """
    try:
        network.load_state_dict(load_file(run / WEIGHTS))
    except (OSError, RuntimeError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"cannot use the weights of {run} ({reason}): pass the folder of a finished run") from error
