"""Networks as in the trainer's tests. Where the train extra is not installed, there is nothing to test here."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.monitor.fakes import frames_of, write_video
from tests.train.conftest import one_torch_thread, reference_frames_drawn_once

__all__ = ["one_torch_thread", "reference_frames_drawn_once"]

collect_ignore_glob = [] if find_spec("torch") else ["*"]


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the drives that were rendered, small and short; the real renderer takes minutes."""
    from calibration import simulated_drives
    from train.simulation.acting.recording import SimulatedDrive

    names: list[str] = []

    def write(video: Path, labels: Path, recording: SimulatedDrive, workers: int) -> int:
        names.append(video.stem)
        write_video(video, frames_of([(0, recording.script.duration_s)], 5.0), 5.0)
        labels.write_text(recording.script.labels_csv())
        return video.stat().st_size

    monkeypatch.setattr(simulated_drives, "write_drive", write)
    monkeypatch.setattr(simulated_drives, "FIT_DRIVE_S", 20.0)
    return names
