"""Folders: what is hidden, what is left out, and the order of names."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.classify import find_images
from engines.errors import UserError
from engines.files.folders import is_hidden, list_folder, natural_order
from engines.files.images import list_images


def test_numbers_are_sorted_as_people_do() -> None:
    names = ["img_10.jpg", "img_2.jpg", "1²3.jpg", "4.jpg", "img_②.jpg", "٣.jpg", "img.jpg", "img_⑩.jpg"]
    ordered = sorted(names, key=natural_order)
    assert ordered.index("img_2.jpg") < ordered.index("img_10.jpg")
    assert ordered.index("1²3.jpg") < ordered.index("٣.jpg") < ordered.index("4.jpg")


@given(st.lists(st.text(), unique=True), st.randoms(use_true_random=False))
def test_any_names_have_one_order(names: list[str], random: Random) -> None:
    ordered = sorted(names, key=natural_order)
    random.shuffle(names)
    assert sorted(names, key=natural_order) == ordered


@pytest.mark.parametrize("name", ["._img.jpg", ".DS_Store", "Thumbs.db", "DESKTOP.INI", "__MACOSX", ".hidden"])
def test_what_people_do_not_see(name: str) -> None:
    assert is_hidden(name) and not is_hidden(f"img{name}x.jpg")


def test_what_is_left_out_is_counted_and_named(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.JFIF", "._a.jpg", "Thumbs.db", "c.heic", "d.HEIC", "notes.txt", "readme"):
        (tmp_path / name).touch()
    for name in ("more/e.jpe", "more/.f.jpg", "__MACOSX/._a.jpg", ".cache/g.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    flat, deep = list_images(tmp_path), list_images(tmp_path, deep=True)
    assert [path.name for path in flat.paths] == ["a.jpg", "b.JFIF"]
    assert flat.left_out is not None and ".heic (2)" in flat.left_out and "folders (1)" in flat.left_out
    assert [path.name for path in deep.paths] == ["a.jpg", "b.JFIF", "e.jpe"]
    assert deep.left_out == "left out, 4 in all: .heic (2), .txt (1), without a suffix (1); 5 hidden"
    assert list_images(tmp_path / "more").left_out == "hidden files left out: 1"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the folder"):
        list_folder(tmp_path / "nowhere", lambda path: True)


def test_images_are_found_and_the_rest_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.heic").touch()
    with pytest.raises(UserError, match=r"\.heic \(1\)"):
        find_images([tmp_path])
    (tmp_path / "b.Jpeg").touch()
    found = find_images([tmp_path, tmp_path / "a.heic"])
    assert [path.name for path in found.paths] == ["b.Jpeg", "a.heic"]
