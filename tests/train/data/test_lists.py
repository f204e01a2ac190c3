"""Lists of images, checked both ways: State Farm's, AUC's, Stanford-40's and Food-101's."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.errors import UserError
from engines.files.images import list_images
from tests.property_settings import examples
from tests.train.test_datasets import V2_NAMES, write_image, write_statefarm, write_v1, write_v2
from tests.train.test_public_datasets import write_food101, write_stanford40
from train.auc import V1_FOLDER, auc_split, read_v1
from train.data.lists import each_once
from train.food101 import read_food101
from train.stanford40 import read_stanford40
from train.statefarm import read_statefarm

FIRST = "imgs/train/c0/img_p1c00.jpg"


def append(path: Path, *lines: str) -> None:
    path.write_text(path.read_text() + "".join(f"{line}\n" for line in lines))


def test_images_that_no_list_names_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_statefarm(tmp_path)
    for name in ("img_901.jpg", "img_902.jpg", "._img_1.jpg", "notes.heic"):
        write_image(root / "imgs" / "train" / "c3" / "x.jpg")
        (root / "imgs" / "train" / "c3" / "x.jpg").rename(root / "imgs" / "train" / "c3" / name)
    assert len(read_statefarm(root)) == 30
    assert "images not listed: 2" in caplog.text and "img_901.jpg" in caplog.text
    assert ".heic (1); 1 hidden" in caplog.text


def test_an_image_listed_three_times_is_used_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_statefarm(tmp_path)
    append(root / "driver_imgs_list.csv", "p1,c0,img_p1c00.jpg", "p1,c0,./img_p1c00.jpg")
    assert len(read_statefarm(root)) == 30
    assert FIRST in caplog.text and "listed 3 times" in caplog.text


def test_an_image_of_two_drivers_is_refused(tmp_path: Path) -> None:
    root = write_statefarm(tmp_path)
    append(root / "driver_imgs_list.csv", "p3,c0,img_p1c00.jpg")
    with pytest.raises(UserError, match=r"img_p1c00\.jpg under p1 and p3"):
        read_statefarm(root)


def test_missing_images_are_counted_and_the_first_named(tmp_path: Path) -> None:
    root = write_statefarm(tmp_path)
    append(root / "driver_imgs_list.csv", "p1,c0,gone.jpg", f"p1,c0,{'long' * 100}.jpg", "p1,c0,img\0.jpg")
    with pytest.raises(UserError, match=r"3 of 33 images .* first is .*gone\.jpg"):
        read_statefarm(root)


def test_auc_v1_lists_are_checked_both_ways(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_v1(tmp_path)
    folder = root / V1_FOLDER
    write_image(folder / "Drink" / "unlisted.jpg")
    append(folder / "Train_data_list.csv", "/distracted.driver/Drink/train0.jpg,6")
    train, _ = read_v1(root)
    assert len(train) == 30
    for said in ("gone.jpg", "images not listed: 1", "unlisted.jpg", "train0.jpg, listed 2 times"):
        assert said in caplog.text
    append(folder / "Test_data_list.csv", "/distracted.driver/Drink/train0.jpg,6")
    with pytest.raises(UserError, match=r"listed in both: 1, the first is .*train0\.jpg"):
        read_v1(root)


def test_auc_v2_drivers_are_checked_both_ways(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root, listing = write_v2(tmp_path / "auc", V2_NAMES), tmp_path / "ids.csv"
    rows = [f"{name},ID{1 + index % 4:03d}" for index, name in enumerate(V2_NAMES)]
    listing.write_text("\n".join(["Image Path,Driver ID", *rows, rows[0], "x/Camera 1/train/c0/gone.jpg,ID001"]) + "\n")
    auc_split(root, "driver", driver_ids=listing, holdout=["cam1-train-ID002"])
    assert "images missing: 1" in caplog.text and "gone.jpg" in caplog.text and "listed 2 times" in caplog.text
    append(listing, f"{V2_NAMES[0]},ID004")
    with pytest.raises(UserError, match="under ID001 and ID004"):
        auc_split(root, "driver", driver_ids=listing, holdout=["cam1-train-ID002"])
    listing.write_text("\n".join(["Image Path,Driver ID", *rows]))
    write_image(root / Path(V2_NAMES[0]).with_name("new.jpg"))
    with pytest.raises(UserError, match=r"no driver for 1 images.*new\.jpg"):
        auc_split(root, "driver", driver_ids=listing, holdout=["cam1-train-ID002"])


def test_stanford40_lists_are_checked_both_ways(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_stanford40(tmp_path)
    write_image(root / "JPEGImages" / "applauding_099.jpg")
    append(root / "ImageSplits" / "train.txt", "applauding_001.jpg")
    assert len(read_stanford40(root)[0]) == 12
    assert "applauding_099.jpg" in caplog.text and "applauding_001.jpg, listed 2 times" in caplog.text
    append(root / "ImageSplits" / "test.txt", "applauding_001.jpg")
    with pytest.raises(UserError, match=r"in both: 1, the first is .*applauding_001\.jpg"):
        read_stanford40(root)


def test_food101_lists_are_checked_both_ways(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = write_food101(tmp_path)
    write_image(root / "food-101" / "images" / "baklava" / "99.jpg")
    read_food101(root)
    assert "images not listed: 1" in caplog.text and "99.jpg" in caplog.text
    listing = root / "food-101" / "meta" / "test.json"
    listed = json.loads(listing.read_text())
    listed["baklava"].append("baklava/10")
    listing.write_text(json.dumps(listed))
    with pytest.raises(UserError, match=r"in both: 1, the first is .*10\.jpg"):
        read_food101(root)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["p1", "p2", None]))))
def test_each_once_or_refused(listed: list[tuple[int, str | None]]) -> None:
    torn = any(first[0] == other[0] and first[1] != other[1] for first in listed for other in listed)
    try:
        once = each_once(listed, "list.csv")
    except UserError:
        assert torn
        return
    assert not torn and list(once.items()) == list(dict.fromkeys(listed))


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_statefarm(tmp_path_factory.mktemp("data"), drivers=["p1"])


cells = st.sampled_from(["subject", "classname", "img", "p1", "c0", "c9", "img_p1c00.jpg", "", "\0", '"', "../x", "²"])


@examples(0.5)
@given(st.binary(max_size=60) | st.lists(st.lists(cells | st.text(max_size=5), max_size=4), max_size=6))
def test_any_list_is_read_or_refused_in_a_line(layout: Path, content: bytes | list[list[str]]) -> None:
    listing = layout / "driver_imgs_list.csv"
    if isinstance(content, bytes):
        listing.write_bytes(b"subject,classname,img\n" + content)
    else:
        text = "\n".join(",".join(row) for row in content)
        listing.write_bytes(f"subject,classname,img\n{text}".encode("utf-8", "surrogatepass"))
    logging.disable()
    try:
        assert read_statefarm(layout)
    except UserError as error:
        assert " ".join(str(error).split())
    finally:
        logging.disable(logging.NOTSET)


def test_hidden_images_are_none(tmp_path: Path) -> None:
    write_image(tmp_path / "a.jpg")
    (tmp_path / "._a.jpg").write_bytes(b"\0\5\x16\7")
    assert [path.name for path in list_images(tmp_path).paths] == ["a.jpg"]
