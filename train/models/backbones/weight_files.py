"""Reading a backbone's weights from a file, and picking out of them what the backbone needs."""

from __future__ import annotations

import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from engines.errors import UserError, reason

_WRAPPERS = ("state_dict", "model_state_dict", "model")


def read_weights(path: Path, others: str) -> dict[str, Tensor]:
    """The state dict in a ``.safetensors`` or PyTorch file.

    Args:
        path: the file.
        others: what could have been named instead of a file, for the error.

    Raises:
        UserError: when there is none.
    """
    if not path.is_file():
        raise UserError(f"there is no weights file {path}: pass {others}, or an existing file")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch and safetensors raise a dozen kinds for a file that is not theirs
        raise UserError(f"cannot read the weights file {path}: {_why_unreadable(path, error)}") from error
    weights = _unwrapped(state)
    if not weights:
        raise UserError(f"the weights file {path} holds no state dict: save the model's state_dict()")
    return weights


def _why_unreadable(path: Path, error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return reason(error)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if not any(name.endswith("data.pkl") for name in archive.namelist()):  # torch.save's are archives too
                return "it is an archive: unpack it, and pass the file that is in it"
        if isinstance(error, pickle.UnpicklingError):
            return "it holds more than tensors, such as a whole model: save the model's state_dict()"
    return "it is damaged, or no file of torch.save or safetensors: fetch it again, or save the model's state_dict()"


def _unwrapped(content: object) -> dict[str, Tensor]:
    """The tensors in what a file holds; training scripts put the weights beside their optimiser's state."""
    if not isinstance(content, Mapping):
        return {}
    for name in _WRAPPERS:
        if isinstance(content.get(name), Mapping):
            return _unwrapped(content[name])
    return {name: value for name, value in content.items() if isinstance(value, Tensor)}


def fitting_weights(state: Mapping[str, Tensor], layers: nn.Module, complaint: str) -> dict[str, Tensor]:
    """The layers' weights out of a state dict that may hold more: a classifier, or a whole run of ours.

    The number of batches that a normalisation has seen may be missing, as in older files: nothing depends on it.

    Raises:
        UserError: when one is missing or has another shape; the message starts with `complaint`.
    """
    given = {_base_name(name): value for name, value in state.items()}
    chosen = {}
    for name, expected in layers.state_dict().items():
        value = given.get(_base_name(name))
        if value is None and name.endswith("num_batches_tracked"):
            value = expected
        if value is None:
            raise UserError(f"{complaint}: {name} is missing")
        if value.shape != expected.shape:
            raise UserError(f"{complaint}: {name} is {tuple(value.shape)}, not {tuple(expected.shape)}")
        chosen[name] = value
    return chosen


def _base_name(name: str) -> str:
    """A weight's name as both a whole model and its feature extractor have it.

    timm's extractors put ``model.`` before a name, or an underscore for a point: ``features_conv0``; what was trained
    on several GPUs has ``module.`` before it, and our own checkpoints ``network.``.
    """
    return (
        name.removeprefix("module.")
        .removeprefix("network.")
        .removeprefix("backbone.body.")
        .removeprefix("model.")
        .replace(".", "_")
    )
