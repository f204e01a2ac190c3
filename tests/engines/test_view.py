"""The model view and the mount."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from engines.view import Mount, model_view, view_point_to_frame

fractions = st.floats(0.0, 1.0)


@st.composite
def crops(draw: st.DrawFn) -> tuple[float, float, float, float]:
    x0, y0 = draw(st.floats(0, 0.9)), draw(st.floats(0, 0.9))
    return x0, y0, draw(st.floats(x0 + 0.01, 1.0)), draw(st.floats(y0 + 0.01, 1.0))


@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    size=st.integers(8, 64),
    crop=crops(),
    mirror=st.booleans(),
)
def test_any_frame_becomes_a_square_view(
    height: int, width: int, size: int, crop: tuple[float, float, float, float], mirror: bool
) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    view = model_view(frame, size, Mount(crop=crop, mirror=mirror))
    assert view.shape == (size, size, 3)
    assert view.dtype == np.uint8
    assert view.flags.c_contiguous


def test_crop_and_mirror_pick_the_right_part() -> None:
    frame = np.zeros((100, 100, 3), dtype=np.uint8)
    frame[:50, :50] = (255, 0, 0)
    frame[:50, 50:] = (0, 255, 0)
    assert (model_view(frame, 10, Mount(crop=(0.5, 0, 1, 0.5))) == (0, 255, 0)).all()
    top = model_view(frame, 10, Mount(crop=(0, 0, 1, 0.5), mirror=True))
    assert (top[:, 0] == (0, 255, 0)).all() and (top[:, -1] == (255, 0, 0)).all()


@given(x=fractions, y=fractions, crop=crops(), mirror=st.booleans())
def test_points_of_the_view_map_back_into_the_crop(
    x: float, y: float, crop: tuple[float, float, float, float], mirror: bool
) -> None:
    frame_x, frame_y = view_point_to_frame(x, y, Mount(crop=crop, mirror=mirror))
    assert crop[0] - 1e-9 <= frame_x <= crop[2] + 1e-9
    assert crop[1] - 1e-9 <= frame_y <= crop[3] + 1e-9


def test_a_mirrored_point_lands_where_it_was_seen() -> None:
    frame = np.zeros((100, 200, 3), dtype=np.uint8)
    frame[40:60, 150:160] = 255
    mount = Mount(crop=(0.5, 0, 1, 1), mirror=True)
    row, column = np.argwhere(model_view(frame, 100, mount)[..., 0] > 200).mean(axis=0)
    x, y = view_point_to_frame((column + 0.5) / 100, (row + 0.5) / 100, mount)
    assert x == pytest.approx(155 / 200, abs=0.01)
    assert y == pytest.approx(0.5, abs=0.01)


def test_wrong_pixels_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="uint8"):
        model_view(np.zeros((4, 4), dtype=np.uint8), 8)


@given(crop=crops(), mirror=st.booleans())
def test_mount_files_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, crop: tuple[float, float, float, float], mirror: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "mount.toml"
    Mount(crop=crop, mirror=mirror).save(path)
    loaded = Mount.load(path)
    assert loaded.crop == pytest.approx(crop, abs=1e-4)
    assert loaded.mirror is mirror


def test_a_new_mount_file_explains_itself(tmp_path: Path) -> None:
    path = tmp_path / "mount.toml"
    Mount(crop=(0.125, 0.0, 0.98764, 1.0)).save(path)
    assert (
        path.read_text()
        == "crop = [0.125, 0.0, 0.9876, 1.0] # x0, y0, x1, y1 as fractions of the frame\nmirror = false\n"
    )


def test_a_mount_file_that_is_changed_keeps_what_its_owner_wrote(tmp_path: Path) -> None:
    path = tmp_path / "mount.toml"
    path.write_text("# The left camera.\nmirror = true  # right-hand drive\ncrop = [0, 0.10, 1, 1]  # the seat\n")
    Mount(crop=(0.0, 0.1, 1.0, 1.0), mirror=False).save(path)
    assert path.read_text() == (
        "# The left camera.\nmirror = false  # right-hand drive\ncrop = [0, 0.10, 1, 1]  # the seat\n"
    )
    Mount(crop=(0.0, 0.2, 1.0, 1.0)).save(path)
    assert "crop = [0.0, 0.2, 1.0, 1.0]  # the seat\n" in path.read_text()


def test_a_broken_mount_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "mount.toml"
    path.write_text("crop = [")
    Mount(mirror=True).save(path)
    assert Mount.load(path) == Mount(mirror=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("crop = [0, 0, 0, 1]", "x0 < x1"),
        ("crop = [0, 0, 2, 1]", "crop"),
        ("mirrored = true", "mirrored"),
        ("crop = [", "cannot read"),
    ],
)
def test_impossible_mounts_say_so(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mount.toml"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        Mount.load(path)


def test_missing_mount_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read"):
        Mount.load(tmp_path / "none.toml")
