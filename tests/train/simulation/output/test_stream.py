"""The simulated live camera, opened as the monitor opens any network camera."""

from __future__ import annotations

import urllib.error
import urllib.request

import cv2
import numpy as np
import pytest

from engines.activities import Activity
from engines.command import run_command
from engines.errors import UserError
from monitor.sources import CameraLostError, is_live, open_source
from train.simulated import main
from train.simulation.acting.recording import SimulatedDrive
from train.simulation.acting.script import demo_script, script_of
from train.simulation.output.stream import LiveStream

RECORDING = SimulatedDrive(3, demo_script(), 10, (96, 72))


def test_the_monitor_opens_the_stream_and_frames_arrive() -> None:
    with LiveStream(RECORDING) as stream:
        assert is_live(stream.url)
        with open_source(stream.url) as source:
            assert source.live
            frames = [source.read() for _ in range(6)]
    images = [frame.pixels for frame in frames if frame is not None]
    assert len(images) == 6
    assert {image.shape for image in images} == {(72, 96, 3)}
    # Colours survive the way, and the sensor's noise keeps frames apart.
    assert np.abs(images[0].mean(axis=(0, 1)) - RECORDING.at(0.0).mean(axis=(0, 1))).max() < 6.0
    assert not np.array_equal(images[4], images[5])


def test_when_the_drive_is_over_the_camera_is_lost() -> None:
    short = SimulatedDrive(3, script_of([(Activity.SAFE_DRIVING, 2.0)]), 5, (64, 64))
    with LiveStream(short) as stream, open_source(stream.url) as source:
        with pytest.raises(CameraLostError):
            for _ in range(12):
                source.read()
        stream.wait()


def test_frames_keep_to_the_clock() -> None:
    with LiveStream(RECORDING) as stream:
        first = stream.next_image(0)
        assert first is not None
        later = stream.next_image(first[0] + 2)
        assert later is not None
        assert later[0] >= first[0] + 3
        assert later[1] != first[1]


def test_a_stream_begins_again_when_asked_to() -> None:
    short = SimulatedDrive(3, script_of([(Activity.SAFE_DRIVING, 2.0)]), 2, (64, 64))
    clock = iter(np.arange(0.0, 1e4, 0.25))
    with LiveStream(short, loop=True, clock=lambda: float(next(clock))) as stream:
        number = 0
        for _ in range(6):  # more than the four frames of the drive
            news = stream.next_image(number)
            assert news is not None
            number = news[0]


def test_other_addresses_are_not_found() -> None:
    with LiveStream(RECORDING) as stream:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(stream.url.replace("drive.mjpg", "other"), timeout=5.0)
        assert refused.value.code == 404
        refused.value.close()


def test_players_may_ask_for_headers_only_and_add_a_query() -> None:
    with LiveStream(RECORDING) as stream:
        asked = urllib.request.Request(stream.url + "?time=1", method="HEAD")
        with urllib.request.urlopen(asked, timeout=5.0) as response:
            assert response.status == 200
            assert response.headers["Content-Type"].startswith("multipart/x-mixed-replace")
            assert response.read() == b""


class _Broken(SimulatedDrive):
    def frame(self, index: int) -> np.ndarray:
        raise MemoryError("no room for an image")


def test_a_drive_that_cannot_be_drawn_ends_the_stream_and_says_why() -> None:
    threads = cv2.getNumThreads()
    with LiveStream(_Broken(3, demo_script(), 10, (96, 72))) as stream:
        with pytest.raises(MemoryError, match="no room"):
            stream.wait()
        assert stream.next_image(0) is None
    assert cv2.getNumThreads() == threads


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    stream = LiveStream(RECORDING)
    try:
        port = stream.url.split(":")[2].split("/")[0]
        with pytest.raises(UserError, match="choose another --port"):
            LiveStream(RECORDING, int(port))
        assert run_command(main, ["stream", "--port", port, "--demo"]) == 2
        assert capsys.readouterr().err.startswith("error: cannot serve on port")
    finally:
        stream.stop()


def test_the_command_line_serves_a_drive_to_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["stream", "--port", "0", "--duration", "2", "--fps", "3", "--size", "64x64", "--fault", "dark@0-1"]
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("http://127.0.0.1:")
