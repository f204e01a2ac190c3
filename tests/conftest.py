"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import engines as engines  # before any import of onnxruntime: it switches its telemetry off

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[1]
"""The checkout."""

SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real development data; the test is skipped where it is not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the real development data in {SHARED_DATA}")
    return SHARED_DATA
