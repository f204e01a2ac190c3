"""The views that every bundle is tried on are those that the command draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.activities import Activity
from engines.bundles.simulated_views import VIEWS
from engines.command import run_command
from engines.files.images import require_image
from train import simulated
from train.simulation.output import bundle_views


def test_a_view_is_drawn_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(bundle_views.DRIVERS) == list(Activity)[:9]
    monkeypatch.setattr(bundle_views, "DRIVERS", {Activity.DRINKING: bundle_views.DRIVERS[Activity.DRINKING]})
    assert run_command(simulated.main, ["views", "--output", str(tmp_path / "views")]) == 0
    drawn, shipped = (require_image(folder / "c6.jpg").astype(int) for folder in (tmp_path / "views", VIEWS))
    assert drawn.shape == shipped.shape == (bundle_views.SIZE, bundle_views.SIZE, 3)
    assert np.abs(drawn - shipped).mean() < 2.0
