"""Fixtures that all tests share, and how many examples properties draw.

By default every property draws the same examples at every run, so nothing fails by chance. Before a release try new
ones, ten times as many:

    pytest --hypothesis-profile thorough -m "hypothesis and not gpu" --timeout 0

What that run finds becomes an ``@example`` of its property.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

import engines as engines  # before any import of onnxruntime: it switches its telemetry off

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[1]
"""The checkout."""

SHARED_DATA = ROOT.parent / "shared" / "data"

_EXAMPLES = 100
# Nothing that a busy machine could fail.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None, print_blob=True)
settings.register_profile("default", _UNTIMED, derandomize=True, max_examples=_EXAMPLES)
settings.register_profile("thorough", _UNTIMED, derandomize=False, max_examples=10 * _EXAMPLES)
# Also where a CI server makes hypothesis load a profile of its own; --hypothesis-profile is heeded later.
settings.load_profile("default")


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Examples that stay the same do not depend on what else is imported."""
    if settings().derandomize:
        # Hypothesis draws some values from the constants in our sources: with each new constant, and with each other
        # choice of tests, all examples would be others.
        providers.HypothesisProvider._local_constants = providers.Constants()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real development data; the test is skipped where it is not there."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the real development data in {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture
def patient_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of a drive is waited for as long as a busy machine takes; a drive itself waits for no disk."""
    from monitor.journal import json_lines, library

    for module, name in (
        (json_lines, "_LIVE_WAIT_S"),
        (json_lines, "_CLOSING_S"),
        (library, "_CHANGING_S"),
        (library, "_KEEPING_S"),
    ):
        monkeypatch.setattr(module, name, 60.0)
