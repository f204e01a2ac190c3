"""Fixtures of the engine tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.toy_bundle import write_toy_bundle


@pytest.fixture
def toy_bundle(tmp_path: Path) -> Path:
    """A small valid bundle that the test may damage."""
    return write_toy_bundle(tmp_path / "toy")


@pytest.fixture
def half_bundle(tmp_path: Path) -> Path:
    """The same whose fp16 network stands for fp32, too."""
    return write_toy_bundle(tmp_path / "half", half=True)
