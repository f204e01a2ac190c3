"""The power goes while a drive is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.monitor.journal.recording.numbered import write_numbered
from tests.monitor.journal.recording.power_cuts import FPS, cut


@pytest.mark.slow
def test_after_the_next_start_every_clip_can_be_seen_and_no_file_is_left_over(tmp_path: Path) -> None:
    write_numbered(tmp_path / "drive.mp4", 120 * FPS, fps=FPS, key_every=20, b_frames=2)
    counts = cut(tmp_path, 0.6)
    assert counts["clips"] and not counts["orphans"] and not counts["wrong"]
