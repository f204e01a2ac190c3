"""Blurred clips: on the demo drive, whose driver is drawn."""

from __future__ import annotations

import stat
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.errors import UserError
from monitor.journal.blur.blurring import blur_clip, cover
from monitor.journal.blur.faces import FaceFinder
from monitor.journal.recording.clip_file import ClipFile
from monitor.sources import recording_path
from tests.monitor.journal.recording.numbered import packets_of, write_numbered


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some frames of the demo drive."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    packets = packets_of(recording_path("demo"))
    ClipFile(path, 1.0, [packet for packet in packets if packet.decoded_s < 1.3]).close(1.3)
    return path


def images(path: Path) -> list[tuple[float, NDArray[np.uint8]]]:
    with av.open(str(path)) as container:
        return [
            (float(frame.time), np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8))
            for frame in container.decode(video=0)
        ]


def detail(pixels: NDArray[np.uint8]) -> float:
    """How much there is to be seen: the variance of the Laplacian of an image."""
    return float(cv2.Laplacian(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


def test_no_face_is_found_in_a_blurred_clip_and_its_times_stay(clip: Path, finder: FaceFinder, tmp_path: Path) -> None:
    blur_clip(clip, tmp_path / "blurred.mp4", finder)
    before, after = images(clip), images(tmp_path / "blurred.mp4")
    assert [time_s for time_s, _ in after] == pytest.approx([time_s for time_s, _ in before], abs=0.002)
    assert stat.S_IMODE((tmp_path / "blurred.mp4").stat().st_mode) == 0o600
    for (_, sharp), (_, blurred) in zip(before, after, strict=True):
        (driver, *_) = finder.find(sharp)
        x0, y0, x1, y1 = (round(side) for side in driver.box)
        assert not [face for face in finder.find(blurred) if face.box[1] < y1 and face.box[0] < x1]
        small = cv2.resize(blurred[y0:y1, x0:x1], (16, 16), interpolation=cv2.INTER_AREA)
        assert len(np.unique(small.reshape(-1, 3) // 24, axis=0)) < 40, "a few plain cells"
        assert detail(blurred[int(y1 + 0.6 * (y1 - y0)) :]) > 0.4 * detail(sharp[int(y1 + 0.6 * (y1 - y0)) :])


def test_a_clip_without_a_face_is_covered_as_a_whole(finder: FaceFinder, tmp_path: Path) -> None:
    write_numbered(tmp_path / "clip.mp4", 4)
    blur_clip(tmp_path / "clip.mp4", tmp_path / "blurred.mp4", finder, [(0.0, 0.0, 0.1, 0.1)])
    for (_, sharp), (_, blurred) in zip(images(tmp_path / "clip.mp4"), images(tmp_path / "blurred.mp4"), strict=True):
        height, width = sharp.shape[:2]
        cover(sharp, [(0.0, 0.0, width, height)])
        assert np.abs(sharp.astype(int) - blurred.astype(int)).mean() < 4.0


def test_what_is_no_clip_is_an_error_and_leaves_nothing(finder: FaceFinder, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"no clip")
    with pytest.raises(UserError, match="cannot be read"):
        blur_clip(tmp_path / "clip.mp4", tmp_path / "blurred.mp4", finder)
    assert not (tmp_path / "blurred.mp4").exists()


def test_what_is_covered_cannot_be_computed_back() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (100, 200, 3), dtype=np.uint8)
    before = pixels.copy()
    cover(pixels, [(-5.0, 20.0, 60.0, 400.0)])
    assert (pixels[:20] == before[:20]).all() and (pixels[:, 60:] == before[:, 60:]).all()
    assert len(np.unique(pixels[20:, :60].reshape(-1, 3), axis=0)) <= 7 * 9
