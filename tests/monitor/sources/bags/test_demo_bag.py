"""The demo drive as a rosbag2: what the monitor sees and says of it is what it says of the video."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin

from engines.files.video import open_video
from monitor.replay.__main__ import main as replay
from monitor.sources import open_source
from monitor.sources.open_source import DEMO_LABELS, DEMO_VIDEO
from tests.engines.files.bags.bag_files import annex_b, video, write_rosbag2


def _demo_bag(folder: Path, plugin: StoragePlugin, packets: int | None = None) -> Path:
    said = (video("/cabin/video", time_s, data) for time_s, data in islice(annex_b(DEMO_VIDEO), packets))
    return write_rosbag2(folder, said, plugin)


@pytest.mark.parametrize("plugin", list(StoragePlugin))
def test_its_frames_are_those_of_the_video(plugin: StoragePlugin, tmp_path: Path) -> None:
    path = _demo_bag(tmp_path / "demo", plugin, 60)
    with open_source(path) as source, open_video(DEMO_VIDEO) as expected:
        for number, frame in enumerate(islice(expected, 60)):
            found = source.read()
            assert found is not None and found.index == number
            assert found.time == pytest.approx(frame.time_s, abs=1e-6)
            assert np.array_equal(found.pixels, frame.pixels)
        assert source.read() is None


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_its_incidents_are_those_of_the_demo_drive(tmp_path: Path) -> None:
    path = _demo_bag(tmp_path / "demo-bag", StoragePlugin.SQLITE3)
    options = ["--no-pictures", "--cache", str(tmp_path / "cache"), "--labels", str(DEMO_LABELS), "--output"]
    incidents = []
    for drive in ("demo", str(path)):
        output = tmp_path / Path(drive).name.replace("demo-bag", "bag")
        assert replay([drive, *options, str(output)]) == 0
        report = json.loads((output / "report.json").read_text(encoding="utf-8"))
        incidents.append(report["drives"][0]["incidents"])
    video_s, bag_s = incidents
    assert len(video_s) > 5
    assert bag_s == video_s
