"""Fixtures of the live drives' tests."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest


@pytest.fixture(autouse=True)
def users_data_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera's drive is kept in the user's data folder: not in that of whoever runs the tests."""
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda _name: str(tmp_path / "user data"))
