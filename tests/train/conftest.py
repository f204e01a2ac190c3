"""A recipe for tiny runs. Where the train extra is not installed, there is nothing to test here."""

from __future__ import annotations

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


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    """A recipe file: one epoch of small views."""
    path = tmp_path / "small.toml"
    path.write_text(RECIPE)
    return path
