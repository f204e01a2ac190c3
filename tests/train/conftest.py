"""A recipe for tiny runs, one thread for tiny networks. Without the train extra there is nothing to test here."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

collect_ignore_glob = [] if find_spec("torch") else ["*"]

RECIPE = """
view_size = 64
epochs = 1
batch_size = 8
optimizer = "adamw"
learning_rate = 1e-3
schedule = "one-cycle"
[augmentation]
brightness = 0.2
"""


@pytest.fixture(scope="session", autouse=True)
def one_torch_thread() -> Iterator[None]:
    """Networks this small gain nothing by a second thread, and wait for it where the machine does something else."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session", autouse=True)
def reference_frames_drawn_once() -> Iterator[None]:
    """The same in every bundle that a test exports."""
    from train import export

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "reference_frames", functools.cache(export.reference_frames))
        yield


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe file: one epoch of small views."""
    path = tmp_path / "small.toml"
    path.write_text(RECIPE)
    return path
